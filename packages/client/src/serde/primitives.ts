import type { Serde, SerdeContext } from './serde.ts';

/** UTF-8, as Java's `StringSerializer`. */
export const string: Serde<string> = {
  serialize: (value) => Buffer.from(checked(value, typeof value === 'string', 'a string')),
  deserialize: (bytes) => present(bytes).toString(),
};

/** The bytes as they are, or null: what topics have that say nothing else. */
export const bytes: Serde<Buffer | null, Uint8Array | null> = {
  serialize: (value) =>
    checked(value, value === null || value instanceof Uint8Array, 'bytes or null'),
  deserialize: (bytes) => bytes,
};

/** As Java's `ShortSerializer`. */
export const int16: Serde<number> = numberSerde(2, {
  isValid: (value) => Number.isInteger(value) && value >= -0x8000 && value <= 0x7fff,
  write: (buf, value) => buf.writeInt16BE(value),
  read: (buf) => buf.readInt16BE(),
});

/** As Java's `IntegerSerializer`. */
export const int32: Serde<number> = numberSerde(4, {
  isValid: (value) => Number.isInteger(value) && value >= -0x8000_0000 && value <= 0x7fff_ffff,
  write: (buf, value) => buf.writeInt32BE(value),
  read: (buf) => buf.readInt32BE(),
});

/** As Java's `LongSerializer`; only whole numbers that JavaScript has exactly (up to 2^53). */
export const int64: Serde<number> = {
  serialize: (value) =>
    bigint64.serialize(
      BigInt(checked(value, Number.isSafeInteger(value), 'a safe integer')),
      NOWHERE,
    ),
  deserialize(bytes) {
    const value = Number(bigint64.deserialize(bytes, NOWHERE));
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError('the number is beyond 2^53; read it with `bigint64`');
  },
};

/** As Java's `LongSerializer`, all of its numbers. */
export const bigint64: Serde<bigint> = {
  serialize(value) {
    const isLong = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    const buf = Buffer.allocUnsafe(8);
    buf.writeBigInt64BE(checked(value, isLong, 'a bigint of 64 bits'));
    return buf;
  },
  deserialize: (bytes) => sized(bytes, 8).readBigInt64BE(),
};

/** As Java's `FloatSerializer`: rounded to what 32 bits hold. */
export const float32: Serde<number> = numberSerde(4, {
  isValid: (value) => typeof value === 'number',
  write: (buf, value) => buf.writeFloatBE(value),
  read: (buf) => buf.readFloatBE(),
});

/** As Java's `DoubleSerializer`. */
export const float64: Serde<number> = numberSerde(8, {
  isValid: (value) => typeof value === 'number',
  write: (buf, value) => buf.writeDoubleBE(value),
  read: (buf) => buf.readDoubleBE(),
});

/** As Java's `BooleanSerializer`: one byte, 0 or 1. */
export const boolean: Serde<boolean> = {
  serialize: (value) =>
    Buffer.from([checked(value, typeof value === 'boolean', 'true or false') ? 1 : 0]),
  deserialize(bytes) {
    const byte = sized(bytes, 1)[0]!;
    if (byte <= 1) return byte === 1;
    throw new RangeError(`${byte} is neither true nor false`);
  },
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** As Java's `UUIDSerializer`: the 36 characters of its text, in lower case. */
export const uuid: Serde<string> = {
  serialize: (value) => Buffer.from(checked(value, UUID.test(value), 'a UUID').toLowerCase()),
  deserialize(bytes) {
    const text = present(bytes).toString();
    return checked(text, UUID.test(text), 'a UUID');
  },
};

/** Null beside the values of a serde: a tombstone in a compacted topic, a message without a key. */
export function nullable<Out, In>(serde: Serde<Out, In>): Serde<Out | null, In | null> {
  return {
    serialize: (value, context) => (value === null ? null : serde.serialize(value, context)),
    deserialize: (bytes, context) => (bytes === null ? null : serde.deserialize(bytes, context)),
    ...('beforeSerialize' in serde && {
      beforeSerialize: (value: In | null, context: SerdeContext) =>
        value === null ? undefined : serde.beforeSerialize?.(value, context),
    }),
    ...('beforeDeserialize' in serde && {
      beforeDeserialize: (bytes: Buffer | null, context: SerdeContext) =>
        bytes === null ? undefined : serde.beforeDeserialize?.(bytes, context),
    }),
  };
}

/** The serdes of numbers do not look at it. */
const NOWHERE = { topic: '', part: 'value', headers: [] } as const;

function numberSerde(
  sizeBytes: number,
  format: {
    readonly isValid: (value: number) => boolean;
    readonly write: (buf: Buffer, value: number) => void;
    readonly read: (buf: Buffer) => number;
  },
): Serde<number> {
  return {
    serialize(value) {
      const buf = Buffer.allocUnsafe(sizeBytes);
      format.write(buf, checked(value, format.isValid(value), `a number of ${sizeBytes * 8} bits`));
      return buf;
    },
    deserialize: (bytes) => format.read(sized(bytes, sizeBytes)),
  };
}

function checked<T>(value: T, isValid: boolean, wanted: string): T {
  if (isValid) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value);
  throw new TypeError(`${shown} is not ${wanted}`);
}

export function present(bytes: Buffer | null): Buffer {
  if (bytes !== null) return bytes;
  throw new TypeError('it is null; allow that with `nullable`');
}

function sized(bytes: Buffer | null, sizeBytes: number): Buffer {
  const found = present(bytes);
  if (found.length === sizeBytes) return found;
  throw new RangeError(`it has ${found.length} bytes instead of ${sizeBytes}`);
}
