import type { CompressionTypes } from './compression.ts';

/** The shapes of kafkajs's API: offsets and timestamps are strings of digits. */
export interface IHeaders {
  [key: string]: Buffer | string | (Buffer | string)[] | undefined;
}

export interface Message {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly partition?: number;
  readonly headers?: IHeaders;
  /** Milliseconds since 1970. */
  readonly timestamp?: string;
}

export interface KafkaMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly attributes: number;
  readonly offset: string;
  readonly headers: IHeaders;
  readonly size?: never;
}

export interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
  readonly replicas: number[];
  readonly isr: number[];
  readonly offlineReplicas?: number[];
}

export interface ProducerRecord {
  readonly topic: string;
  readonly messages: Message[];
  readonly acks?: number;
  readonly timeout?: number;
  readonly compression?: CompressionTypes;
}

export interface TopicMessages {
  readonly topic: string;
  readonly messages: Message[];
}

export interface ProducerBatch {
  readonly acks?: number;
  readonly timeout?: number;
  readonly compression?: CompressionTypes;
  readonly topicMessages?: TopicMessages[];
}

export interface RecordMetadata {
  readonly topicName: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset?: string;
  readonly logAppendTime?: string;
  readonly logStartOffset?: string;
}

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: string;
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: PartitionOffset[];
}

export interface Offsets {
  readonly topics: TopicOffsets[];
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: number[];
}

export type TopicPartitionOffset = TopicPartition & { readonly offset: string };
export type TopicPartitionOffsetAndMetadata = TopicPartitionOffset & {
  readonly metadata?: string | null;
};

export interface RetryOptions {
  readonly maxRetryTime?: number;
  readonly initialRetryTime?: number;
  readonly factor?: number;
  readonly multiplier?: number;
  readonly retries?: number;
  readonly restartOnFailure?: (error: Error) => Promise<boolean>;
}
