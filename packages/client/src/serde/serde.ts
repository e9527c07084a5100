import type { NewRecordHeader, RecordHeader } from '@tidelog/protocol';
import { KafkaClientError } from '../client-error.ts';

/** What is written or read, and where. */
export interface SerdeContext {
  readonly topic: string;
  readonly part: 'key' | 'value';
  readonly headers: readonly (RecordHeader | NewRecordHeader)[];
}

/**
 * Turns values into bytes and back. `In` is what may be written, `Out` what is read: they differ where a
 * schema changes what it reads.
 *
 * Both directions are called for each message and never wait. What has to be fetched first, as the schema
 * of a registry, is fetched by `beforeSerialize` and `beforeDeserialize`: they give a promise where
 * something is missing, and undefined where all is there. The client waits before it goes on with that
 * message, and with those that come after it where it reads.
 */
export interface Serde<Out, In = Out> {
  /** Null has no bytes: it is a tombstone, or no key. Throws what is wrong with the value. */
  serialize(value: In, context: SerdeContext): Uint8Array | null;
  /** Throws what is wrong with the bytes. They are valid as long as the message is. */
  deserialize(bytes: Buffer | null, context: SerdeContext): Out;
  beforeSerialize?(value: In, context: SerdeContext): Promise<void> | undefined;
  beforeDeserialize?(bytes: Buffer | null, context: SerdeContext): Promise<void> | undefined;
}

export interface SerdeErrorPlace {
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** Of a message that was read. */
  readonly partition?: number | undefined;
  readonly offset?: number | undefined;
}

/**
 * A key or value that could not be written (SERIALIZATION_FAILED) or read (DESERIALIZATION_FAILED). The
 * cause is what the serde threw. Reading the same message again fails again.
 */
export class SerdeError extends KafkaClientError implements SerdeErrorPlace {
  readonly topic: string;
  readonly part: 'key' | 'value';
  readonly partition: number | undefined;
  readonly offset: number | undefined;

  constructor(
    code: 'SERIALIZATION_FAILED' | 'DESERIALIZATION_FAILED',
    place: SerdeErrorPlace,
    cause: unknown,
  ) {
    const { topic, part, partition, offset } = place;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message =
      code === 'SERIALIZATION_FAILED'
        ? `a ${part} for topic ${topic} cannot be written: ${reason}`
        : `the ${part} at ${topic}-${partition}, offset ${offset}, cannot be read: ${reason}; skip the message, or read its bytes`;
    super(code, message, { cause });
    this.name = 'SerdeError';
    this.topic = topic;
    this.part = part;
    this.partition = partition;
    this.offset = offset;
  }
}
