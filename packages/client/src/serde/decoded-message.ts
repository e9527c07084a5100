import type { RecordCursor } from '@tidelog/protocol';
import { ConsumedMessage } from '../consumer/consumed-message.ts';
import { type Serde, SerdeError } from './serde.ts';
import type { AnyTopic } from './topic.ts';

/**
 * A message of a topic with types: key and value are read by its serdes when they are asked for, once.
 * What cannot be read throws DESERIALIZATION_FAILED there; `keyBytes` and `valueBytes` are always to be
 * had.
 */
export class DecodedMessage<Key, Value> extends ConsumedMessage<Key, Value> {
  readonly #key: Serde<unknown, never>;
  readonly #value: Serde<unknown, never>;
  #readKey: { readonly value: unknown } | null = null;
  #readValue: { readonly value: unknown } | null = null;

  constructor(topic: AnyTopic, partition: number, cursor: RecordCursor) {
    super(topic.name, partition, cursor);
    this.#key = topic.key;
    this.#value = topic.value;
  }

  override get key(): Key {
    this.#readKey ??= { value: this.#read('key', this.#key, this.keyBytes) };
    return this.#readKey.value as Key;
  }

  override get value(): Value {
    this.#readValue ??= { value: this.#read('value', this.#value, this.valueBytes) };
    return this.#readValue.value as Value;
  }

  /** Waits for what has to be there before key and value can be read. Iterations do that by themselves. */
  async prepare(): Promise<void> {
    const context = { topic: this.topic, headers: this.headers };
    await this.#key.beforeDeserialize?.(this.keyBytes, { ...context, part: 'key' });
    await this.#value.beforeDeserialize?.(this.valueBytes, { ...context, part: 'value' });
  }

  #read(part: 'key' | 'value', serde: Serde<unknown, never>, bytes: Buffer | null): unknown {
    const { topic, partition, offset, headers } = this;
    try {
      return serde.deserialize(bytes, { topic, part, headers });
    } catch (error) {
      throw new SerdeError('DESERIALIZATION_FAILED', { topic, part, partition, offset }, error);
    }
  }
}
