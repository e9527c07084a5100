import { errors, type ResponseOutput } from '@tidelog/protocol';
import { byTopic, comparePartitions, keyOf, type TopicPartition } from '../../topic-partition.ts';
import { type AclOperation, authorizedOperations } from '../acl-operations.ts';
import { checkAnswer } from '../check-answer.ts';
import type { AdminCalls, ItemOptions } from '../admin-calls.ts';
import { toCoordinator } from '../routes.ts';
import { type DescribeGroupsOptions, partitionsOf } from './group-descriptions.ts';
import type { GroupPartitions } from './group-offsets.ts';

export interface ShareMemberDescription {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly rackId: string | null;
  readonly memberEpoch: number;
  readonly subscribedTopics: readonly string[];
  readonly assignment: readonly TopicPartition[];
}

export interface ShareGroupDescription {
  readonly groupId: string;
  readonly state: string;
  readonly assignor: string;
  readonly groupEpoch: number;
  readonly targetAssignmentEpoch: number;
  /** The broker that coordinates it. */
  readonly coordinator: number;
  readonly members: readonly ShareMemberDescription[];
  /** Null unless they were asked for. */
  readonly authorizedOperations: readonly AclOperation[] | null;
}

/** Where a share group goes on in a partition. */
export interface ShareGroupOffset extends TopicPartition {
  /** The first record that is not done with. */
  readonly startOffset: number;
  readonly leaderEpoch: number;
  /** Records that are not delivered yet; null where the broker does not tell (before Kafka 4.2). */
  readonly lag: number | null;
}

export interface ShareGroupOffsets {
  readonly groupId: string;
  /** Sorted by topic and partition; without partitions that the group has not begun with. */
  readonly offsets: readonly ShareGroupOffset[];
}

/** What an admin does with share groups (KIP-932). */
export function shareGroupOperations(calls: AdminCalls) {
  const route = toCoordinator<string>(calls.cluster, 'group', (groupId) => groupId);
  return {
    describeShareGroups: (
      groupIds: readonly string[],
      options: DescribeGroupsOptions = {},
    ): Promise<ShareGroupDescription[]> =>
      calls.each<string, ShareGroupDescription>(
        groupIds,
        {
          route,
          keyOf: (groupId) => groupId,
          subjectOf: (groupId) => `share group ${groupId}`,
          ask: async ({ node, send }, groupIds, heard) => {
            const { groups } = await send('ShareGroupDescribe', {
              groupIds: [...groupIds],
              includeAuthorizedOperations: options.includeAuthorizedOperations ?? false,
            });
            for (const group of groups) heard(group.groupId, group, shareGroup(group, node!));
          },
        },
        options,
      ),

    /** Where share groups go on: in these partitions, or in all that they have begun with. */
    listShareGroupOffsets: (
      groups: readonly GroupPartitions[],
      options: ItemOptions<GroupPartitions> = {},
    ): Promise<ShareGroupOffsets[]> =>
      calls.each<GroupPartitions, ShareGroupOffsets>(
        groups,
        {
          route: toCoordinator(calls.cluster, 'group', ({ groupId }) => groupId),
          keyOf: ({ groupId }) => groupId,
          subjectOf: ({ groupId }) => `offsets of share group ${groupId}`,
          ask: async ({ send }, groups, heard) => {
            const response = await send('DescribeShareGroupOffsets', {
              groups: groups.map(({ groupId, partitions }) => ({
                groupId,
                topics: partitions === undefined ? null : topicsOf(partitions),
              })),
            });
            for (const group of response.groups) {
              const { groupId } = group;
              const failure = failedPartition(group);
              heard(groupId, failure ?? group, { groupId, offsets: shareOffsets(group) });
            }
          },
        },
        options,
      ),

    /** Lets an empty share group go on elsewhere. */
    alterShareGroupOffsets: async (
      groupId: string,
      offsets: readonly (TopicPartition & { readonly startOffset: number })[],
      options: ItemOptions<TopicPartition> = {},
    ): Promise<void> => {
      await calls.each<TopicPartition & { readonly startOffset: number }, null>(
        offsets,
        {
          route: toCoordinator(calls.cluster, 'group', () => groupId),
          keyOf,
          subjectOf: (place) => `${keyOf(place)} of share group ${groupId}`,
          ask: async ({ send }, offsets, heard) => {
            const response = await send('AlterShareGroupOffsets', {
              groupId,
              topics: Array.from(byTopic(offsets), ([topicName, list]) => ({
                topicName,
                partitions: list.map(({ partition, startOffset }) => ({
                  partitionIndex: partition,
                  startOffset,
                })),
              })),
            });
            checkAnswer(response, `share group ${groupId}`);
            for (const { topicName, partitions } of response.responses) {
              for (const answer of partitions) {
                const place = { topic: topicName, partition: answer.partitionIndex };
                heard(keyOf(place), answer, null);
              }
            }
          },
        },
        options,
      );
    },

    /** Lets an empty share group forget topics. */
    deleteShareGroupOffsets: async (
      groupId: string,
      topics: readonly string[],
      options: ItemOptions<string> = {},
    ): Promise<void> => {
      await calls.each<string, null>(
        topics,
        {
          route: toCoordinator(calls.cluster, 'group', () => groupId),
          keyOf: (topic) => topic,
          subjectOf: (topic) => `topic ${topic} of share group ${groupId}`,
          ask: async ({ send }, topics, heard) => {
            const response = await send('DeleteShareGroupOffsets', {
              groupId,
              topics: topics.map((topicName) => ({ topicName })),
            });
            checkAnswer(response, `share group ${groupId}`);
            for (const answer of response.responses) heard(answer.topicName, answer, null);
          },
        },
        options,
      );
    },
  };
}

function shareGroup(
  group: ResponseOutput<'ShareGroupDescribe'>['groups'][number],
  coordinator: number,
): ShareGroupDescription {
  return {
    groupId: group.groupId,
    state: group.groupState,
    assignor: group.assignorName,
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    coordinator,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      subscribedTopics: member.subscribedTopicNames,
      assignment: partitionsOf(member.assignment),
    })),
  };
}

type OffsetsAnswer = ResponseOutput<'DescribeShareGroupOffsets'>['groups'][number];

function shareOffsets({ topics }: OffsetsAnswer): ShareGroupOffset[] {
  const all = topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partitionIndex, startOffset, leaderEpoch, lag }) => ({
      topic: topicName,
      partition: partitionIndex,
      startOffset,
      leaderEpoch,
      lag: lag < 0 ? null : lag,
    })),
  );
  return all.filter(({ startOffset }) => startOffset >= 0).sort(comparePartitions);
}

/** An answer is whole or it is none. */
function failedPartition(
  group: OffsetsAnswer,
): OffsetsAnswer['topics'][number]['partitions'][number] | undefined {
  if (group.errorCode !== errors.NONE.code) return undefined;
  return group.topics
    .flatMap(({ partitions }) => partitions)
    .find(({ errorCode }) => errorCode !== errors.NONE.code);
}

function topicsOf(partitions: readonly TopicPartition[]) {
  return Array.from(byTopic(partitions), ([topicName, list]) => ({
    topicName,
    partitions: list.map(({ partition }) => partition),
  }));
}
