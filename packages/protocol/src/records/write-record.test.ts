import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchBuilder } from './batch-builder.ts';
import { BATCH_HEADER_SIZE } from './batch-header.ts';
import type { NewRecordHeader, RecordBytes } from './record.ts';
import { recordSizeBound, roughRecordSize } from './record-size.ts';
import { writeVarint, writeVarlong } from './varint.ts';

interface Given {
  readonly timestamp: number;
  readonly key: RecordBytes;
  readonly value: RecordBytes;
  readonly headers: readonly NewRecordHeader[];
}

/** Sizes at which a length takes another byte, and those of loops, with what is around them. */
const size = fc
  .tuple(fc.constantFrom(0, 8, 24, 42, 64, 8192), fc.integer({ min: -26, max: 26 }))
  .map(([edge, distance]) => Math.max(0, edge + distance));
const unit = fc.constantFrom('a', 'ä', '€', '\u{1f600}', '\ud83d');
const text = fc
  .tuple(size, fc.array(unit, { maxLength: 3 }))
  .map(([length, units]) => 'x'.repeat(length) + units.join(''));
const bytes: fc.Arbitrary<RecordBytes> = fc.oneof(
  fc.constant(null),
  size.map((length) => new Uint8Array(length).fill(7)),
  text,
);
const given: fc.Arbitrary<Given> = fc.record({
  timestamp: fc.oneof(fc.nat(100), fc.maxSafeNat()),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: text, value: bytes }), { maxLength: 3 }),
});

/** The fields of a record one after the other, as the format has them. */
function reference(record: Given, timestampDelta: number, offsetDelta: number): Buffer {
  const varint = (value: number, write = writeVarint) => {
    const scratch = Buffer.alloc(10);
    return scratch.subarray(0, write(scratch, 0, value));
  };
  const withLength = (part: RecordBytes) => {
    if (part === null) return varint(-1);
    const content = Buffer.from(part as string);
    return Buffer.concat([varint(content.length), content]);
  };
  const body = Buffer.concat([
    Buffer.of(0),
    varint(timestampDelta, writeVarlong),
    varint(offsetDelta),
    withLength(record.key),
    withLength(record.value),
    varint(record.headers.length),
    ...record.headers.flatMap(({ key, value }) => [withLength(key), withLength(value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

describe('records', () => {
  it('are written as the format has them, in a batch that grows and in one that is large', () => {
    const list = fc.array(given, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(list, fc.constantFrom(100, 1_000_000), (records, initialSize) => {
        const builder = new BatchBuilder(initialSize);
        const first = records[0]!.timestamp;
        const expected = records.map((r, i) => reference(r, r.timestamp - first, i));
        const taken = records.map((r) => builder.append(r.timestamp, r.key, r.value, r.headers));
        expect(taken).toEqual(expected.map(({ length }) => length));
        const written = builder.finish().subarray(BATCH_HEADER_SIZE);
        expect(written.equals(Buffer.concat(expected))).toBe(true);
      }),
    );
  });

  it('take no more than their rough size allows', () => {
    fc.assert(
      fc.property(given, ({ timestamp, key, value, headers }) => {
        const builder = new BatchBuilder();
        builder.append(0, null, null);
        const bound = recordSizeBound(roughRecordSize(key, value, headers));
        expect(builder.append(timestamp, key, value, headers)).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('are refused before anything is written where their parts are neither bytes nor strings', () => {
    const builder = new BatchBuilder();
    builder.append(0, 'k', 'v');
    const before = builder.finish();
    expect(() => builder.append(0, null, 5 as never)).toThrow(TypeError);
    expect(() => builder.append(0, undefined as never, null)).toThrow(TypeError);
    expect(() => builder.append(0, null, null, [{ key: 5 as never, value: null }])).toThrow(
      TypeError,
    );
    expect(builder.finish()).toEqual(before);
  });
});
