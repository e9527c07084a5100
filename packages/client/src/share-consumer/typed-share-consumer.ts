import type { AnyTopic, OutputOf } from '../serde/topic.ts';
import type { GivesMessages, OneOf } from '../serde/typed-consumer.ts';
import type { ShareConsumer } from './share-consumer.ts';
import type { ShareMessage, ShareMessageBatch } from './share-message.ts';

/** What a share group's messages are read as; of several topics, `topic` tells them apart. */
export type ShareMessageOf<Topics extends AnyTopic | readonly AnyTopic[]> = ReadOf<OneOf<Topics>>;

type ReadOf<One extends AnyTopic> = One extends AnyTopic
  ? ShareMessage<OutputOf<One['key']>, OutputOf<One['value']>> & { readonly topic: One['name'] }
  : never;

/** The share consumer itself, as `subscribe` gives it for topics with types. */
export interface TypedShareConsumer<Message>
  extends Omit<ShareConsumer, keyof GivesMessages<never, never>>,
    GivesMessages<Message, ShareMessageBatch<Message>> {}
