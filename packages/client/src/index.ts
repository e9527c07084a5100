export { KafkaClientError, type ClientErrorCode, type LocalErrorName } from './client-error.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export type { HeadersInput, ProducerMessage, SentRecord } from './producer/message.ts';
export type { Producer } from './producer/producer.ts';
export type { Partitioner, ProducerOptions } from './producer/producer-settings.ts';
export type { OffsetSpec } from './cluster/list-offsets.ts';
export type { Assignor, GroupAssignment, GroupMember } from './consumer/assignors/assignor.ts';
export type { ConsumedMessage } from './consumer/consumed-message.ts';
export type {
  Consumer,
  IterationOptions,
  MessageBatch,
  PartitionLag,
  SeekTarget,
} from './consumer/consumer.ts';
export type {
  AssignorName,
  ConsumerOptions,
  OffsetReset,
  RebalanceListener,
} from './consumer/consumer-settings.ts';
export type { CommittedOffset } from './consumer/group/group-offsets.ts';
export type { TopicPartition } from './topic-partition.ts';
