import { array, bigint64, int32, int64, int8, string, uuid, type Struct } from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const shareGroupMemberMetadataKey = message({
  name: 'ShareGroupMemberMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

export const shareGroupMemberMetadataValue = message({
  name: 'ShareGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
  },
});

export const shareGroupMetadataKey = message({
  name: 'ShareGroupMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const shareGroupMetadataValue = message({
  name: 'ShareGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    metadataHash: bigint64,
  },
});

export const shareGroupTargetAssignmentMetadataKey = message({
  name: 'ShareGroupTargetAssignmentMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const shareGroupTargetAssignmentMetadataValue = message({
  name: 'ShareGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).default(0).ignorable(),
  },
});

export const shareGroupTargetAssignmentMemberKey = message({
  name: 'ShareGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

export const shareGroupTargetAssignmentMemberValue = message({
  name: 'ShareGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicPartitions: array({
      topicId: uuid,
      partitions: array(int32),
    }),
  },
});

export const shareGroupCurrentMemberAssignmentKey = message({
  name: 'ShareGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

const shareGroupCurrentMemberAssignmentValueTopicPartitions = {
  topicId: uuid,
  partitions: array(int32),
};

export const shareGroupCurrentMemberAssignmentValue = message({
  name: 'ShareGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(shareGroupCurrentMemberAssignmentValueTopicPartitions),
  },
});

export const shareGroupStatePartitionMetadataKey = message({
  name: 'ShareGroupStatePartitionMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

const shareGroupStatePartitionMetadataValueTopicPartitionsInfo = {
  topicId: uuid,
  topicName: string,
  partitions: array(int32),
};

const shareGroupStatePartitionMetadataValueTopicInfo = {
  topicId: uuid,
  topicName: string,
};

export const shareGroupStatePartitionMetadataValue = message({
  name: 'ShareGroupStatePartitionMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    initializingTopics: array(shareGroupStatePartitionMetadataValueTopicPartitionsInfo),
    initializedTopics: array(shareGroupStatePartitionMetadataValueTopicPartitionsInfo),
    deletingTopics: array(shareGroupStatePartitionMetadataValueTopicInfo),
  },
});

/** Keys and values by the type that precedes a key. */
export const shareGroupRecords = new Map<number, { key: Message<Struct>; value: Message<Struct> }>([
  [10, { key: shareGroupMemberMetadataKey, value: shareGroupMemberMetadataValue }],
  [11, { key: shareGroupMetadataKey, value: shareGroupMetadataValue }],
  [
    12,
    { key: shareGroupTargetAssignmentMetadataKey, value: shareGroupTargetAssignmentMetadataValue },
  ],
  [13, { key: shareGroupTargetAssignmentMemberKey, value: shareGroupTargetAssignmentMemberValue }],
  [
    14,
    { key: shareGroupCurrentMemberAssignmentKey, value: shareGroupCurrentMemberAssignmentValue },
  ],
  [15, { key: shareGroupStatePartitionMetadataKey, value: shareGroupStatePartitionMetadataValue }],
]);
