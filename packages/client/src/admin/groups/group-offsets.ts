import { errors, type ResponseOutput } from '@tidelog/protocol';
import { KafkaClientError } from '../../client-error.ts';
import type { CallOptions } from '../../cluster/cluster.ts';
import type { CommittedOffset } from '../../consumer/group/group-offsets.ts';
import { byTopic, comparePartitions, keyOf, type TopicPartition } from '../../topic-partition.ts';
import { checkAnswer } from '../check-answer.ts';
import type { AdminCalls, Heard, ItemOptions } from '../admin-calls.ts';
import { type Target, toCoordinator } from '../routes.ts';

/** Partitions of a group; all of which it has offsets when they are left out. */
export interface GroupPartitions {
  readonly groupId: string;
  readonly partitions?: readonly TopicPartition[] | undefined;
}

export interface GroupOffsets {
  readonly groupId: string;
  /** Sorted by topic and partition; without partitions that have none. */
  readonly offsets: readonly CommittedOffset[];
}

export interface StableOptions {
  /** Waits for transactions that commit offsets, as a consumer does when it starts. */
  readonly requireStable?: boolean | undefined;
}

/** From 10 on topics go by ids, which a broker of another cluster may not know. */
const BY_NAME = 9;
/** From 8 on for many groups at once. */
const ONE_GROUP = 7;
/** Commits from outside of the group's protocol. */
const NO_GENERATION = -1;

/** What an admin does with committed offsets, of consumer and of streams groups. */
export function groupOffsetOperations(calls: AdminCalls) {
  const { cluster } = calls;
  const listOffsetsOfGroups = (
    groups: readonly GroupPartitions[],
    options: ItemOptions<GroupPartitions> & StableOptions = {},
  ): Promise<GroupOffsets[]> => {
    const requireStable = options.requireStable ?? false;
    return calls.each<GroupPartitions, GroupOffsets>(
      groups,
      {
        route: toCoordinator(cluster, 'group', ({ groupId }) => groupId),
        keyOf: ({ groupId }) => groupId,
        subjectOf: ({ groupId }) => `offsets of group ${groupId}`,
        ask: ({ send }, groups, heard) => askOffsets({ send, groups, heard, requireStable }),
      },
      options,
    );
  };
  return {
    /** What several groups have committed. */
    listOffsetsOfGroups,

    /** What a group has committed, sorted by topic and partition. */
    listGroupOffsets: async (
      groupId: string,
      options: CallOptions & StableOptions & Omit<GroupPartitions, 'groupId'> = {},
    ): Promise<readonly CommittedOffset[]> => {
      const { partitions, ...others } = options;
      const [group] = await listOffsetsOfGroups([{ groupId, partitions }], others);
      return group!.offsets;
    },

    /** Lets a group without members go on elsewhere. A group that does not exist begins with it. */
    alterGroupOffsets: async (
      groupId: string,
      offsets: readonly CommittedOffset[],
      options: ItemOptions<CommittedOffset> = {},
    ): Promise<void> => {
      await alterGroupOffsets(calls, { groupId, offsets }, options);
    },

    /** Lets a group forget partitions of topics that no member reads. */
    deleteGroupOffsets: async (
      groupId: string,
      partitions: readonly TopicPartition[],
      options: ItemOptions<TopicPartition> = {},
    ): Promise<void> => {
      await deleteGroupOffsets(calls, { groupId, partitions }, options);
    },
  };
}

interface OffsetsQuestion {
  readonly send: Target['send'];
  readonly groups: readonly GroupPartitions[];
  readonly heard: Heard<GroupOffsets>;
  readonly requireStable: boolean;
}

async function askOffsets(question: OffsetsQuestion): Promise<void> {
  const { send, groups, heard, requireStable } = question;
  try {
    const request = {
      groups: groups.map(({ groupId, partitions }) => ({
        groupId,
        topics: partitions === undefined ? null : topicsOf(partitions),
      })),
      requireStable,
    };
    const response = await send('OffsetFetch', request, { maxVersion: BY_NAME });
    for (const group of response.groups) heardOffsets(group, heard);
  } catch (error) {
    const isOld = error instanceof KafkaClientError && error.code === 'UNSUPPORTED_VERSION';
    if (!isOld) throw error;
    await Promise.all(groups.map((group) => askOffsetsOfOne(question, group)));
  }
}

