import { errors } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../client-error.ts';
import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { Cluster } from './cluster.ts';

/** What ListOffsets finds: an end of the log, or the first record at or after a time (ms). */
export type OffsetSpec = 'earliest' | 'latest' | 'max-timestamp' | { readonly timestamp: number };

export interface OffsetQuery extends TopicPartition {
  readonly spec: OffsetSpec;
}

export interface FoundOffset extends TopicPartition {
  /** -1 where no record is that late. */
  readonly offset: number;
  /** Of the record found; -1 for the ends of the log. */
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

const SPECIAL = { latest: -1, earliest: -2, 'max-timestamp': -3 } as const;
const CONSUMER = -1;

/**
 * Asks the leader of each partition, in one request for each broker. Throws the first error; when it is
 * retriable, what is known of the topics was asked for again.
 */
export async function listOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
): Promise<FoundOffset[]> {
  const topics = new Set(queries.map(({ topic }) => topic));
  for (const topic of topics) {
    if (!cluster.isFresh(topic)) await cluster.refresh([topic]);
  }
  const byLeader = new Map<number, OffsetQuery[]>();
  for (const query of queries) {
    const known = cluster.metadata.partition(query.topic, query.partition);
    if (known === undefined || known.leader < 0) {
      await cluster.refresh([query.topic]);
      const { code } =
        known === undefined ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.LEADER_NOT_AVAILABLE;
      throw brokerError(code, keyOf(query));
    }
    byLeader.set(known.leader, [...(byLeader.get(known.leader) ?? []), query]);
  }
  const found = await Promise.all(
    Array.from(byLeader, ([node, queries]) => askLeader(cluster, node, queries)),
  ).catch(async (error: KafkaClientError) => {
    if (error.retriable) await cluster.refresh(topics).catch(() => {});
    throw error;
  });
  return found.flat();
}

async function askLeader(
  cluster: Cluster,
  node: number,
  queries: readonly OffsetQuery[],
): Promise<FoundOffset[]> {
  const response = await cluster.send({ node }, 'ListOffsets', {
    replicaId: CONSUMER,
    isolationLevel: 0,
    timeoutMs: cluster.settings.requestTimeoutMs,
    topics: Array.from(byTopic(queries), ([name, queries]) => ({
      name,
      partitions: queries.map(({ partition, spec }) => ({
        partitionIndex: partition,
        timestamp: typeof spec === 'string' ? SPECIAL[spec] : spec.timestamp,
      })),
    })),
  });
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map((found) => {
      const place = { topic: name, partition: found.partitionIndex };
      if (found.errorCode !== errors.NONE.code) throw brokerError(found.errorCode, keyOf(place));
      const { offset, timestamp, leaderEpoch } = found;
      return { ...place, offset, timestamp, leaderEpoch };
    }),
  );
}
