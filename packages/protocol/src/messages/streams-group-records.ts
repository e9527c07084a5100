import {
  array,
  bigint64,
  int16,
  int32,
  int64,
  int8,
  string,
  struct,
  uint16,
  type Struct,
} from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const streamsGroupMetadataKey = message({
  name: 'StreamsGroupMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

const streamsGroupMetadataValueLastAssignmentConfig = {
  key: string,
  value: string,
};

export const streamsGroupMetadataValue = message({
  name: 'StreamsGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    metadataHash: bigint64,
    validatedTopologyEpoch: int32.tagged(0).default(-1),
    // Empty by default, whatever its definition says.
    lastAssignmentConfigs: array(streamsGroupMetadataValueLastAssignmentConfig)
      .nullable()
      .tagged(1),
  },
});

export const streamsGroupMemberMetadataKey = message({
  name: 'StreamsGroupMemberMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

const streamsGroupMemberMetadataValueEndpoint = {
  host: string,
  port: uint16,
};

const streamsGroupMemberMetadataValueKeyValue = {
  key: string,
  value: string,
};

export const streamsGroupMemberMetadataValue = message({
  name: 'StreamsGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: int32.default(-1),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: struct(streamsGroupMemberMetadataValueEndpoint).nullable().default(null),
    clientTags: array(streamsGroupMemberMetadataValueKeyValue),
  },
});

export const streamsGroupTargetAssignmentMetadataKey = message({
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

export const streamsGroupTargetAssignmentMetadataValue = message({
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    assignmentEpoch: int32,
    assignmentTimestamp: int64.tagged(0).default(0).ignorable(),
  },
});

export const streamsGroupTargetAssignmentMemberKey = message({
  name: 'StreamsGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

const streamsGroupTargetAssignmentMemberValueTaskIds = {
  subtopologyId: string,
  partitions: array(int32),
};

export const streamsGroupTargetAssignmentMemberValue = message({
  name: 'StreamsGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    activeTasks: array(streamsGroupTargetAssignmentMemberValueTaskIds),
    standbyTasks: array(streamsGroupTargetAssignmentMemberValueTaskIds),
    warmupTasks: array(streamsGroupTargetAssignmentMemberValueTaskIds),
  },
});

export const streamsGroupCurrentMemberAssignmentKey = message({
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
    memberId: string,
  },
});

const streamsGroupCurrentMemberAssignmentValueTaskIds = {
  subtopologyId: string,
  partitions: array(int32),
  // Empty by default, whatever its definition says.
  assignmentEpochs: array(int32).nullable().tagged(0),
};

export const streamsGroupCurrentMemberAssignmentValue = message({
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    activeTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
  },
});

export const streamsGroupTopologyKey = message({
  name: 'StreamsGroupTopologyKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    groupId: string,
  },
});

const streamsGroupTopologyValueTopicConfig = {
  key: string,
  value: string,
};

const streamsGroupTopologyValueTopicInfo = {
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(streamsGroupTopologyValueTopicConfig),
};

export const streamsGroupTopologyValue = message({
  name: 'StreamsGroupTopologyValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    subtopologies: array({
      subtopologyId: string,
      sourceTopics: array(string),
      sourceTopicRegex: array(string),
      stateChangelogTopics: array(streamsGroupTopologyValueTopicInfo),
      repartitionSinkTopics: array(string),
      repartitionSourceTopics: array(streamsGroupTopologyValueTopicInfo),
      copartitionGroups: array({
        sourceTopics: array(int16),
        sourceTopicRegex: array(int16),
        repartitionSourceTopics: array(int16),
      }),
    }),
  },
});

/** Keys and values by the type that precedes a key. */
export const streamsGroupRecords = new Map<
  number,
  { key: Message<Struct>; value: Message<Struct> }
>([
  [17, { key: streamsGroupMetadataKey, value: streamsGroupMetadataValue }],
  [19, { key: streamsGroupMemberMetadataKey, value: streamsGroupMemberMetadataValue }],
  [
    20,
    {
      key: streamsGroupTargetAssignmentMetadataKey,
      value: streamsGroupTargetAssignmentMetadataValue,
    },
  ],
  [
    21,
    { key: streamsGroupTargetAssignmentMemberKey, value: streamsGroupTargetAssignmentMemberValue },
  ],
  [
    22,
    {
      key: streamsGroupCurrentMemberAssignmentKey,
      value: streamsGroupCurrentMemberAssignmentValue,
    },
  ],
  [23, { key: streamsGroupTopologyKey, value: streamsGroupTopologyValue }],
]);
