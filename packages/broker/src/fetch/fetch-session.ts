import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import { type FetchTarget, fetchTarget, targetKey } from './fetch-target.ts';

type FetchTopics = RequestOf<'Fetch'>['topics'];
type ForgottenTopics = RequestOf<'Fetch'>['forgottenTopicsData'];
export type PartitionResponse = ResponseOf<'Fetch'>['responses'][number]['partitions'][number];

/** The epoch that follows in a session; it wraps around to 1, because 0 starts a session. */
export function nextEpoch(epoch: number): number {
  return epoch >= 0x7fffffff ? 1 : epoch + 1;
}

/**
 * An incremental fetch session (KIP-227): the broker remembers what a client fetches, requests carry
 * changes only, and responses only partitions with news.
 */
export class FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  epoch = 1;
  lastUsedMs: number;
  /** In the order of service: a partition that gave data goes to the end, so that none starves. */
  readonly #targets: Map<string, FetchTarget>;

  constructor(
    id: number,
    targets: Map<string, FetchTarget>,
    options: { usesTopicIds: boolean; now: number },
  ) {
    this.id = id;
    this.#targets = targets;
    this.usesTopicIds = options.usesTopicIds;
    this.lastUsedMs = options.now;
  }

  get size(): number {
    return this.#targets.size;
  }

  targets(): Iterable<FetchTarget> {
    return this.#targets.values();
  }

  update(topics: FetchTopics, forgotten: ForgottenTopics): void {
    for (const topic of topics) {
      for (const partition of topic.partitions) {
        const key = targetKey(topic, partition.partition);
        const known = this.#targets.get(key);
        if (known === undefined) {
          this.#targets.set(key, fetchTarget(topic, partition));
          continue;
        }
        known.fetchOffset = partition.fetchOffset;
        known.maxBytes = partition.partitionMaxBytes;
        known.currentLeaderEpoch = partition.currentLeaderEpoch;
        known.lastFetchedEpoch = partition.lastFetchedEpoch;
      }
    }
    for (const topic of forgotten) {
      for (const index of topic.partitions) this.#targets.delete(targetKey(topic, index));
    }
  }

  /** Whether the client must hear of a partition; remembers what it then has heard. */
  isNews(target: FetchTarget, response: PartitionResponse, recordBytes: number): boolean {
    const failed = response.errorCode !== 0;
    const logStartOffset = response.logStartOffset ?? -1;
    const news =
      recordBytes > 0 ||
      failed ||
      response.divergingEpoch !== undefined ||
      target.sentHighWatermark !== response.highWatermark ||
      target.sentLogStartOffset !== logStartOffset;
    // After an error the partition is mentioned again as soon as the error is gone.
    target.sentHighWatermark = failed ? -1 : response.highWatermark;
    target.sentLogStartOffset = logStartOffset;
    if (recordBytes > 0) this.#serveLast(target);
    return news;
  }

  #serveLast(target: FetchTarget): void {
    const key = targetKey(this.usesTopicIds ? { ...target, topic: '' } : target, target.index);
    if (this.#targets.delete(key)) this.#targets.set(key, target);
  }
}
