import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { SharePartition } from './machines/acknowledgements.ts';
import type { ShareBroker } from './share-broker.ts';

/** A message of a share group: this member alone has it, until its lock ends. */
export class ShareMessage implements TopicPartition {
  /** How often it was delivered, this time included. */
  readonly deliveryCount: number;
  readonly #message: ConsumedMessage;

  constructor(message: ConsumedMessage, deliveryCount: number) {
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

  get headers(): ConsumedMessage['headers'] {
    return this.#message.headers;
  }

  get key(): Buffer | null {
    return this.#message.key;
  }

  /** Null is a tombstone. */
  get value(): Buffer | null {
    return this.#message.value;
  }
}

/** Messages of one partition, in their order. */
export interface ShareMessageBatch extends TopicPartition {
  readonly messages: readonly ShareMessage[];
}

/** By which broker messages were given, and in which session with it. */
export interface Lease {
  readonly broker: ShareBroker;
  readonly partition: SharePartition;
  readonly generation: number;
}

/** What was acquired of one partition by one request. */
export interface Acquired extends Lease {
  /** Still to be given out, in their order. */
  readonly messages: ShareMessage[];
  /** Clock.monotonic() from which on others may have them. */
  readonly lockedUntil: number;
}