async function askOffsetsOfOne(
  { send, heard, requireStable }: OffsetsQuestion,
  { groupId, partitions }: GroupPartitions,
): Promise<void> {
  const topics = partitions === undefined ? null : topicsOf(partitions);
  const request = { groupId, topics, requireStable };
  const response = await send('OffsetFetch', request, { maxVersion: ONE_GROUP });
  heardOffsets({ ...response, groupId }, heard);
}

function topicsOf(partitions: readonly TopicPartition[]) {
  return Array.from(byTopic(partitions), ([name, list]) => ({
    name,
    partitionIndexes: list.map(({ partition }) => partition),
  }));
}

type OffsetsAnswer = Pick<
  ResponseOutput<'OffsetFetch'>['groups'][number],
  'groupId' | 'errorCode'
> & { readonly topics: readonly Omit<OffsetsTopic, 'topicId'>[] };
type OffsetsTopic = ResponseOutput<'OffsetFetch'>['groups'][number]['topics'][number];

/** An answer is whole or it is none: the first error of a partition is that of the group. */
function heardOffsets(answer: OffsetsAnswer, heard: Heard<GroupOffsets>): void {
  const { groupId, errorCode, topics } = answer;
  const offsets: CommittedOffset[] = [];
  let failedCode = errorCode;
  for (const { name, partitions } of topics) {
    for (const partition of partitions) {
      if (failedCode === errors.NONE.code) failedCode = partition.errorCode;
      if (partition.committedOffset < 0) continue;
      offsets.push({
        topic: name,
        partition: partition.partitionIndex,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.metadata,
      });
    }
  }
  heard(groupId, { errorCode: failedCode }, { groupId, offsets: offsets.sort(comparePartitions) });
}

function alterGroupOffsets(
  calls: AdminCalls,
  { groupId, offsets }: { groupId: string; offsets: readonly CommittedOffset[] },
  options: ItemOptions<CommittedOffset>,
): Promise<null[]> {
  return calls.each<CommittedOffset, null>(
    offsets,
    {
      route: toCoordinator(calls.cluster, 'group', () => groupId),
      keyOf,
      subjectOf: (place) => `${keyOf(place)} of group ${groupId}`,
      ask: async ({ send }, offsets, heard) => {
        const request = {
          groupId,
          generationIdOrMemberEpoch: NO_GENERATION,
          memberId: '',
          topics: Array.from(byTopic(offsets), ([name, list]) => ({
            name,
            partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
              partitionIndex: partition,
              committedOffset: offset,
              committedLeaderEpoch: leaderEpoch ?? -1,
              committedMetadata: metadata ?? '',
            })),
          })),
        };
        const response = await send('OffsetCommit', request, { maxVersion: BY_NAME });
        for (const { name, partitions } of response.topics) {
          for (const answer of partitions) {
            heard(keyOf({ topic: name, partition: answer.partitionIndex }), answer, null);
          }
        }
      },
    },
    options,
  );
}

function deleteGroupOffsets(
  calls: AdminCalls,
  { groupId, partitions }: { groupId: string; partitions: readonly TopicPartition[] },
  options: ItemOptions<TopicPartition>,
): Promise<null[]> {
  return calls.each<TopicPartition, null>(
    partitions,
    {
      route: toCoordinator(calls.cluster, 'group', () => groupId),
      keyOf,
      subjectOf: (place) => `${keyOf(place)} of group ${groupId}`,
      ask: async ({ send }, partitions, heard) => {
        const response = await send('OffsetDelete', {
          groupId,
          topics: Array.from(byTopic(partitions), ([name, list]) => ({
            name,
            partitions: list.map(({ partition }) => ({ partitionIndex: partition })),
          })),
        });
        checkAnswer(response, `group ${groupId}`);
        for (const { name, partitions } of response.topics) {
          for (const answer of partitions) {
            heard(keyOf({ topic: name, partition: answer.partitionIndex }), answer, null);
          }
        }
      },
    },
    options,
  );
}
