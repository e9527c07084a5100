import { invalidArgument } from '../client-error.ts';
import { type HeadersInput, headerList, type ProducerMessage } from '../producer/message.ts';
import { json } from './json.ts';
import { bytes } from './primitives.ts';
import { type Serde, type SerdeContext, SerdeError } from './serde.ts';
import { isStandardSchema, type StandardSchema } from './standard-schema.ts';

/** A message whose key and value have the types of its topic; a key that may be null may be left out. */
export type MessageInput<Key, Value> = {
  readonly value: Value;
  readonly partition?: number | undefined;
  readonly headers?: HeadersInput | undefined;
  readonly timestamp?: number | undefined;
} & (null extends Key ? { readonly key?: Key | undefined } : { readonly key: Key });

/** The name of a topic with how its keys and values are written and read. Made by `topic`. */
export class Topic<
  Name extends string = string,
  KeySerde extends Serde<unknown, never> = Serde<Buffer | null, Uint8Array | null>,
  ValueSerde extends Serde<unknown, never> = Serde<Buffer | null, Uint8Array | null>,
> {
  readonly name: Name;
  readonly key: KeySerde;
  readonly value: ValueSerde;

  constructor(name: Name, key: KeySerde, value: ValueSerde) {
    this.name = name;
    this.key = key;
    this.value = value;
  }

  /**
   * The message in bytes, for `sendAll` and wherever else messages go. Throws SERIALIZATION_FAILED. It
   * does not wait for what a serde has to fetch first: `send` does.
   *
   * @example
   * await producer.sendAll(list.map((order) => orders.message({ key: order.id, value: order })));
   */
  message(input: MessageInput<InputOf<KeySerde>, InputOf<ValueSerde>>): ProducerMessage {
    return encode(this, input);
  }

  toString(): string {
    return this.name;
  }
}

/** A topic of whatever types, made by `topic`. */
export interface AnyTopic {
  readonly name: string;
  readonly key: Serde<unknown, never>;
  readonly value: Serde<unknown, never>;
}

export type InputOf<S> = S extends Serde<infer _, infer In> ? In : never;
export type OutputOf<S> = S extends Serde<infer Out, never> ? Out : never;

/** How a part is written: by a serde, or as JSON by a schema. */
// oxlint-disable-next-line typescript/no-explicit-any -- the types of all schemas there are
export type SerdeOrSchema = Serde<any, any> | StandardSchema<any, any>;

/** The serde that is meant. */
export type SerdeFor<S> =
  S extends StandardSchema<infer In, infer Out>
    ? Serde<Out, In>
    : S extends Serde<unknown, never>
      ? S
      : never;

type Bytes = typeof bytes;

/**
 * Names a topic with its types. What is left out is bytes; a schema (Zod, Valibot, ArkType) stands for
 * validated JSON.
 *
 * @example
 * const orders = topic('orders', { key: string, value: json<Order>() });
 * await producer.send({ topic: orders, key: order.id, value: order });
 * for await (const { value } of consumer.subscribe(orders)) console.log(value.total);
 */
export function topic<
  const Name extends string,
  Key extends SerdeOrSchema = Bytes,
  Value extends SerdeOrSchema = Bytes,
>(
  name: Name,
  serdes: { readonly key?: Key; readonly value?: Value } = {},
): Topic<Name, SerdeFor<Key>, SerdeFor<Value>> {
  if (typeof name !== 'string' || name === '') throw invalidArgument('a topic has a name');
  const key = serdeOf(serdes.key) as SerdeFor<Key>;
  return new Topic(name, key, serdeOf(serdes.value) as SerdeFor<Value>);
}

function serdeOf(given: SerdeOrSchema | undefined): Serde<unknown, never> {
  if (given === undefined) return bytes;
  return (isStandardSchema(given) ? json(given) : given) as Serde<unknown, never>;
}

/** Writes key and value; throws SERIALIZATION_FAILED. */
export function encode(
  { name, key, value }: AnyTopic,
  input: MessageInput<unknown, unknown>,
): ProducerMessage {
  const headers = headerList(input.headers);
  return {
    topic: name,
    key: written(key, input.key ?? null, { topic: name, part: 'key', headers }),
    value: written(value, input.value, { topic: name, part: 'value', headers }),
    partition: input.partition,
    headers,
    timestamp: input.timestamp,
  };
}

/** What has to be waited for before `encode`. */
export function beforeEncode(
  { name, key, value }: AnyTopic,
  input: MessageInput<unknown, unknown>,
): Promise<unknown> | undefined {
  if (!('beforeSerialize' in key) && !('beforeSerialize' in value)) return undefined;
  const headers = headerList(input.headers);
  const context = { topic: name, headers };
  const waits = [
    key.beforeSerialize?.((input.key ?? null) as never, { ...context, part: 'key' }),
    value.beforeSerialize?.(input.value as never, { ...context, part: 'value' }),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits);
}

function written(
  serde: Serde<unknown, never>,
  value: unknown,
  context: SerdeContext,
): Uint8Array | null {
  try {
    return serde.serialize(value as never, context);
  } catch (error) {
    throw new SerdeError('SERIALIZATION_FAILED', context, error);
  }
}
