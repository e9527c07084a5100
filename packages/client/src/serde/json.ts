import { present } from './primitives.ts';
import type { Serde } from './serde.ts';
import { type StandardSchema, validated } from './standard-schema.ts';

/**
 * JSON. Without a schema `T` is what the caller says that it is, and nothing is checked.
 *
 * @example
 * const orders = topic('orders', { key: string, value: json<Order>() });
 */
export function json<T>(): Serde<T>;
/**
 * JSON, validated by a schema on both sides. What is written is the value as it was given, which the
 * schema reads again on the other side: dates, defaults and the like come into being there.
 *
 * @example
 * const orders = topic('orders', { key: string, value: json(z.object({ id: z.int() })) });
 */
export function json<In, Out>(schema: StandardSchema<In, Out>): Serde<Out, In>;
export function json(schema?: StandardSchema): Serde<unknown> {
  return {
    serialize(value) {
      if (schema !== undefined) validated(schema, value);
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new TypeError(`${String(value)} has no JSON`);
      return Buffer.from(text);
    },
    deserialize(bytes) {
      const value: unknown = JSON.parse(present(bytes).toString());
      return schema === undefined ? value : validated(schema, value);
    },
  };
}
