import type { ProducerMessage } from '../producer/message.ts';
import { type AnyTopic, beforeEncode, encode, type InputOf, type MessageInput } from './topic.ts';

/** A message for a topic with types. */
export type TypedMessage<T extends AnyTopic = AnyTopic> = { readonly topic: T } & MessageInput<
  InputOf<T['key']>,
  InputOf<T['value']>
>;

/**
 * The message in bytes; at once, unless its serdes have something to wait for. Throws
 * SERIALIZATION_FAILED.
 */
export function inBytes(
  message: ProducerMessage | TypedMessage,
): ProducerMessage | Promise<ProducerMessage> {
  const { topic } = message;
  if (typeof topic !== 'object') return message as ProducerMessage;
  const input = message as MessageInput<unknown, unknown>;
  const wait = beforeEncode(topic, input);
  return wait === undefined ? encode(topic, input) : wait.then(() => encode(topic, input));
}
