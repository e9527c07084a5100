import {
  abortTransactionRecord,
  accessControlEntryRecord,
  beginTransactionRecord,
  brokerRegistrationChangeRecord,
  clearElrRecord,
  clientQuotaRecord,
  configRecord,
  type Decoded,
  delegationTokenRecord,
  endTransactionRecord,
  featureLevelRecord,
  fenceBrokerRecord,
  noOpRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  registerControllerRecord,
  removeAccessControlEntryRecord,
  removeDelegationTokenRecord,
  removeTopicRecord,
  removeUserScramCredentialRecord,
  topicRecord,
  unfenceBrokerRecord,
  unregisterBrokerRecord,
  userScramCredentialRecord,
  zkMigrationRecord,
} from '@tidelog/protocol';

/** The records of the metadata log by name; the key precedes each on disk. */
export const recordKinds = {
  RegisterBroker: { key: 0, schema: registerBrokerRecord },
  UnregisterBroker: { key: 1, schema: unregisterBrokerRecord },
  Topic: { key: 2, schema: topicRecord },
  Partition: { key: 3, schema: partitionRecord },
  Config: { key: 4, schema: configRecord },
  PartitionChange: { key: 5, schema: partitionChangeRecord },
  FenceBroker: { key: 7, schema: fenceBrokerRecord },
  UnfenceBroker: { key: 8, schema: unfenceBrokerRecord },
  RemoveTopic: { key: 9, schema: removeTopicRecord },
  DelegationToken: { key: 10, schema: delegationTokenRecord },
  UserScramCredential: { key: 11, schema: userScramCredentialRecord },
  FeatureLevel: { key: 12, schema: featureLevelRecord },
  ClientQuota: { key: 14, schema: clientQuotaRecord },
  ProducerIds: { key: 15, schema: producerIdsRecord },
  BrokerRegistrationChange: { key: 17, schema: brokerRegistrationChangeRecord },
  AccessControlEntry: { key: 18, schema: accessControlEntryRecord },
  RemoveAccessControlEntry: { key: 19, schema: removeAccessControlEntryRecord },
  NoOp: { key: 20, schema: noOpRecord },
  ZkMigration: { key: 21, schema: zkMigrationRecord },
  RemoveUserScramCredential: { key: 22, schema: removeUserScramCredentialRecord },
  BeginTransaction: { key: 23, schema: beginTransactionRecord },
  EndTransaction: { key: 24, schema: endTransactionRecord },
  AbortTransaction: { key: 25, schema: abortTransactionRecord },
  RemoveDelegationToken: { key: 26, schema: removeDelegationTokenRecord },
  RegisterController: { key: 27, schema: registerControllerRecord },
  ClearElr: { key: 28, schema: clearElrRecord },
} as const;

export type RecordType = keyof typeof recordKinds;

type Immutable<T> = T extends Buffer
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** One record of the metadata log by its type. Images share its lists, so nobody changes them. */
export type RecordOf<T extends RecordType> = Immutable<
  { type: T } & Decoded<(typeof recordKinds)[T]['schema']>
>;

/** A record of the metadata log: what the controller decides, and what every image is made of. */
export type MetadataRecord = { [T in RecordType]: RecordOf<T> }[RecordType];

/** Nothing changes; the log's end moves, so that observers can tell a live controller. */
export const NO_OP: RecordOf<'NoOp'> = { type: 'NoOp' };
