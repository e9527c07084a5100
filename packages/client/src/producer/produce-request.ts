import { type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import { KafkaClientError } from '../client-error.ts';
import type { BrokerConnection } from '../cluster/broker-connection.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';
import type { Transactions } from './transaction/transactions.ts';

/** From this version on topics go by their ids. */
const BY_ID = 13;
/** The last version whose brokers don't add partitions to a transaction by themselves (KIP-890). */
const BEFORE_VERSION_2 = 11;

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

/** The version of a shipment; notes which topic its batches have met. */
export function produceVersion(
  connection: BrokerConnection,
  { entries, topicIds }: Shipment,
  transactions: Transactions | null,
): number {
  const allHaveIds = [...topicIds.values()].every((id) => id !== null);
  let highest = allHaveIds ? BY_ID : BY_ID - 1;
  if (transactions?.isVersion2 === false) highest = BEFORE_VERSION_2;
  const version = connection.versionOf('Produce', highest);
  for (const { queue, batch } of entries) {
    const byId = version >= BY_ID;
    queue.topicId = byId ? topicIds.get(queue.topic)! : null;
    if (!byId) batch.sentByName = true;
  }
  return version;
}

export function produceRequest(
  { entries, topicIds }: Shipment,
  { acks, requestTimeoutMs, transactionalId }: ProducerSettings,
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
  return { transactionalId, acks, timeoutMs: requestTimeoutMs, topicData: [...topics.values()] };
}
