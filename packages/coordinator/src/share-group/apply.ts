import type { TopicPartitions } from '../assignors/assignor.ts';
import type { Appliers, GroupTable } from '../group/group-table.ts';
import type { ShareGroupEvent } from './records.ts';
import { FIRST_EPOCH, ShareGroup } from './share-group.ts';
import { noAssignment } from './share-member.ts';
import { noStatePartitions, statePartitionsOf } from './state-partitions.ts';

/** A tombstone of a group that is not there says nothing. */
export const shareGroupAppliers: Appliers<ShareGroupEvent> = {
  ShareGroupMetadata: (table, { key, value }) => {
    if (value === null) {
      if (table.find(key.groupId, 'share') !== undefined) table.remove(key.groupId);
      return;
    }
    const group = ensure(table, key.groupId);
    group.groupEpoch = value.epoch;
    group.metadataHash = value.metadataHash;
  },
  ShareGroupMemberMetadata: (table, { key, value }) => {
    if (value === null) {
      const member = table.find(key.groupId, 'share')?.removeMember(key.memberId);
      if (member !== undefined) table.alarms.cancel(member.session);
      return;
    }
    const { rackId, clientId, clientHost, subscribedTopicNames } = value;
    const topicNames = [...new Set(subscribedTopicNames)].toSorted();
    const subscription = { rackId, clientId, clientHost, topicNames };
    ensure(table, key.groupId).setSubscription(key.memberId, subscription);
  },
  ShareGroupTargetAssignmentMetadata: (table, { key, value }) => {
    const group = value === null ? table.find(key.groupId, 'share') : ensure(table, key.groupId);
    if (group === undefined) return;
    group.assignmentEpoch = value?.assignmentEpoch ?? FIRST_EPOCH;
    group.assignmentTimestampMs = value?.assignmentTimestamp ?? 0;
  },
  ShareGroupTargetAssignmentMember: (table, { key, value }) => {
    const group = value === null ? table.find(key.groupId, 'share') : ensure(table, key.groupId);
    group?.setTarget(key.memberId, value && fromRecord(value.topicPartitions));
  },
  ShareGroupCurrentMemberAssignment: (table, { key, value }) => {
    if (value === null) {
      const group = table.find(key.groupId, 'share');
      if (group?.members.has(key.memberId)) group.setAssignment(key.memberId, noAssignment);
      return;
    }
    const { memberEpoch, previousMemberEpoch, assignedPartitions } = value;
    const partitions = fromRecord(assignedPartitions);
    const assignment = { memberEpoch, previousMemberEpoch, partitions };
    ensure(table, key.groupId).setAssignment(key.memberId, assignment);
  },
  ShareGroupStatePartitionMetadata: (table, { key, value }) => {
    const group = value === null ? table.find(key.groupId, 'share') : ensure(table, key.groupId);
    if (group === undefined) return;
    group.statePartitions = value === null ? noStatePartitions : statePartitionsOf(value);
  },
};

function ensure(table: GroupTable, groupId: string): ShareGroup {
  const present = table.find(groupId, 'share');
  if (present !== undefined) return present;
  const group = new ShareGroup(groupId);
  table.put(group);
  return group;
}

function fromRecord(
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
): TopicPartitions {
  return new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]));
}
