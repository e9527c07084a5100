import { errors } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';

export interface RecordDeletion extends TopicPartition {
  /** The first offset to keep; -1 for the high watermark, which deletes all. */
  readonly offset: number;
}

/** Asks the leader of each partition; gives where the logs start then, by `keyOf`. */
export async function deleteRecords(
  cluster: Cluster,
  deletions: readonly RecordDeletion[],
): Promise<Map<string, number>> {
  const topics = new Set(deletions.map(({ topic }) => topic));
  for (const topic of topics) if (!cluster.isFresh(topic)) await cluster.refresh([topic]);
  const byLeader = new Map<number, RecordDeletion[]>();
  for (const deletion of deletions) {
    const known = cluster.metadata.partition(deletion.topic, deletion.partition);
    if (known === undefined) {
      throw brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION.code, keyOf(deletion));
    }
    byLeader.set(known.leader, [...(byLeader.get(known.leader) ?? []), deletion]);
  }
  const starts = new Map<string, number>();
  await Promise.all(
    Array.from(byLeader, async ([node, deletions]) => {
      const response = await cluster.send({ node }, 'DeleteRecords', {
        timeoutMs: cluster.settings.requestTimeoutMs,
        topics: Array.from(byTopic(deletions), ([name, list]) => ({
          name,
          partitions: list.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
        })),
      });
      for (const { name, partitions } of response.topics) {
        for (const { partitionIndex, lowWatermark, errorCode } of partitions) {
          const key = keyOf({ topic: name, partition: partitionIndex });
          if (errorCode !== errors.NONE.code) throw brokerError(errorCode, key);
          starts.set(key, lowWatermark);
        }
      }
    }),
  ).catch(async (error: KafkaClientError) => {
    if (error.retriable) await cluster.refresh(topics).catch(() => {});
    throw error;
  });
  return starts;
}
