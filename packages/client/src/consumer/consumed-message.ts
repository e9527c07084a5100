import type { RecordCursor, RecordHeader } from '@tidelog/protocol';
import type { TopicPartition } from '../topic-partition.ts';

/** A message in the bytes that it came in, whichever consumer gave it. */
export interface ReceivedMessage extends TopicPartition {
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the producer gave none. */
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  readonly keyBytes: Buffer | null;
  readonly valueBytes: Buffer | null;
}

const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * A message as it was read. Key and value are slices of what was fetched, cut when they are asked for:
 * whoever keeps a small part of a large batch for long copies it.
 */
export class ConsumedMessage<Key = Buffer | null, Value = Buffer | null>
  implements ReceivedMessage
{
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the producer gave none. */
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  readonly #buf: Buffer;
  readonly #keyAt: number;
  readonly #keySize: number;
  readonly #valueAt: number;
  readonly #valueSize: number;

  constructor(topic: string, partition: number, cursor: RecordCursor) {
    this.topic = topic;
    this.partition = partition;
    this.offset = cursor.offset;
    this.timestamp = cursor.timestamp;
    this.headers = cursor.headerCount === 0 ? NO_HEADERS : cursor.headers;
    this.#buf = cursor.buf;
    this.#keyAt = cursor.keyAt;
    this.#keySize = cursor.keySize;
    this.#valueAt = cursor.valueAt;
    this.#valueSize = cursor.valueSize;
  }

  get key(): Key {
    return this.keyBytes as Key;
  }

  /** Null is a tombstone. */
  get value(): Value {
    return this.valueBytes as Value;
  }

  /** The key as it was written, whatever its topic makes of it. */
  get keyBytes(): Buffer | null {
    return this.#keySize < 0 ? null : this.#buf.subarray(this.#keyAt, this.#keyAt + this.#keySize);
  }

  get valueBytes(): Buffer | null {
    return this.#valueSize < 0
      ? null
      : this.#buf.subarray(this.#valueAt, this.#valueAt + this.#valueSize);
  }
}
