import { errors } from '@tidelog/protocol';
import { KafkaClientError } from '../client-error.ts';
import type { CallOptions } from '../cluster/cluster.ts';
import {
  type FoundOffset,
  lowestVersion,
  type OffsetQuery,
  timestampOf,
} from '../cluster/list-offsets.ts';
import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { AdminCalls, Heard, ItemOptions } from './admin-calls.ts';
import { type Target, toLeader } from './routes.ts';

export interface RecordDeletion extends TopicPartition {
  /** The first offset to keep; -1 for the high watermark, which deletes all. */
  readonly offset: number;
}

export interface LogStart extends TopicPartition {
  readonly logStartOffset: number;
}

export interface ListOffsetsOptions extends ItemOptions<OffsetQuery> {
  /** `read_committed` takes the last stable offset for the end of the log. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed' | undefined;
}

/** A replica id that no broker has: the question is a client's. */
const CONSUMER = -1;

/** What an admin does with the records of partitions, at their leaders. */
export function recordOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** The answers come in the order of the queries. */
    listOffsets: async (
      queries: readonly OffsetQuery[],
      options: ListOffsetsOptions = {},
    ): Promise<FoundOffset[]> => {
      const timeoutMs = timeLimit(calls, options);
      const found = await calls.each<OffsetQuery, { query: string; found: FoundOffset }>(
        queries,
        {
          route: toLeader(cluster, (place) => place),
          keyOf: queryKey,
          subjectOf: keyOf,
          ask: async ({ send }, queries, heard) => {
            const isolationLevel = options.isolationLevel === 'read_committed' ? 1 : 0;
            const request = { replicaId: CONSUMER, isolationLevel, timeoutMs };
            const rounds = onePlaceEach(queries);
            await Promise.all(rounds.map((round) => askRound({ send, request, round, heard })));
          },
        },
        options,
      );
      const byQuery = new Map(found.map(({ query, found }) => [query, found]));
      return queries.flatMap((query) => byQuery.get(queryKey(query)) ?? []);
    },

    /** Deletes all before these offsets; resolves to where the logs start then, in the same order. */
    deleteRecords: (
      deletions: readonly RecordDeletion[],
      options: ItemOptions<RecordDeletion> = {},
    ): Promise<LogStart[]> =>
      calls.each<RecordDeletion, LogStart>(
        deletions,
        {
          route: toLeader(cluster, (place) => place),
          keyOf,
          subjectOf: keyOf,
          ask: async ({ send }, deletions, heard) => {
            const response = await send('DeleteRecords', {
              timeoutMs: timeLimit(calls, options),
              topics: Array.from(byTopic(deletions), ([name, list]) => ({
                name,
                partitions: list.map(({ partition, offset }) => ({
                  partitionIndex: partition,
                  offset,
                })),
              })),
            });
            for (const { name, partitions } of response.topics) {
              for (const answer of partitions) {
                const place = { topic: name, partition: answer.partitionIndex };
                heard(keyOf(place), answer, { ...place, logStartOffset: answer.lowWatermark });
              }
            }
          },
        },
        options,
      ),
  };
}

/** How long a broker may wait for others. */
function timeLimit({ cluster }: AdminCalls, { timeoutMs }: CallOptions): number {
  const { requestTimeoutMs } = cluster.settings;
  return Math.min(timeoutMs ?? requestTimeoutMs, requestTimeoutMs);
}

function queryKey(query: OffsetQuery): string {
  return `${keyOf(query)} ${timestampOf(query.spec)}`;
}

/** A request may name a partition only once. */
function onePlaceEach(queries: readonly OffsetQuery[]): OffsetQuery[][] {
  const rounds: OffsetQuery[][] = [];
  const counts = new Map<string, number>();
  for (const query of queries) {
    const round = counts.get(keyOf(query)) ?? 0;
    counts.set(keyOf(query), round + 1);
    (rounds[round] ??= []).push(query);
  }
  return rounds;
}

interface Round {
  readonly send: Target['send'];
  readonly request: { replicaId: number; isolationLevel: number; timeoutMs: number };
  readonly round: readonly OffsetQuery[];
  readonly heard: Heard<{ query: string; found: FoundOffset }>;
}

/** A broker that is too old for some kinds is asked for the others without them. */
async function askRound(question: Round): Promise<void> {
  try {
    await askOffsets(question);
  } catch (error) {
    if (!(error instanceof KafkaClientError) || error.code !== 'UNSUPPORTED_VERSION') throw error;
    const { round, heard } = question;
    const newest = lowestVersion(round);
    const isTooNew = (query: OffsetQuery): boolean => lowestVersion([query]) === newest;
    const others = round.filter((query) => !isTooNew(query));
    if (others.length === 0) throw error;
    await askRound({ ...question, round: others });
    const answer = { errorCode: errors.UNSUPPORTED_VERSION.code, errorMessage: error.message };
    for (const query of round.filter(isTooNew)) {
      const found = { ...query, offset: -1, timestamp: -1, leaderEpoch: -1 };
      heard(queryKey(query), answer, { query: queryKey(query), found });
    }
  }
}

async function askOffsets({ send, request, round, heard }: Round): Promise<void> {
  const keys = new Map(round.map((query) => [keyOf(query), queryKey(query)]));
  const topics = Array.from(byTopic(round), ([name, queries]) => ({
    name,
    partitions: queries.map(({ partition, spec }) => ({
      partitionIndex: partition,
      timestamp: timestampOf(spec),
    })),
  }));
  const response = await send(
    'ListOffsets',
    { ...request, topics },
    { minVersion: lowestVersion(round) },
  );
  for (const { name, partitions } of response.topics) {
    for (const answer of partitions) {
      const place = { topic: name, partition: answer.partitionIndex };
      const query = keys.get(keyOf(place)) ?? '';
      const { offset, timestamp, leaderEpoch } = answer;
      heard(query, answer, { query, found: { ...place, offset, timestamp, leaderEpoch } });
    }
  }
}
