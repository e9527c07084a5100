import { errors } from '@tidelog/protocol';
import type { CallOptions } from '../cluster/cluster.ts';
import { byTopic, comparePartitions, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { AdminCalls, Heard, ItemOptions } from './admin-calls.ts';
import { checkAnswer } from './check-answer.ts';
import { toController } from './routes.ts';
import { CHANGE_TIMEOUT_MS } from './topics.ts';

/** The preferred replica, which is the first of a partition; or any, though records may be lost by it. */
export type ElectionType = 'preferred' | 'unclean';

const electionTypes = { preferred: 0, unclean: 1 } as const;

export interface ElectedLeader extends TopicPartition {
  /** False where the partition had the right leader already. */
  readonly elected: boolean;
}

/** Where a partition is to be; null stops a move that is under way. */
export interface PartitionReassignment extends TopicPartition {
  readonly replicas: readonly number[] | null;
}

export interface AlterReassignmentsOptions extends ItemOptions<PartitionReassignment> {
  /** False refuses moves that would change how many replicas there are (Kafka 4.0). */
  readonly allowReplicationFactorChange?: boolean | undefined;
}

export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export interface ListReassignmentsOptions extends CallOptions {
  /** Only these partitions; all when left out. */
  readonly partitions?: readonly TopicPartition[] | undefined;
}

/** What an admin does with the leaders and replicas of partitions, at the controller. */
export function partitionMoveOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** Elects leaders: of these partitions, or wherever it is due (null). */
    electLeaders: async (
      type: ElectionType,
      partitions: readonly TopicPartition[] | null,
      options: ItemOptions<TopicPartition> = {},
    ): Promise<ElectedLeader[]> =>
      partitions === null
        ? electAllLeaders(calls, type, options)
        : calls.each<TopicPartition, ElectedLeader>(
            partitions,
            {
              route: toController(cluster),
              keyOf,
              subjectOf: (place) => `election for ${keyOf(place)}`,
              // That no replica may lead now is the answer.
              finalCodes: ['PREFERRED_LEADER_NOT_AVAILABLE', 'ELIGIBLE_LEADERS_NOT_AVAILABLE'],
              ask: async ({ send }, partitions, heard) => {
                const response = await send('ElectLeaders', election(type, partitions));
                checkAnswer(response, 'election of leaders');
                heardElections(response.replicaElectionResults, heard);
              },
            },
            options,
          ),

    /** Begins to move partitions, or stops. `listPartitionReassignments` tells when they are moved. */
    alterPartitionReassignments: async (
      reassignments: readonly PartitionReassignment[],
      options: AlterReassignmentsOptions = {},
    ): Promise<void> => {
      await calls.each<PartitionReassignment, null>(
        reassignments,
        {
          route: toController(cluster),
          keyOf,
          subjectOf: (place) => `reassignment of ${keyOf(place)}`,
          ask: async ({ send }, reassignments, heard) => {
            const response = await send('AlterPartitionReassignments', {
              timeoutMs: CHANGE_TIMEOUT_MS,
              allowReplicationFactorChange: options.allowReplicationFactorChange ?? true,
              topics: Array.from(byTopic(reassignments), ([name, list]) => ({
                name,
                partitions: list.map(({ partition, replicas }) => ({
                  partitionIndex: partition,
                  replicas: replicas === null ? null : [...replicas],
                })),
              })),
            });
            checkAnswer(response, 'reassignment of partitions');
            for (const { name, partitions } of response.responses) {
              for (const answer of partitions) {
                heard(keyOf({ topic: name, partition: answer.partitionIndex }), answer, null);
              }
            }
          },
        },
        options,
      );
    },

    /** Moves that are under way, sorted by topic and partition. */
    listPartitionReassignments: (
      options: ListReassignmentsOptions = {},
    ): Promise<OngoingReassignment[]> =>
      calls.once(async () => {
        const { partitions } = options;
        const response = await cluster.sendToController('ListPartitionReassignments', {
          timeoutMs: CHANGE_TIMEOUT_MS,
          topics:
            partitions === undefined
              ? null
              : Array.from(byTopic(partitions), ([name, list]) => ({
                  name,
                  partitionIndexes: list.map(({ partition }) => partition),
                })),
        });
        checkAnswer(response, 'reassignments of partitions');
        const moves = response.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
            topic: name,
            partition: partitionIndex,
            replicas,
            addingReplicas,
            removingReplicas,
          })),
        );
        return moves.sort(comparePartitions);
      }, options),
  };
}

function election(type: ElectionType, partitions: readonly TopicPartition[] | null) {
  return {
    electionType: electionTypes[type],
    topicPartitions:
      partitions === null
        ? null
        : Array.from(byTopic(partitions), ([topic, list]) => ({
            topic,
            partitions: list.map(({ partition }) => partition),
          })),
    timeoutMs: CHANGE_TIMEOUT_MS,
  };
}

type Elections = readonly {
  readonly topic: string;
  readonly partitionResult: readonly {
    readonly partitionId: number;
    readonly errorCode: number;
    readonly errorMessage: string | null;
  }[];
}[];

function heardElections(results: Elections, heard: Heard<ElectedLeader>): void {
  for (const { topic, partitionResult } of results) {
    for (const { partitionId, errorCode, errorMessage } of partitionResult) {
      const place = { topic, partition: partitionId };
      const isNeeded = errorCode !== errors.ELECTION_NOT_NEEDED.code;
      const code = isNeeded ? errorCode : errors.NONE.code;
      heard(keyOf(place), { errorCode: code, errorMessage }, { ...place, elected: isNeeded });
    }
  }
}

/** The answer tells which partitions there were; it is not asked for again. */
async function electAllLeaders(
  calls: AdminCalls,
  type: ElectionType,
  options: ItemOptions<TopicPartition>,
): Promise<ElectedLeader[]> {
  const { signal, timeoutMs } = options;
  const results = await calls.once(
    async () => {
      const response = await calls.cluster.sendToController('ElectLeaders', election(type, null));
      checkAnswer(response, 'election of leaders');
      return response.replicaElectionResults;
    },
    { signal, timeoutMs },
  );
  const places = results.flatMap(({ topic, partitionResult }) =>
    partitionResult.map(({ partitionId }) => ({ topic, partition: partitionId })),
  );
  return calls.each<TopicPartition, ElectedLeader>(
    places,
    {
      route: toController(calls.cluster),
      keyOf,
      subjectOf: (place) => `election for ${keyOf(place)}`,
      finalCodes: 'all',
      ask: (_, __, heard) => heardElections(results, heard),
    },
    options,
  );
}
