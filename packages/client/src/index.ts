export { KafkaClientError, type ClientErrorCode, type LocalErrorName } from './client-error.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export type { HeadersInput, ProducerMessage, SentRecord } from './producer/message.ts';
export type { Producer } from './producer/producer.ts';
export type { Partitioner, ProducerOptions } from './producer/producer-settings.ts';
