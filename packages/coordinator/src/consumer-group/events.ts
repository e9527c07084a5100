import type { TopicPartitions } from '../assignors/assignor.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import {
  type AssignmentEpochs,
  memberStateCodes,
  type Ownership,
  type Subscription,
} from './consumer-member.ts';
import type { ConsumerGroupEvent } from './records.ts';
import type { ResolvedRegex } from './subscribed-topics.ts';

/** The events of a consumer group, with the values of Kafka's records. */

export function groupEpochIs(
  groupId: string,
  epoch: number,
  metadataHash: bigint,
): ConsumerGroupEvent {
  return { kind: 'ConsumerGroupMetadata', key: { groupId }, value: { epoch, metadataHash } };
}

export function memberSubscribes(
  groupId: string,
  memberId: string,
  subscription: Subscription,
): ConsumerGroupEvent {
  const { topicNames, topicRegex, classic, ...rest } = subscription;
  return {
    kind: 'ConsumerGroupMemberMetadata',
    key: { groupId, memberId },
    value: {
      ...rest,
      subscribedTopicNames: [...topicNames],
      subscribedTopicRegex: topicRegex,
      classicMemberMetadata: classic && {
        sessionTimeoutMs: classic.sessionTimeoutMs,
        supportedProtocols: [...classic.supportedProtocols],
      },
    },
  };
}

export function memberOwns(
  groupId: string,
  memberId: string,
  ownership: Ownership,
): ConsumerGroupEvent {
  const { memberEpoch, previousMemberEpoch, state, assigned, revoking } = ownership;
  return {
    kind: 'ConsumerGroupCurrentMemberAssignment',
    key: { groupId, memberId },
    value: {
      memberEpoch,
      previousMemberEpoch,
      state: memberStateCodes[state],
      assignedPartitions: withEpochs(assigned),
      partitionsPendingRevocation: withEpochs(revoking),
    },
  };
}

export function memberShallOwn(
  groupId: string,
  memberId: string,
  target: TopicPartitions,
): ConsumerGroupEvent {
  const topicPartitions = [...target].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions],
  }));
  return {
    kind: 'ConsumerGroupTargetAssignmentMember',
    key: { groupId, memberId },
    value: { topicPartitions },
  };
}

export function assignmentEpochIs(
  groupId: string,
  assignmentEpoch: number,
  assignmentTimestamp: number,
): ConsumerGroupEvent {
  const value = { assignmentEpoch, assignmentTimestamp };
  return { kind: 'ConsumerGroupTargetAssignmentMetadata', key: { groupId }, value };
}

export function regexMatches(
  groupId: string,
  regularExpression: string,
  resolved: ResolvedRegex | null,
): ConsumerGroupEvent {
  return {
    kind: 'ConsumerGroupRegularExpression',
    key: { groupId, regularExpression },
    value: resolved && {
      topics: [...resolved.topics].toSorted(),
      version: resolved.version,
      timestamp: resolved.timestampMs,
    },
  };
}

/** The tombstones of a member; their order matters to Apache Kafka. */
export function memberGoes(groupId: string, memberId: string): ConsumerGroupEvent[] {
  const key = { groupId, memberId };
  return [
    { kind: 'ConsumerGroupCurrentMemberAssignment', key, value: null },
    { kind: 'ConsumerGroupTargetAssignmentMember', key, value: null },
    { kind: 'ConsumerGroupMemberMetadata', key, value: null },
  ];
}

export function noPartitionMetadata(groupId: string): ConsumerGroupEvent {
  return { kind: 'ConsumerGroupPartitionMetadata', key: { groupId }, value: null };
}

/** The tombstones of a group, in the order of Apache Kafka. */
export function deleteGroup(group: ConsumerGroup): ConsumerGroupEvent[] {
  const { groupId } = group;
  const keys = [...group.members.keys()].map((memberId) => ({ groupId, memberId }));
  const key = { groupId };
  const regexes = [...group.topics.resolved.keys()];
  return [
    ...keys.map((k) => tombstone('ConsumerGroupCurrentMemberAssignment', k)),
    ...keys.map((k) => tombstone('ConsumerGroupTargetAssignmentMember', k)),
    { kind: 'ConsumerGroupTargetAssignmentMetadata', key, value: null },
    ...keys.map((k) => tombstone('ConsumerGroupMemberMetadata', k)),
    ...regexes.map((regex) => regexMatches(groupId, regex, null)),
    noPartitionMetadata(groupId),
    { kind: 'ConsumerGroupMetadata', key, value: null },
  ];
}

type MemberKind =
  | 'ConsumerGroupCurrentMemberAssignment'
  | 'ConsumerGroupTargetAssignmentMember'
  | 'ConsumerGroupMemberMetadata';

function tombstone(
  kind: MemberKind,
  key: { readonly groupId: string; readonly memberId: string },
): ConsumerGroupEvent {
  return { kind, key, value: null };
}

function withEpochs(assignment: AssignmentEpochs) {
  return [...assignment].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()],
    assignmentEpochs: [...partitions.values()],
  }));
}
