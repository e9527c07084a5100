import {
  array,
  bigint64,
  bytes,
  int32,
  int64,
  int8,
  string,
  struct,
  uuid,
  type Struct,
} from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const legacyOffsetCommitKey = message({
  name: 'LegacyOffsetCommitKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    group: string,
    topic: string,
    partition: int32,
  },
});

export const legacyOffsetCommitValue = message({
  name: 'LegacyOffsetCommitValue',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    offset: int64,
    metadata: string,
    commitTimestamp: int64,
  },
});

export const offsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    group: string,
    topic: string,
    partition: int32,
  },
});

export const offsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    offset: int64,
    leaderEpoch: int32.since(3).default(-1).ignorable(),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: int64.since(1).until(1).default(-1).ignorable(),
    topicId: uuid.since(4).tagged(0).ignorable(),
  },
});

export const groupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    group: string,
  },
});

const groupMetadataValueMemberMetadata = {
  memberId: string,
  groupInstanceId: string.since(3).nullable().default(null).ignorable(),
  clientId: string,
  clientHost: string,
  rebalanceTimeout: int32.since(1).default(-1).ignorable(),
  sessionTimeout: int32,
  subscription: bytes,
  assignment: bytes,
};

export const groupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: string.nullable(),
    leader: string.nullable(),
    currentStateTimestamp: int64.since(2).default(-1).ignorable(),
    members: array(groupMetadataValueMemberMetadata),
  },
});

export const consumerGroupMetadataKey = message({
  name: 'ConsumerGroupMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const consumerGroupMetadataValue = message({
  name: 'ConsumerGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    metadataHash: bigint64.tagged(0),
  },
});

export const consumerGroupPartitionMetadataKey = message({
  name: 'ConsumerGroupPartitionMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const consumerGroupPartitionMetadataValue = message({
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: array({
        partition: int32,
        racks: array(string),
      }),
    }),
  },
});

export const consumerGroupMemberMetadataKey = message({
  name: 'ConsumerGroupMemberMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

export const consumerGroupMemberMetadataValue = message({
  name: 'ConsumerGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: string.nullable(),
    rebalanceTimeoutMs: int32.default(-1),
    serverAssignor: string.nullable(),
    // Not null by default, whatever its definition says: a member of the new protocol has to write null.
    classicMemberMetadata: struct({
      sessionTimeoutMs: int32,
      supportedProtocols: array({
        name: string,
        metadata: bytes,
      }),
    })
      .nullable()
      .tagged(0),
  },
});

export const consumerGroupTargetAssignmentMetadataKey = message({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const consumerGroupTargetAssignmentMetadataValue = message({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).default(0).ignorable(),
  },
});

export const consumerGroupTargetAssignmentMemberKey = message({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

export const consumerGroupTargetAssignmentMemberValue = message({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicPartitions: array({
      topicId: uuid,
      partitions: array(int32),
    }),
  },
});

export const consumerGroupCurrentMemberAssignmentKey = message({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

const consumerGroupCurrentMemberAssignmentValueTopicPartitions = {
  topicId: uuid,
  partitions: array(int32),
  // Empty by default, whatever its definition says.
  assignmentEpochs: array(int32).nullable().tagged(0),
};

export const consumerGroupCurrentMemberAssignmentValue = message({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(consumerGroupCurrentMemberAssignmentValueTopicPartitions),
    partitionsPendingRevocation: array(consumerGroupCurrentMemberAssignmentValueTopicPartitions),
  },
});

export const consumerGroupRegularExpressionKey = message({
  name: 'ConsumerGroupRegularExpressionKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    regularExpression: string,
  },
});

export const consumerGroupRegularExpressionValue = message({
  name: 'ConsumerGroupRegularExpressionValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array(string),
    version: int64,
    timestamp: int64,
  },
});

/** Keys and values by the type that precedes a key. */
export const groupRecords = new Map<number, { key: Message<Struct>; value: Message<Struct> }>([
  [0, { key: legacyOffsetCommitKey, value: legacyOffsetCommitValue }],
  [1, { key: offsetCommitKey, value: offsetCommitValue }],
  [2, { key: groupMetadataKey, value: groupMetadataValue }],
  [3, { key: consumerGroupMetadataKey, value: consumerGroupMetadataValue }],
  [4, { key: consumerGroupPartitionMetadataKey, value: consumerGroupPartitionMetadataValue }],
  [5, { key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue }],
  [
    6,
    {
      key: consumerGroupTargetAssignmentMetadataKey,
      value: consumerGroupTargetAssignmentMetadataValue,
    },
  ],
  [
    7,
    {
      key: consumerGroupTargetAssignmentMemberKey,
      value: consumerGroupTargetAssignmentMemberValue,
    },
  ],
  [
    8,
    {
      key: consumerGroupCurrentMemberAssignmentKey,
      value: consumerGroupCurrentMemberAssignmentValue,
    },
  ],
  [16, { key: consumerGroupRegularExpressionKey, value: consumerGroupRegularExpressionValue }],
]);
