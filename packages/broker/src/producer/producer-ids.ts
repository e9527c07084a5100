import type { ClusterMetadata } from '@tidelog/metadata';
import { errorOf, errors, type KafkaError } from '@tidelog/protocol';

interface Block {
  next: number;
  readonly end: number;
}

/** Share of a block after which the next one is asked for. */
const PREFETCH_SHARE = 0.9;

/** Hands out producer ids from blocks of 1000 that the controller gives to this broker (KIP-730). */
export class ProducerIds {
  readonly #metadata: ClusterMetadata;
  readonly #broker: () => { brokerId: number; brokerEpoch: number };
  #current: Block = { next: 0, end: 0 };
  #following: Block | null = null;
  #request: Promise<KafkaError> | null = null;

  constructor(metadata: ClusterMetadata, broker: () => { brokerId: number; brokerEpoch: number }) {
    this.#metadata = metadata;
    this.#broker = broker;
  }

  /** An id that no producer had before, or why there is none. */
  async next(): Promise<number | KafkaError> {
    for (;;) {
      if (this.#current.next >= this.#current.end && this.#following !== null) {
        this.#current = this.#following;
        this.#following = null;
      }
      const { next, end } = this.#current;
      if (next < end) {
        this.#current.next++;
        if (next >= end - (1 - PREFETCH_SHARE) * 1000) void this.#fetchBlock();
        return next;
      }
      const error = await this.#fetchBlock();
      if (error !== errors.NONE) return error;
    }
  }

  #fetchBlock(): Promise<KafkaError> {
    if (this.#following !== null) return Promise.resolve(errors.NONE);
    this.#request ??= this.#askController().finally(() => {
      this.#request = null;
    });
    return this.#request;
  }

  async #askController(): Promise<KafkaError> {
    const reply = await this.#metadata.submit('AllocateProducerIds', this.#broker());
    const { errorCode, producerIdStart, producerIdLen } = reply;
    if (errorCode !== 0) return errorOf(errorCode);
    this.#following = { next: producerIdStart, end: producerIdStart + producerIdLen };
    return errors.NONE;
  }
}
