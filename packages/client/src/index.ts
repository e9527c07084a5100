export { FailedItemsError } from './admin/failed-items.ts';
export type * from './admin/types.ts';
export type { CallOptions } from './cluster/cluster.ts';
export {
  KafkaClientError,
  type ClientErrorCode,
  type LocalErrorName,
  type TransactionEffect,
} from './client-error.ts';
export { type Client, createClient } from './client.ts';
export type { ClientOptions } from './client-options.ts';
export { clientCredentials, type ClientCredentialsOptions } from './cluster/client-credentials.ts';
export type { OAuthBearerToken, SaslOptions } from './cluster/sasl-options.ts';
export type { TlsOptions } from '@tidelog/platform';
export type {
  HeadersInput,
  ProducerMessage,
  SendAllOptions,
  SentRecord,
} from './producer/message.ts';
export type { Producer } from './producer/producer.ts';
export type { OffsetsOwner, Transaction } from './producer/transaction/transaction.ts';
export type { Partitioner, ProducerOptions } from './producer/producer-settings.ts';
export type {
  FoundOffset,
  IsolationLevel,
  OffsetQuery,
  OffsetSpec,
} from './cluster/list-offsets.ts';
export type { OffsetReset, StartSpec } from './consumer/start-spec.ts';
export type { Assignor, GroupAssignment, GroupMember } from './consumer/assignors/assignor.ts';
export type { ConsumedMessage, ReceivedMessage } from './consumer/consumed-message.ts';
export { CorruptRecordsError } from './consumer/corrupt-records-error.ts';
export type { MessageBatch, RecordInPlace } from './consumer/message-batch.ts';
export type {
  FailureDecision,
  RunOptions,
  WorkContext,
  WorkFailure,
} from './consumer/run-options.ts';
export type {
  Consumer,
  PartitionLag,
  SeekTarget,
} from './consumer/consumer.ts';
export type {
  AssignorName,
  ConsumerOptions,
  GroupProtocol,
  RebalanceListener,
} from './consumer/consumer-settings.ts';
export type {
  CommittedOffset,
  CommitIdentity as GroupMetadata,
} from './consumer/group/group-offsets.ts';
export type { AcknowledgeType } from './share-consumer/machines/acknowledgements.ts';
export type { ShareCommitOptions, ShareConsumer } from './share-consumer/share-consumer.ts';
export type { ShareMessage, ShareMessageBatch } from './share-consumer/share-message.ts';
export type {
  AcknowledgementOutcome,
  ShareConsumerOptions,
  ShareFailure,
  ShareFailureDecision,
} from './share-consumer/share-settings.ts';
export type { ShareMessageOf, TypedShareConsumer } from './share-consumer/typed-share-consumer.ts';
export type { TopicPartition } from './topic-partition.ts';
export type { BrokerNode } from './cluster/metadata.ts';
export type { ClientPlatform } from './cluster/broker-connection.ts';
export type {
  AcknowledgeEvent,
  ClientEvents,
  ConnectionEvent,
  ConsumeEvent,
  ProduceEvent,
  RebalanceEvent,
  RequestEvent,
  RequestObserver,
  SentRequest,
} from './diagnostics/channels.ts';
export { clientMetrics } from './diagnostics/client-metrics.ts';
export type { LogDetails, Logger } from './diagnostics/logger.ts';
export type {
  OtelApi,
  OtelAttributes,
  OtelCounter,
  OtelGetter,
  OtelHistogram,
  OtelMeter,
  OtelMetricOptions,
  OtelSetter,
  OtelSpan,
  OtelSpanOptions,
  OtelTracer,
} from './diagnostics/otel-api.ts';
export { type Tracing, tracing } from './diagnostics/tracing.ts';
export type { DecodedMessage } from './serde/decoded-message.ts';
export { json } from './serde/json.ts';
export {
  bigint64,
  boolean,
  bytes,
  float32,
  float64,
  int16,
  int32,
  int64,
  nullable,
  string,
  uuid,
} from './serde/primitives.ts';
export { type Serde, type SerdeContext, SerdeError, type SerdeErrorPlace } from './serde/serde.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './serde/standard-schema.ts';
export {
  type AnyTopic,
  type InputOf,
  type MessageInput,
  type OutputOf,
  type SerdeFor,
  type SerdeOrSchema,
  Topic,
  topic,
} from './serde/topic.ts';
export type { MessageOf, TypedConsumer } from './serde/typed-consumer.ts';
export type { TypedMessage } from './serde/typed-message.ts';
export type { IterationOptions } from './consumer/message-source.ts';
export {
  type ProcessOptions,
  processInTransactions,
} from './patterns/process-in-transactions.ts';
export { consumeWithRetries, type RetryTopicsOptions } from './patterns/retry-topics.ts';
export { type DeadLetterOptions, deadLetter, toDeadLetters } from './patterns/dead-letters.ts';
export { once, type OnceOptions } from './patterns/once.ts';
