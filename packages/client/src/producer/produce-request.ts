import { type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import { KafkaClientError } from '../client-error.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';

/** From this version on topics go by their ids. */
export const TOPIC_ID_VERSION = 13;

/** What one request carries: a batch for each of its partitions. */
export interface Shipment {
  readonly node: number;
  readonly entries: readonly { readonly queue: PartitionQueue; readonly batch: ProducerBatch }[];
  /** As of the sending; null where brokers give topics none. */
  readonly topicIds: ReadonlyMap<string, string | null>;
}

export const UNANSWERED = new KafkaClientError(
  'UNKNOWN_SERVER_ERROR',
  'the broker did not answer for a partition of the request',
);

export function produceRequest(
  { entries, topicIds }: Shipment,
  acks: number,
  timeoutMs: number,
): RequestInput<'Produce'> {
  const topics = new Map<
    string,
    { name: string; topicId: string; partitionData: { index: number; records: Buffer }[] }
  >();
  for (const { queue, batch } of entries) {
    let topic = topics.get(queue.topic);
    if (topic === undefined) {
      topic = {
        name: queue.topic,
        topicId: topicIds.get(queue.topic) ?? ZERO_UUID,
        partitionData: [],
      };
      topics.set(queue.topic, topic);
    }
    topic.partitionData.push({ index: queue.partition, records: batch.bytes });
  }
  return { acks, timeoutMs, topicData: [...topics.values()] };
}
