import type { Transaction as CoreTransaction } from '../index.ts';
import { compressionNames } from './compression.ts';
import { translated } from './failures.ts';
import { checkedMessages, recordMetadata } from './messages.ts';
import type { Offsets, ProducerBatch, ProducerRecord, RecordMetadata } from './types.ts';

/** kafkajs's transaction, on ours. */
export class Transaction {
  readonly #core: CoreTransaction;

  constructor(core: CoreTransaction) {
    this.#core = core;
  }

  isActive(): boolean {
    return !this.#core.isEnded;
  }

  send({ topic, messages, ...batch }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...batch, topicMessages: [{ topic, messages }] });
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    const messages = checkedMessages(batch);
    const compression = compressionNames[batch.compression ?? 0];
    const sent = await translated(this.#core.sendAll(messages, { compression }));
    return recordMetadata(messages, sent);
  }

  /** The group's offsets become those of the transaction when it is committed. */
  async sendOffsets(offsets: Offsets & { readonly consumerGroupId: string }): Promise<void> {
    const flat = offsets.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    );
    await translated(this.#core.sendOffsets(flat, offsets.consumerGroupId));
  }

  commit(): Promise<void> {
    return translated(this.#core.commit());
  }

  abort(): Promise<void> {
    return translated(this.#core.abort());
  }
}
