import type { ClusterMetadata } from '@tidelog/metadata';
import type { Clock, Timer } from '@tidelog/platform';
import { errors, type RequestOf } from '@tidelog/protocol';

interface Assignment {
  readonly topicId: string;
  readonly index: number;
  readonly directoryId: string;
  readonly resolve: (isAccepted: boolean) => void;
}

const RETRY_MS = 1000;

/** Told that way when the topic or this broker's share in it is gone: there is nothing to tell any more. */
const moot: ReadonlySet<number> = new Set([
  errors.UNKNOWN_TOPIC_ID.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
]);

/**
 * Tells the controller in which directories this broker's replicas are (AssignReplicasToDirs,
 * KIP-858), so that it knows whom the failure of a directory hits. Tries until it is told.
 */
export class DirectoryAssignments {
  readonly #metadata: ClusterMetadata;
  readonly #clock: Clock;
  /** Id and epoch of this broker; null before it is registered. */
  readonly #broker: () => { brokerId: number; brokerEpoch: number } | null;
  /** The newest for each partition. */
  readonly #waiting = new Map<string, Assignment>();
  #isSending = false;
  #timer: Timer | null = null;

  constructor(
    metadata: ClusterMetadata,
    clock: Clock,
    broker: () => { brokerId: number; brokerEpoch: number } | null,
  ) {
    this.#metadata = metadata;
    this.#clock = clock;
    this.#broker = broker;
  }

  /** Resolves with true when the controller knows, with false when that has become pointless. */
  assign(topicId: string, index: number, directoryId: string): Promise<boolean> {
    const name = `${topicId}:${index}`;
    this.#waiting.get(name)?.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.set(name, { topicId, index, directoryId, resolve });
      void this.send();
    });
  }

  /** Sends what waits. Called when the broker has registered. */
  async send(): Promise<void> {
    // After the present turn, so that one request tells of all that changes in it.
    await Promise.resolve();
    const broker = this.#broker();
    if (broker === null || this.#isSending || this.#waiting.size === 0) return;
    this.#isSending = true;
    const sent = new Map(this.#waiting);
    const reply = await this.#metadata.submit('AssignReplicasToDirs', {
      ...broker,
      directories: byDirectory([...sent.values()]),
    });
    this.#isSending = false;
    for (const { topics = [] } of reply.directories ?? []) {
      for (const { topicId = '', partitions = [] } of topics) {
        for (const { partitionIndex = 0, errorCode = 0 } of partitions) {
          const name = `${topicId}:${partitionIndex}`;
          if (errorCode === 0 || moot.has(errorCode)) this.#told(name, sent, errorCode === 0);
        }
      }
    }
    const isRefused = [...sent].some(([name, told]) => this.#waiting.get(name) === told);
    if (isRefused) this.#retry();
    else void this.send();
  }

  stop(): void {
    this.#timer?.cancel();
    for (const { resolve } of this.#waiting.values()) resolve(false);
    this.#waiting.clear();
  }

  #told(name: string, sent: ReadonlyMap<string, Assignment>, isAccepted: boolean): void {
    const told = sent.get(name);
    if (told === undefined || this.#waiting.get(name) !== told) return;
    this.#waiting.delete(name);
    told.resolve(isAccepted);
  }

  #retry(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(RETRY_MS, () => void this.send());
  }
}

function byDirectory(
  assignments: readonly Assignment[],
): RequestOf<'AssignReplicasToDirs'>['directories'] {
  const directories = new Map<string, Map<string, { partitionIndex: number }[]>>();
  for (const { directoryId, topicId, index } of assignments) {
    const topics = directories.get(directoryId) ?? new Map<string, { partitionIndex: number }[]>();
    directories.set(directoryId, topics);
    topics.set(topicId, [...(topics.get(topicId) ?? []), { partitionIndex: index }]);
  }
  return [...directories].map(([id, topics]) => ({
    id,
    topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
  }));
}
