import type { Timer } from '@tidelog/platform';
import type { Cluster } from '../cluster/cluster.ts';
import { KafkaClientError } from '../client-error.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import { type CommittedOffset, commitOffsets, fetchOffsets } from './group/group-offsets.ts';
import type { Membership } from './group/membership.ts';
import type { PartitionState } from './partition-state.ts';

/** Commits offsets: when asked to, from time to time, and before partitions go elsewhere. */
export class Committer {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #membership: Membership;
  readonly #states: () => Iterable<PartitionState>;
  /** What this consumer has committed last, by `keyOf`. */
  readonly #committed = new Map<string, number>();
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;

  constructor(
    cluster: Cluster,
    settings: ConsumerSettings,
    membership: Membership,
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
    for (const { topic, partition, position } of this.#states()) {
      if (position !== null) offsets.push({ topic, partition, offset: position });
    }
    return offsets;
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    const { coordinator } = this.#membership;
    await this.#cluster.retry(() => commitOffsets(coordinator, this.#membership.identity, offsets));
    for (const offset of offsets) this.#committed.set(keyOf(offset), offset.offset);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { coordinator } = this.#membership;
    const { groupId } = this.#membership.identity;
    const found = await this.#cluster.retry(() =>
      fetchOffsets(coordinator, groupId, partitions, true),
    );
    return [...found.values()];
  }

  /** Something is done: commits it in the background, within the interval. */
  commitSoon(): void {
    if (!this.#settings.autoCommit || this.#timer !== null) return;
    const { clock } = this.#cluster.platform;
    this.#timer = clock.setTimer(this.#settings.autoCommitIntervalMs, () => {
      this.#timer = null;
      this.#running ??= this.#commitDone().finally(() => {
        this.#running = null;
      });
    });
  }

  /** Partitions go elsewhere: whoever gets them begins after what is done. */
  async beforeRevocation(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#running;
    if (this.#settings.autoCommit) await this.#commitDone();
    for (const partition of partitions) this.#committed.delete(keyOf(partition));
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
    if (this.#settings.autoCommit) await this.#commitDone();
  }

  /** What fails is done again by the next commit, or by whoever reads the messages again. */
  async #commitDone(): Promise<void> {
    const offsets = this.done().filter(
      (offset) => this.#committed.get(keyOf(offset)) !== offset.offset,
    );
    if (offsets.length === 0) return;
    const { coordinator } = this.#membership;
    try {
      await commitOffsets(coordinator, this.#membership.identity, offsets);
      for (const offset of offsets) this.#committed.set(keyOf(offset), offset.offset);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
    }
  }
}
