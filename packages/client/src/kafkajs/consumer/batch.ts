import type { MessageBatch } from '../../index.ts';
import { kafkaMessage } from '../messages.ts';
import type { KafkaMessage, Offsets } from '../types.ts';

export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: KafkaMessage[];
  isEmpty(): boolean;
  firstOffset(): string | null;
  lastOffset(): string;
  /** Messages between the last of the batch and the end of the partition. */
  offsetLag(): string;
  /** And between its first one and the end. */
  offsetLagLow(): string;
}

export interface EachMessagePayload {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
  heartbeat(): Promise<void>;
  /** Gives what resumes the partition. */
  pause(): () => void;
}

export interface EachBatchPayload {
  readonly batch: Batch;
  resolveOffset(offset: string): void;
  heartbeat(): Promise<void>;
  pause(): () => void;
  commitOffsetsIfNecessary(offsets?: Offsets): Promise<void>;
  uncommittedOffsets(): Offsets;
  isRunning(): boolean;
  isStale(): boolean;
}

/** The messages of a batch from this offset on, as kafkajs shows them. */
export function kafkaBatch(fetched: MessageBatch, fromOffset: number): Batch {
  const { topic, partition, highWatermark } = fetched;
  const messages = fetched.messages
    .filter(({ offset }) => offset >= fromOffset)
    .map((message) => kafkaMessage(message));
  const last = fetched.messages.at(-1)?.offset ?? fromOffset - 1;
  const lag = (offset: number): string => String(Math.max(0, highWatermark - 1 - offset));
  return {
    topic,
    partition,
    highWatermark: String(highWatermark),
    messages,
    isEmpty: () => messages.length === 0,
    firstOffset: () => messages[0]?.offset ?? null,
    lastOffset: () => String(last),
    offsetLag: () => lag(last),
    offsetLagLow: () => lag(Number(messages[0]?.offset ?? last)),
  };
}

/** What the events about a batch tell of it. */
export function batchSummary(batch: Batch) {
  return {
    topic: batch.topic,
    partition: batch.partition,
    highWatermark: batch.highWatermark,
    offsetLag: batch.offsetLag(),
    offsetLagLow: batch.offsetLagLow(),
    batchSize: batch.messages.length,
    firstOffset: batch.firstOffset(),
    lastOffset: batch.lastOffset(),
  };
}
