export type {
  AssignedMember,
  Assignor,
  GroupSpec,
  TopicDescriber,
  TopicPartitions,
} from './assignors/assignor.ts';
export { simpleAssignor } from './assignors/simple.ts';
export {
  type GroupCoordinatorConfig,
  groupCoordinatorDefaults,
  type MigrationPolicy,
} from './group/config.ts';
export type { TopicsChange } from './group/commands.ts';
export { type GroupEvent, groupEventCodec } from './group/events.ts';
export { partitionFor } from './group/partition-for.ts';
export { defaultGroupSettings, type GroupSettings } from './group/settings.ts';
export { NO_TOPICS, type TopicsView, type TopicView } from './group/topics-view.ts';
export { metadataHashes } from './metadata-hash/metadata-hashes.ts';
export { CoordinatorHost, type CoordinatorHostOptions } from './host/coordinator-host.ts';
export type { CoordinatorLog, Transaction, TransactionEnd } from './host/coordinator-log.ts';
export { CoordinatorFailure } from './host/failure.ts';
export type {
  Decision,
  EventCodec,
  EventPosition,
  Machine,
  Moment,
  RequestId,
} from './host/machine.ts';
export {
  GroupCoordinator,
  type GroupCoordinatorOptions,
  type GroupRequestContext,
} from './service/group-coordinator.ts';
export type { AcquiredRecords, AcquireRequest, OffsetRange } from './share-partition/acquire.ts';
export type { AcknowledgementBatch } from './share-partition/acknowledgement.ts';
export { SharePartition, type StateWrite } from './share-partition/share-partition.ts';
export { ACKNOWLEDGE_TYPE, RECORD_STATE } from './share-partition/states.ts';
export type { MarkerPort } from './service/marker-sender.ts';
export {
  TransactionCoordinator,
  type TransactionCoordinatorOptions,
  type TransactionRequestContext,
} from './service/transaction-coordinator.ts';
export {
  type TransactionCoordinatorConfig,
  transactionCoordinatorDefaults,
} from './transaction/config.ts';
export {
  ShareCoordinator,
  type ShareCoordinatorOptions,
  type SharePersister,
  type ShareStateLog,
} from './service/share-coordinator.ts';
export type { ShareStateApi, ShareStateRequest, ShareStateResult } from './share-state/commands.ts';
export { type ShareCoordinatorConfig, shareCoordinatorDefaults } from './share-state/config.ts';
export { type ShareStateEvent, shareStateCodec } from './share-state/events.ts';
export {
  coordinatorKey,
  parseCoordinatorKey,
  type SharePartitionKey,
} from './share-state/share-partition-key.ts';
export type { StateBatch } from './share-state/state-batches.ts';
export {
  ShareGroupCoordinator,
  type ShareGroupCoordinatorOptions,
} from './service/share-group-coordinator.ts';
export { StreamsGroupCoordinator } from './service/streams-group-coordinator.ts';
export type { InternalTopic as StreamsInternalTopic } from './streams-group/configured-topology.ts';
