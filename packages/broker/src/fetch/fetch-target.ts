import type { RequestOf } from '@tidelog/protocol';

type RequestTopic = RequestOf<'Fetch'>['topics'][number];
type RequestPartition = RequestTopic['partitions'][number];

/** One partition that a fetch asks for; a fetch session keeps it from request to request. */
export interface FetchTarget {
  /** Empty as long as the topic id is not known here. */
  topic: string;
  readonly topicId: string;
  readonly index: number;
  fetchOffset: number;
  maxBytes: number;
  /** -1 when the client does not know it. */
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** What the session's client was last told; -1 makes the next answer mention the partition. */
  sentHighWatermark: number;
  sentLogStartOffset: number;
}

export function fetchTarget(topic: RequestTopic, partition: RequestPartition): FetchTarget {
  return {
    topic: topic.topic,
    topicId: topic.topicId,
    index: partition.partition,
    fetchOffset: partition.fetchOffset,
    maxBytes: partition.partitionMaxBytes,
    currentLeaderEpoch: partition.currentLeaderEpoch,
    lastFetchedEpoch: partition.lastFetchedEpoch,
    sentHighWatermark: -1,
    sentLogStartOffset: -1,
  };
}

/** Identifies a partition within one session: by topic id from version 13 on, by name before. */
export function targetKey(topic: { topic: string; topicId: string }, index: number): string {
  return `${topic.topic === '' ? topic.topicId : topic.topic}:${index}`;
}
