import { errors } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../client-error.ts';
import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { Cluster } from './cluster.ts';

/**
 * What ListOffsets finds: an end of the log, an end of what is on the broker's own disks or in tiered
 * storage, or the first record at or after a time (ms).
 */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | 'earliest-pending-upload'
  | { readonly timestamp: number };

/**
 * Whether records of transactions count that are open or were aborted (`isolation.level`): with
 * `read_committed` the log ends before the first open transaction.
 */
export type IsolationLevel = 'read_uncommitted' | 'read_committed';

/** As they go over the wire. */
export const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const;

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

const special = {
  latest: { timestamp: -1, since: 0 },
  earliest: { timestamp: -2, since: 0 },
  'max-timestamp': { timestamp: -3, since: 7 },
  'earliest-local': { timestamp: -4, since: 8 },
  'latest-tiered': { timestamp: -5, since: 9 },
  'earliest-pending-upload': { timestamp: -6, since: 11 },
} as const;
const CONSUMER = -1;

/** A spec as the wire says it. */
export function timestampOf(spec: OffsetSpec): number {
  return typeof spec === 'string' ? special[spec].timestamp : spec.timestamp;
}

/** The first version that understands all of them; an older one takes them for times. */
export function lowestVersion(queries: readonly OffsetQuery[]): number {
  const versions = queries.map(({ spec }) => (typeof spec === 'string' ? special[spec].since : 0));
  return Math.max(0, ...versions);
}

/**
 * Asks the leader of each partition; the answers come in the order of the queries. Throws the first
 * error; when it is retriable, what is known of the topics was asked for again.
 */
export async function listOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel = 'read_uncommitted',
): Promise<FoundOffset[]> {
  const topics = new Set(queries.map(({ topic }) => topic));
  for (const topic of topics) {
    if (!cluster.isFresh(topic)) await cluster.refresh([topic]);
  }
  const requests = new Map<string, { node: number; queries: OffsetQuery[] }>();
  const repeated = new Map<string, number>();
  for (const query of queries) {
    const node = await leaderOf(cluster, query);
    // A request may name a partition only once.
    const round = repeated.get(keyOf(query)) ?? 0;
    repeated.set(keyOf(query), round + 1);
    const request = requests.get(`${node}/${round}`);
    if (request === undefined) requests.set(`${node}/${round}`, { node, queries: [query] });
    else request.queries.push(query);
  }
  const found = new Map<OffsetQuery, FoundOffset>();
  await Promise.all(
    Array.from(requests.values(), async ({ node, queries }) => {
      const answers = await askLeader(cluster, { node, queries, isolationLevel });
      for (const query of queries) found.set(query, answers.get(keyOf(query))!);
    }),
  ).catch(async (error: KafkaClientError) => {
    if (error.retriable) await cluster.refresh(topics).catch(() => {});
    throw error;
  });
  return queries.map((query) => found.get(query)!);
}

async function leaderOf(cluster: Cluster, place: TopicPartition): Promise<number> {
  const known = cluster.metadata.partition(place.topic, place.partition);
  if (known !== undefined && known.leader >= 0) return known.leader;
  await cluster.refresh([place.topic]);
  const { code } =
    known === undefined ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.LEADER_NOT_AVAILABLE;
  throw brokerError(code, keyOf(place));
}

async function askLeader(
  cluster: Cluster,
  asked: { node: number; queries: readonly OffsetQuery[]; isolationLevel: IsolationLevel },
): Promise<Map<string, FoundOffset>> {
  const { node, queries, isolationLevel } = asked;
  const request = {
    replicaId: CONSUMER,
    isolationLevel: isolationLevels[isolationLevel],
    timeoutMs: cluster.settings.requestTimeoutMs,
    topics: Array.from(byTopic(queries), ([name, queries]) => ({
      name,
      partitions: queries.map(({ partition, spec }) => ({
        partitionIndex: partition,
        timestamp: timestampOf(spec),
      })),
    })),
  };
  const options = { minVersion: lowestVersion(queries) };
  const response = await cluster.send({ node }, 'ListOffsets', request, options);
  const found = new Map<string, FoundOffset>();
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of partitions) {
      const place = { topic: name, partition: partitionIndex };
      if (errorCode !== errors.NONE.code) throw brokerError(errorCode, keyOf(place));
      found.set(keyOf(place), { ...place, offset, timestamp, leaderEpoch });
    }
  }
  const missing = queries.find((query) => !found.has(keyOf(query)));
  if (missing !== undefined) throw brokerError(errors.UNKNOWN_SERVER_ERROR.code, keyOf(missing));
  return found;
}
