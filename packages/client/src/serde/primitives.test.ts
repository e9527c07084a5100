import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json } from './json.ts';
import {
  bigint64,
  boolean,
  bytes,
  float32,
  float64,
  int16,
  int32,
  int64,
  nullable,
  string,
  uuid,
} from './primitives.ts';
import type { Serde } from './serde.ts';

const context = { topic: 't', part: 'value', headers: [] } as const;
const serdes = { bigint64, boolean, bytes, float32, float64, int16, int32, int64, string, uuid };
type Name = keyof typeof serdes;
const serdeOf = (name: Name) => serdes[name] as Serde<unknown>;
const hexOf = (serde: Serde<unknown>, value: unknown) =>
  Buffer.from(serde.serialize(value, context)!).toString('hex');

describe('serdes', () => {
  // Written by the serialisers of Apache Kafka 4.3.1.
  it.each<[Name, unknown, string]>([
    ['string', '', ''],
    ['string', 'orders', '6f7264657273'],
    ['string', 'Zoë €𝄞', '5a6fc3ab20e282acf09d849e'],
    ['int16', 0, '0000'],
    ['int16', -2, 'fffe'],
    ['int16', 32767, '7fff'],
    ['int32', 258, '00000102'],
    ['int32', -1, 'ffffffff'],
    ['int32', -2147483648, '80000000'],
    ['int64', 9007199254740991, '001fffffffffffff'],
    ['int64', -42, 'ffffffffffffffd6'],
    ['bigint64', 9223372036854775807n, '7fffffffffffffff'],
    ['bigint64', -9223372036854775808n, '8000000000000000'],
    ['bigint64', -1n, 'ffffffffffffffff'],
    ['float32', 1.5, '3fc00000'],
    ['float32', Number.POSITIVE_INFINITY, '7f800000'],
    ['float64', 0.1, '3fb999999999999a'],
    ['float64', -2.5e300, 'fe4ddd4baa009303'],
    ['float64', Number.NEGATIVE_INFINITY, 'fff0000000000000'],
    ['float64', Number.NaN, '7ff8000000000000'],
    ['boolean', true, '01'],
    ['boolean', false, '00'],
    [
      'uuid',
      '0b2a5e4c-93f1-4f1e-8d5b-0c6a1f2e3d4c',
      '30623261356534632d393366312d346631652d386435622d306336613166326533643463',
    ],
  ])('write %s %s as Java does, and read it again', (name, value, hex) => {
    expect(hexOf(serdeOf(name), value)).toBe(hex);
    expect(serdeOf(name).deserialize(Buffer.from(hex, 'hex'), context)).toEqual(value);
  });

  it.each<[Name, unknown]>([
    ['string', 5],
    ['string', null],
    ['bytes', 'text'],
    ['int16', 32768],
    ['int32', 1.5],
    ['int32', 2 ** 31],
    ['int64', 2 ** 53],
    ['int64', '5'],
    ['bigint64', 2n ** 63n],
    ['bigint64', 5],
    ['float32', '5'],
    ['float64', undefined],
    ['boolean', 1],
    ['uuid', 'not one'],
  ])('%s does not write %s', (name, value) => {
    expect(() => serdeOf(name).serialize(value, context)).toThrow(/ is not /);
  });

  it.each<[Name, string]>([
    ['int16', '000000'],
    ['int32', '0000'],
    ['int64', ''],
    ['int64', '7fffffffffffffff'],
    ['bigint64', '00000000'],
    ['float64', '00000000'],
    ['boolean', '02'],
    ['boolean', '0101'],
    ['uuid', '3062'],
  ])('%s does not read %j', (name, hex) => {
    expect(() => serdeOf(name).deserialize(Buffer.from(hex, 'hex'), context)).toThrow(/./);
  });

  it('read null only where that is said', () => {
    expect(serdes.bytes.deserialize(null, context)).toBeNull();
    const all: Name[] = ['string', 'int16', 'int32', 'int64', 'bigint64', 'float64', 'uuid'];
    for (const name of all) {
      expect(() => serdeOf(name).deserialize(null, context)).toThrow(/nullable/);
      const serde = nullable(serdeOf(name));
      expect([serde.deserialize(null, context), serde.serialize(null, context)]).toEqual([
        null,
        null,
      ]);
    }
    expect(() => json().deserialize(null, context)).toThrow(/nullable/);
  });

  it('read again what they have written', () => {
    const back = <T>(serde: Serde<T>, value: T): T =>
      serde.deserialize(Buffer.from(serde.serialize(value, context)!), context);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(back(serdes.bigint64, value)).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.double(), fc.maxSafeInteger(), fc.uuid(), (float, whole, id) => {
        expect(back(serdes.float64, float)).toBe(float);
        expect(back(serdes.int64, whole)).toBe(whole);
        expect(back(serdes.uuid, id)).toBe(id);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true }), (value) => {
        expect(back(json(), value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('write no JSON of what has none', () => {
    expect(() => json().serialize(undefined, context)).toThrow(/no JSON/);
    expect(() => json().serialize(5n, context)).toThrow(/BigInt/);
  });
});
