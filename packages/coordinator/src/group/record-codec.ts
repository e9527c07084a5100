import {
  type Decoded,
  type Encodable,
  MalformedMessageError,
  type Message,
  Reader,
  type Struct,
  Writer,
} from '@tidelog/protocol';

/** How one kind of event stands in records. */
export interface RecordCodec<Event> {
  /** The types of key that are read as this event; the first is what is written. */
  readonly keyTypes: readonly [number, ...number[]];
  encode(event: Event): { readonly key: Buffer; readonly value: Buffer | null };
  /** `key` without its type. Throws a MalformedMessageError. */
  decode(key: Buffer, value: Buffer | null): Event;
  /** No less than the bytes that the record takes in a batch. */
  sizeBound(event: Event): number;
}

/** Codecs by the `kind` of their event. */
export type EventOf<Codecs> = {
  [Kind in keyof Codecs]: Codecs[Kind] extends RecordCodec<infer Event> ? Event : never;
}[keyof Codecs];

/** An event that is its record: key and value as they are on the wire; a null value deletes. */
export interface PlainEvent<Kind, Key, Value> {
  readonly kind: Kind;
  readonly key: Readonly<Key>;
  readonly value: Readonly<Value> | null;
}

const RECORD_OVERHEAD = 64;

/** A kind of record whose key and value have one version each, as all of the newer protocols have. */
export function plainRecord<Kind extends string, Key extends Struct, Value extends Struct>(
  kind: Kind,
  keyType: number,
  key: Message<Key>,
  value: Message<Value>,
): RecordCodec<PlainEvent<Kind, Decoded<Message<Key>>, Decoded<Message<Value>>>> {
  const encodeValue = (decoded: Decoded<Message<Value>>) =>
    encodePrefixed(0, value, decoded as Encodable<Message<Value>>);
  return {
    keyTypes: [keyType],
    encode: (event) => ({
      key: encodePrefixed(keyType, key, event.key as Encodable<Message<Key>>),
      value: event.value === null ? null : encodeValue(event.value),
    }),
    decode: (keyBytes, valueBytes) => ({
      kind,
      key: key.decode(keyBytes, 0),
      value: valueBytes === null ? null : decodeVersioned(value, valueBytes),
    }),
    sizeBound(event) {
      const record = this.encode(event);
      return RECORD_OVERHEAD + record.key.length + (record.value?.length ?? 0);
    },
  };
}

/** A key after its type, or a value after its version; keys have version 0 only. */
export function encodePrefixed<S extends Struct>(
  prefix: number,
  message: Message<S>,
  value: Encodable<Message<S>>,
): Buffer {
  const writer = new Writer(128);
  writer.int16(prefix);
  message.write(writer, value, message.versions[1] === 0 ? 0 : prefix);
  return writer.toBuffer();
}

/** A value of any version that the schema has. */
export function decodeVersioned<S extends Struct>(
  message: Message<S>,
  buffer: Buffer,
): Decoded<Message<S>> {
  if (buffer.length < 2) throw new MalformedMessageError(message.name, 0);
  const version = buffer.readInt16BE(0);
  if (version < message.versions[0] || version > message.versions[1]) {
    throw new MalformedMessageError(message.name, version);
  }
  const reader = new Reader(buffer.subarray(2));
  const value = message.read(reader, version);
  // Bytes after the end are left alone: a newer release may have added some.
  if (reader.failed) throw new MalformedMessageError(message.name, version);
  return value;
}
