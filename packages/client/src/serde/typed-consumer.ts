import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { Consumer } from '../consumer/consumer.ts';
import type { MessageBatch } from '../consumer/message-batch.ts';
import type { IterationOptions } from '../consumer/message-source.ts';
import type { RunOptions } from '../consumer/run-options.ts';
import type { AnyTopic, OutputOf } from './topic.ts';

/** What a topic's messages are read as; of several topics, the `topic` of a message tells them apart. */
export type MessageOf<Topics extends AnyTopic | readonly AnyTopic[]> = ReadOf<OneOf<Topics>>;

type ReadOf<One extends AnyTopic> = One extends AnyTopic
  ? ConsumedMessage<OutputOf<One['key']>, OutputOf<One['value']>> & { readonly topic: One['name'] }
  : never;

/** A topic, or any of a list. */
export type OneOf<Topics extends AnyTopic | readonly AnyTopic[]> =
  Topics extends readonly (infer One extends AnyTopic)[] ? One : Extract<Topics, AnyTopic>;

/** What gives messages, and so has another type where these have one. */
export interface GivesMessages<Message, Batch> extends AsyncIterable<Message> {
  messages(options?: IterationOptions): AsyncIterableIterator<Message>;
  batches(options?: IterationOptions): AsyncIterableIterator<Batch>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Message>;
}

/** The consumer itself, as `subscribe` and `assign` give it for topics with types. */
export interface TypedConsumer<Message>
  extends Omit<Consumer, keyof GivesMessages<never, never> | 'run'>,
    GivesMessages<Message, MessageBatch<Message>> {
  run(options: RunOptions<Message>): Promise<void>;
}

export type AskedTopics = string | RegExp | AnyTopic | readonly (string | AnyTopic)[];

/** The same by names. */
export function namesOf(topics: AskedTopics): string | RegExp | readonly string[] {
  if (topics instanceof RegExp) return topics;
  return isList(topics) ? topics.map(nameOf) : nameOf(topics);
}

export function nameOf(topic: string | AnyTopic): string {
  return typeof topic === 'string' ? topic : topic.name;
}

/** Those with types among them. */
export function typedTopicsOf(topics: AskedTopics): AnyTopic[] {
  if (topics instanceof RegExp) return [];
  const list = isList(topics) ? topics : [topics];
  return list.filter((topic) => typeof topic !== 'string');
}

function isList(topics: Exclude<AskedTopics, RegExp>): topics is readonly (string | AnyTopic)[] {
  return Array.isArray(topics);
}
