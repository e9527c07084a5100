import type { TopicPartitions } from '../assignors/assignor.ts';
import type { ShareGroupEvent } from './records.ts';
import type { ShareGroup } from './share-group.ts';
import type { ShareAssignment, ShareSubscription } from './share-member.ts';

/** The events of a share group, with the values of Kafka's records. */

export function groupEpochIs(
  groupId: string,
  epoch: number,
  metadataHash: bigint,
): ShareGroupEvent {
  return { kind: 'ShareGroupMetadata', key: { groupId }, value: { epoch, metadataHash } };
}

export function memberSubscribes(
  groupId: string,
  memberId: string,
  { topicNames, ...rest }: ShareSubscription,
): ShareGroupEvent {
  return {
    kind: 'ShareGroupMemberMetadata',
    key: { groupId, memberId },
    value: { ...rest, subscribedTopicNames: [...topicNames] },
  };
}

/** The state of every member that is in the group. */
const STABLE = 0;

export function memberHas(
  groupId: string,
  memberId: string,
  { memberEpoch, previousMemberEpoch, partitions }: ShareAssignment,
): ShareGroupEvent {
  const assignedPartitions = toRecord(partitions);
  return {
    kind: 'ShareGroupCurrentMemberAssignment',
    key: { groupId, memberId },
    value: { memberEpoch, previousMemberEpoch, state: STABLE, assignedPartitions },
  };
}

export function memberShallHave(
  groupId: string,
  memberId: string,
  target: TopicPartitions,
): ShareGroupEvent {
  return {
    kind: 'ShareGroupTargetAssignmentMember',
    key: { groupId, memberId },
    value: { topicPartitions: toRecord(target) },
  };
}

export function assignmentEpochIs(
  groupId: string,
  assignmentEpoch: number,
  assignmentTimestamp: number,
): ShareGroupEvent {
  const value = { assignmentEpoch, assignmentTimestamp };
  return { kind: 'ShareGroupTargetAssignmentMetadata', key: { groupId }, value };
}

/** The tombstones of a member; their order matters to Apache Kafka. */
export function memberGoes(groupId: string, memberId: string): ShareGroupEvent[] {
  const key = { groupId, memberId };
  return [
    { kind: 'ShareGroupCurrentMemberAssignment', key, value: null },
    { kind: 'ShareGroupTargetAssignmentMember', key, value: null },
    { kind: 'ShareGroupMemberMetadata', key, value: null },
  ];
}

/** The tombstones of a group, which has no members, in the order of Apache Kafka. */
export function deleteGroup({ groupId }: ShareGroup): ShareGroupEvent[] {
  const key = { groupId };
  return [
    { kind: 'ShareGroupTargetAssignmentMetadata', key, value: null },
    { kind: 'ShareGroupStatePartitionMetadata', key, value: null },
    { kind: 'ShareGroupMetadata', key, value: null },
  ];
}

function toRecord(partitions: TopicPartitions) {
  return [...partitions].map(([topicId, indexes]) => ({ topicId, partitions: [...indexes] }));
}
