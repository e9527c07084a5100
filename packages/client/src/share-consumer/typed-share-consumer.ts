import type { IterationOptions } from '../consumer/message-source.ts';
import type { AnyTopic, OutputOf } from '../serde/topic.ts';
import type { ShareConsumer } from './share-consumer.ts';
import type { ShareMessage, ShareMessageBatch } from './share-message.ts';

/** What a share group's messages are read as; of several topics, `topic` tells them apart. */
export type ShareMessageOf<Topics extends AnyTopic | readonly AnyTopic[]> =
  Topics extends readonly (infer One extends AnyTopic)[]
    ? ShareMessageOf<One>
    : Topics extends AnyTopic
      ? ShareMessage<OutputOf<Topics['key']>, OutputOf<Topics['value']>> & {
          readonly topic: Topics['name'];
        }
      : never;

/** What gives or takes messages, and so has another type where these have one. */
type HandlesMessages = 'messages' | 'batches' | 'acknowledge' | typeof Symbol.asyncIterator;

/** The share consumer itself, as `subscribe` gives it for topics with types. */
export interface TypedShareConsumer<Message>
  extends Omit<ShareConsumer, HandlesMessages>,
    AsyncIterable<Message> {
  messages(options?: IterationOptions): AsyncIterableIterator<Message>;
  batches(options?: IterationOptions): AsyncIterableIterator<ShareMessageBatch<Message>>;
  acknowledge: ShareConsumer['acknowledge'];
  [Symbol.asyncIterator](): AsyncIterableIterator<Message>;
}
