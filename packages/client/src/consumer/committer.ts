import type { Timer } from '@tidelog/platform';
import type { Cluster } from '../cluster/cluster.ts';
import { KafkaClientError } from '../client-error.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import { type CommittedOffset, commitOffsets, fetchOffsets } from './group/group-offsets.ts';
import type { GroupMembership } from './group/group-membership.ts';
import type { PartitionState } from './partition-state.ts';

/** A consumer that is closed tries this long to commit what is done. */
const CLOSE_TIMEOUT_MS = 30_000;

/** Commits offsets: when asked to, from time to time, and before partitions go elsewhere. */
export class Committer {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #membership: GroupMembership;
  readonly #states: () => Iterable<PartitionState>;
  /** What this consumer has committed last, by `keyOf`. */
  readonly #committed = new Map<string, number>();
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;

  constructor(
    cluster: Cluster,
    settings: ConsumerSettings,
    membership: GroupMembership,
    states: () => Iterable<PartitionState>,
  ) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#membership = membership;
    this.#states = states;
  }

  /** Where whoever goes on after this consumer has to begin. */
  done(): CommittedOffset[] {
    const offsets: CommittedOffset[] = [];
    for (const { topic, partition, position, positionEpoch } of this.#states()) {
      if (position === null) continue;
      offsets.push({ topic, partition, offset: position, leaderEpoch: positionEpoch });
    }
    return offsets;
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    await this.#cluster.retry(() => this.#send(offsets));
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { coordinator } = this.#membership;
    const { groupId } = this.#membership.identity;
    const found = await this.#cluster.retry(() =>
      fetchOffsets(coordinator, groupId, partitions, { requireStable: true }),
    );
    return [...found.values()];
  }

  /** Something is done: commits it in the background, within the interval. */
  commitSoon(): void {
    if (!this.#settings.autoCommit || this.#timer !== null) return;
    const { clock } = this.#cluster.platform;
    this.#timer = clock.setTimer(this.#settings.autoCommitIntervalMs, () => {
      this.#timer = null;
      this.#running ??= this.#commitDone(0).finally(() => {
        this.#running = null;
      });
    });
  }

  /** Partitions go elsewhere: whoever gets them begins after what is done. */
  async beforeRevocation(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#running;
    // The group waits for this no longer than the rebalance timeout.
    const { autoCommit, maxPollIntervalMs } = this.#settings;
    if (autoCommit) await this.#commitDone(maxPollIntervalMs);
    for (const partition of partitions) this.#committed.delete(keyOf(partition));
  }

  /** Partitions went elsewhere before anything could be said of them. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#committed.delete(keyOf(partition));
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
    if (this.#settings.autoCommit) await this.#commitDone(CLOSE_TIMEOUT_MS);
  }

  /** What fails is done again by the next commit, or by whoever reads the messages again. */
  async #commitDone(retryMs: number): Promise<void> {
    const offsets = this.done().filter(
      (offset) => this.#committed.get(keyOf(offset)) !== offset.offset,
    );
    if (offsets.length === 0) return;
    const timeoutMs = Math.min(retryMs, this.#cluster.settings.apiTimeoutMs);
    try {
      await this.#cluster.retry(() => this.#send(offsets), { timeoutMs });
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
    }
  }

  /** One try. The place in the group is that of the moment, which may not be that of the try before. */
  async #send(offsets: readonly CommittedOffset[]): Promise<void> {
    const { coordinator, identity } = this.#membership;
    try {
      await commitOffsets(coordinator, identity, offsets);
    } catch (error) {
      if (error instanceof KafkaClientError) this.#membership.heard(error);
      throw error;
    }
    for (const offset of offsets) this.#committed.set(keyOf(offset), offset.offset);
  }
}
