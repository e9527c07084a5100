import {
  array,
  bool,
  bytes,
  float64,
  int16,
  int32,
  int64,
  int8,
  string,
  uint16,
  uuid,
  type Struct,
} from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const registerBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  versions: [0, 4],
  flexible: 0,
  fields: {
    brokerId: int32,
    isMigratingZkBroker: bool.since(2).default(false),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: string.nullable(),
    fenced: bool.default(true),
    inControlledShutdown: bool.since(1).default(false),
    logDirs: array(uuid).since(3).tagged(0),
    cordonedLogDirs: array(uuid).since(4).nullable().tagged(1).default(null),
  },
});

export const unregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64,
  },
});

export const topicRecord = message({
  name: 'TopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    topicId: uuid,
  },
});

export const partitionRecord = message({
  name: 'PartitionRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: int32.default(-1),
    leaderRecoveryState: int8.tagged(0).default(0),
    leaderEpoch: int32.default(-1),
    partitionEpoch: int32.default(-1),
    directories: array(uuid).since(1),
    eligibleLeaderReplicas: array(int32).since(2).nullable().tagged(1).default(null),
    lastKnownElr: array(int32).since(2).nullable().tagged(2).default(null),
  },
});

export const configRecord = message({
  name: 'ConfigRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    resourceType: int8,
    resourceName: string,
    name: string,
    value: string.nullable(),
  },
});

export const partitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    isr: array(int32).nullable().tagged(0).default(null),
    leader: int32.tagged(1).default(-2),
    replicas: array(int32).nullable().tagged(2).default(null),
    removingReplicas: array(int32).nullable().tagged(3).default(null),
    addingReplicas: array(int32).nullable().tagged(4).default(null),
    leaderRecoveryState: int8.tagged(5).default(-1),
    directories: array(uuid).since(1).nullable().tagged(8).default(null),
    eligibleLeaderReplicas: array(int32).since(2).nullable().tagged(6).default(null),
    lastKnownElr: array(int32).since(2).nullable().tagged(7).default(null),
  },
});

export const fenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: int32,
    epoch: int64,
  },
});

export const unfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: int32,
    epoch: int64,
  },
});

export const removeTopicRecord = message({
  name: 'RemoveTopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicId: uuid,
  },
});

export const delegationTokenRecord = message({
  name: 'DelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64,
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
});

export const userScramCredentialRecord = message({
  name: 'UserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
});

export const featureLevelRecord = message({
  name: 'FeatureLevelRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    featureLevel: int16,
  },
});

export const clientQuotaRecord = message({
  name: 'ClientQuotaRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    entity: array({
      entityType: string,
      entityName: string.nullable(),
    }),
    key: string,
    value: float64,
    remove: bool,
  },
});

export const producerIdsRecord = message({
  name: 'ProducerIdsRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64.default(-1),
    nextProducerId: int64,
  },
});

export const brokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  versions: [0, 3],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: int8.tagged(0),
    inControlledShutdown: int8.since(1).tagged(1),
    logDirs: array(uuid).since(2).tagged(2),
    cordonedLogDirs: array(uuid).since(3).nullable().tagged(3).default(null),
  },
});

export const accessControlEntryRecord = message({
  name: 'AccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
});

export const removeAccessControlEntryRecord = message({
  name: 'RemoveAccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
  },
});

export const noOpRecord = message({
  name: 'NoOpRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {},
});

export const zkMigrationRecord = message({
  name: 'ZkMigrationStateRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    zkMigrationState: int8,
  },
});

export const removeUserScramCredentialRecord = message({
  name: 'RemoveUserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    mechanism: int8,
  },
});

export const beginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string.nullable().tagged(0).default(null),
  },
});

export const endTransactionRecord = message({
  name: 'EndTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {},
});

export const abortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    reason: string.nullable().tagged(0).default(null),
  },
});

export const removeDelegationTokenRecord = message({
  name: 'RemoveDelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    tokenId: string,
  },
});

export const registerControllerRecord = message({
  name: 'RegisterControllerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
});

export const clearElrRecord = message({
  name: 'ClearElrRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicName: string,
  },
});

/** The records of the metadata log by the key that precedes them. */
export const metadataRecords = new Map<number, Message<Struct>>([
  [0, registerBrokerRecord],
  [1, unregisterBrokerRecord],
  [2, topicRecord],
  [3, partitionRecord],
  [4, configRecord],
  [5, partitionChangeRecord],
  [7, fenceBrokerRecord],
  [8, unfenceBrokerRecord],
  [9, removeTopicRecord],
  [10, delegationTokenRecord],
  [11, userScramCredentialRecord],
  [12, featureLevelRecord],
  [14, clientQuotaRecord],
  [15, producerIdsRecord],
  [17, brokerRegistrationChangeRecord],
  [18, accessControlEntryRecord],
  [19, removeAccessControlEntryRecord],
  [20, noOpRecord],
  [21, zkMigrationRecord],
  [22, removeUserScramCredentialRecord],
  [23, beginTransactionRecord],
  [24, endTransactionRecord],
  [25, abortTransactionRecord],
  [26, removeDelegationTokenRecord],
  [27, registerControllerRecord],
  [28, clearElrRecord],
]);
