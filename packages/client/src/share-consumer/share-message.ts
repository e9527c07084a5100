import type { RecordHeader } from '@tidelog/protocol';
import type { ConsumedMessage, ReceivedMessage } from '../consumer/consumed-message.ts';
import type { CorruptRecordsError } from '../consumer/corrupt-records-error.ts';
import { DecodedMessage } from '../serde/decoded-message.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { SharePartition } from './machines/acknowledgements.ts';
import type { ShareBroker } from './share-broker.ts';

/** A message of a share group: this member alone has it, until its lock ends. */
export class ShareMessage<Key = Buffer | null, Value = Buffer | null> implements ReceivedMessage {
  /** How often it was delivered, this time included. */
  readonly deliveryCount: number;
  readonly #message: ConsumedMessage<Key, Value>;

  constructor(message: ConsumedMessage<Key, Value>, deliveryCount: number) {
    this.#message = message;
    this.deliveryCount = deliveryCount;
  }

  get topic(): string {
    return this.#message.topic;
  }

  get partition(): number {
    return this.#message.partition;
  }

  get offset(): number {
    return this.#message.offset;
  }

  /** Milliseconds since 1970; -1 where the producer gave none. */
  get timestamp(): number {
    return this.#message.timestamp;
  }

  get headers(): readonly RecordHeader[] {
    return this.#message.headers;
  }

  get key(): Key {
    return this.#message.key;
  }

  /** Null is a tombstone. */
  get value(): Value {
    return this.#message.value;
  }

  /** The key as it was written, whatever its topic makes of it. */
  get keyBytes(): Buffer | null {
    return this.#message.keyBytes;
  }

  get valueBytes(): Buffer | null {
    return this.#message.valueBytes;
  }

  /** Waits for what has to be there before key and value can be read. Iterations do that by themselves. */
  async prepare(): Promise<void> {
    if (this.#message instanceof DecodedMessage) await this.#message.prepare();
  }
}

/** Messages of one partition, in their order. */
export interface ShareMessageBatch<Message = ShareMessage> extends TopicPartition {
  readonly messages: readonly Message[];
}

/** By which broker messages were given, and in which session with it. */
export interface Lease {
  readonly broker: ShareBroker;
  readonly partition: SharePartition;
  readonly generation: number;
}

/** Acquired offsets of a batch that cannot be read. */
export interface UnreadableRecords {
  readonly error: CorruptRecordsError;
  readonly offsets: readonly number[];
  /** How often the first of them was delivered, this time included. */
  readonly deliveryCount: number;
}

/** What was acquired of one partition by one request. */
export interface Acquired extends Lease {
  /** Nobody has seen yet whether it can be read; in the order of offsets. */
  readonly unseen: (ShareMessage | UnreadableRecords)[];
  /** Can be read, and is to be given out; precedes all that is unseen. */
  readonly messages: ShareMessage[];
  /** Clock.monotonic() from which on others may have them. */
  readonly lockedUntil: number;
}
