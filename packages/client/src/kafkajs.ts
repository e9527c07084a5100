/**
 * kafkajs's API on this client: programs that were written for kafkajs 2 change their import.
 *
 * @example
 * import { Kafka } from '@tidelog/client/kafkajs';
 */
export {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
  type AclFilter,
} from './kafkajs/admin/acls.ts';
export { ConfigResourceTypes, ConfigSource } from './kafkajs/admin/configs.ts';
export type { IResourceConfig, ResourceConfigQuery } from './kafkajs/admin/configs.ts';
export type { GroupDescription, GroupOverview, MemberDescription } from './kafkajs/admin/groups.ts';
export type {
  ITopicConfig,
  ITopicMetadata,
  ITopicPartitionConfig,
} from './kafkajs/admin/topics.ts';
export type { Admin, AdminConfig } from './kafkajs/admin.ts';
export { CompressionCodecs, CompressionTypes } from './kafkajs/compression.ts';
export {
  AssignerProtocol,
  type Assignment,
  type MemberAssignment,
  type MemberMetadata,
} from './kafkajs/consumer/assigner-protocol.ts';
export { PartitionAssigners } from './kafkajs/consumer/assigners.ts';
export type { Assigner, AssignerCluster, PartitionAssigner } from './kafkajs/consumer/assigners.ts';
export type { Batch, EachBatchPayload, EachMessagePayload } from './kafkajs/consumer/batch.ts';
export type { ConsumerSubscribeTopics } from './kafkajs/consumer/subscription.ts';
export type { Consumer, ConsumerConfig, ConsumerRunConfig } from './kafkajs/consumer.ts';
export * from './kafkajs/errors.ts';
export type { InstrumentationEvent } from './kafkajs/events.ts';
export { Kafka, type KafkaConfig } from './kafkajs/kafka.ts';
export { logLevel } from './kafkajs/logging.ts';
export type { LogEntry, Logger, LoggerEntryContent, logCreator } from './kafkajs/logging.ts';
export { Partitioners } from './kafkajs/partitioners.ts';
export type { ICustomPartitioner, PartitionerArgs } from './kafkajs/partitioners.ts';
export type { Producer, ProducerConfig } from './kafkajs/producer.ts';
export type { SASLOptions } from './kafkajs/sasl.ts';
export type { Transaction } from './kafkajs/transaction.ts';
export type * from './kafkajs/types.ts';
