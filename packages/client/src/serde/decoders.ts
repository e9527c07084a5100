import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { MessageBatch } from '../consumer/message-batch.ts';
import type { RunOptions, WorkContext } from '../consumer/run-options.ts';
import { DecodedMessage } from './decoded-message.ts';
import type { AnyTopic } from './topic.ts';
import { type AskedTopics, typedTopicsOf } from './typed-consumer.ts';

/** The topics with types that a consumer reads. */
export class Decoders {
  #topics: ReadonlyMap<string, AnyTopic> | null = null;
  #needsTime = false;

  /** These instead of those before. */
  use(asked: AskedTopics): void {
    const topics = typedTopicsOf(asked);
    this.#topics = topics.length === 0 ? null : new Map(topics.map((topic) => [topic.name, topic]));
    this.#needsTime = topics.some(({ key, value }) =>
      [key, value].some((serde) => 'beforeDeserialize' in serde),
    );
  }

  /** Something may have to be fetched before keys and values can be read. */
  get needTime(): boolean {
    return this.#needsTime;
  }

  /** Null where keys and values are bytes. */
  of(topic: string): AnyTopic | null {
    return this.#topics?.get(topic) ?? null;
  }

  /** Has messages wait for what their serdes need, where there are such serdes. */
  prepared<T>(
    iterator: AsyncIterableIterator<T>,
    messagesOf: (item: T) => readonly unknown[],
  ): AsyncIterableIterator<T> {
    if (!this.#needsTime) return iterator;
    return {
      next: async () => {
        const result = await iterator.next();
        if (!result.done) for (const message of messagesOf(result.value)) await prepared(message);
        return result;
      },
      return: () => iterator.return!(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** The same for work: what is tried again waits again. */
  beforeWork(options: RunOptions): RunOptions {
    if (!this.#needsTime) return options;
    const { onMessage, onBatch } = options;
    return {
      ...options,
      ...(onMessage && {
        onMessage: async (message: ConsumedMessage, context: WorkContext) => {
          await prepared(message);
          return onMessage(message, context);
        },
      }),
      ...(onBatch && {
        onBatch: async (batch: MessageBatch, context: WorkContext) => {
          for (const message of batch.messages) await prepared(message);
          return onBatch(batch, context);
        },
      }),
    };
  }
}

/** What cannot be had is told when the message is read: thrown here, the message would be passed over. */
async function prepared(message: unknown): Promise<void> {
  if (message instanceof DecodedMessage) await message.prepare().catch(() => {});
}
