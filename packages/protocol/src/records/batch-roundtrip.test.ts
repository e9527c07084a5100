import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecs } from '../compression/index.ts';
import { BatchBuilder, batchSizeUpperBound } from './batch-builder.ts';
import {
  addSequence,
  batchBaseOffset,
  batchBaseSequence,
  batchCrcIsValid,
  batchDeleteHorizonMs,
  batchIsControl,
  batchIsLogAppendTime,
  batchIsTransactional,
  batchLastOffset,
  batchLastSequence,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSizeBytes,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
  setBatchLogAppendTime,
  setBatchMaxTimestamp,
} from './batch-header.ts';
import { nextBatchSize } from './check-batch.ts';
import type { NewRecordHeader } from './record.ts';
import { RecordCursor, readRecords } from './record-cursor.ts';
import { recompressBatch } from './recompress.ts';

interface Given {
  timestamp: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: NewRecordHeader[];
}

const bytes = fc.option(fc.uint8Array({ maxLength: 80 }));
const header = fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes });
const given: fc.Arbitrary<Given> = fc.record({
  timestamp: fc.oneof(
    fc.constant(-1),
    fc.nat(5000),
    fc.maxSafeNat().map((n) => Math.floor(n / 4)),
  ),
  key: bytes,
  value: bytes,
  headers: fc.oneof(fc.constant<NewRecordHeader[]>([]), fc.array(header, { maxLength: 4 })),
});
const records = fc.array(given, { minLength: 1, maxLength: 25 });
const codec = fc.constantFrom(...Object.values(codecs));

function build(list: readonly Given[]): BatchBuilder {
  const builder = new BatchBuilder();
  for (const r of list) builder.append(r.timestamp, r.key, r.value, r.headers);
  return builder;
}

function expected(list: readonly Given[], baseOffset: number) {
  const buffer = (b: unknown) => (b === null ? null : Buffer.from(b as Uint8Array));
  return list.map((r, i) => ({
    offset: baseOffset + i,
    timestamp: r.timestamp,
    key: buffer(r.key),
    value: buffer(r.value),
    headers: r.headers.map((h) => ({ key: h.key, value: buffer(h.value) })),
  }));
}

describe('a batch that was built', () => {
  it('reads back in every codec, eagerly and lazily', () => {
    fc.assert(
      fc.property(records, codec, fc.maxSafeNat(), (list, codec, offset) => {
        const baseOffset = Math.min(offset, Number.MAX_SAFE_INTEGER - 100);
        const batch = build(list).finish({ codec, baseOffset });
        expect(batchSizeBytes(batch, 0)).toBe(batch.length);
        expect(nextBatchSize(batch, 0, batch.length)).toBe(batch.length);
        expect(batchCrcIsValid(batch, 0)).toBe(true);
        expect(batchBaseOffset(batch, 0)).toBe(baseOffset);
        expect(batchLastOffset(batch, 0)).toBe(baseOffset + list.length - 1);
        expect(batchMaxTimestamp(batch, 0)).toBe(Math.max(...list.map((r) => r.timestamp)));
        expect(readRecords(batch)).toEqual(expected(list, baseOffset));
        const cursor = new RecordCursor();
        cursor.open(batch, 0);
        const views = [];
        while (cursor.next()) views.push(cursor.view());
        expect(
          views.map((v) => ({
            offset: v.offset,
            timestamp: v.timestamp,
            key: v.key,
            value: v.value,
            headers: v.headers,
          })),
        ).toEqual(expected(list, baseOffset));
      }),
    );
  });

  it('takes the bytes that the builder foretold', () => {
    fc.assert(
      fc.property(records, given, (list, last) => {
        const builder = build(list);
        const foretold = builder.sizeBytesWith(last.timestamp, last.key, last.value, last.headers);
        const before = builder.sizeBytes;
        const taken = builder.append(last.timestamp, last.key, last.value, last.headers);
        expect(builder.sizeBytes).toBe(foretold);
        expect(before + taken).toBe(foretold);
        expect(builder.finish().length).toBe(foretold);
        const alone = build([last]).finish().length;
        expect(alone).toBeLessThanOrEqual(batchSizeUpperBound(last.key, last.value, last.headers));
      }),
    );
  });

  it('are the same in the memory of their builder as in a copy', () => {
    fc.assert(
      fc.property(records, fc.boolean(), (list, transactional) => {
        const builder = build(list);
        const options = { producerId: 5, producerEpoch: 1, baseSequence: 9, transactional };
        expect(builder.finishInPlace(options)).toEqual(builder.finish(options));
        builder.reset();
        expect(() => builder.finishInPlace()).toThrow(RangeError);
      }),
    );
  });

  it('take strings as their UTF-8, long and short', () => {
    const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }));
    fc.assert(
      fc.property(text, text, (key, value) => {
        const builder = new BatchBuilder();
        const size = builder.sizeBytesWith(1, key, value);
        builder.append(1, key, value);
        expect(builder.sizeBytes).toBe(size);
        const [record] = readRecords(builder.finish());
        expect([record!.key?.toString() ?? null, record!.value?.toString() ?? null]).toEqual([
          key,
          value,
        ]);
      }),
    );
  });

  it('keeps what its options say', () => {
    const builder = build([{ timestamp: 5, key: null, value: null, headers: [] }]);
    const batch = builder.finish({
      leaderEpoch: 7,
      producerId: 2 ** 40,
      producerEpoch: 3,
      baseSequence: 0x7fffffff,
      transactional: true,
      control: true,
      lastOffsetDelta: 4,
    });
    expect(batchLeaderEpoch(batch, 0)).toBe(7);
    expect(batchProducerId(batch, 0)).toBe(2 ** 40);
    expect(batchProducerEpoch(batch, 0)).toBe(3);
    expect(batchBaseSequence(batch, 0)).toBe(0x7fffffff);
    expect(batchLastSequence(batch, 0)).toBe(3);
    expect(addSequence(0x7fffffff, 1)).toBe(0);
    expect(batchIsTransactional(batch, 0)).toBe(true);
    expect(batchIsControl(batch, 0)).toBe(true);
    expect(batchLastOffset(batch, 0)).toBe(4);
    expect(batchRecordCount(batch, 0)).toBe(1);
    expect(batchDeleteHorizonMs(batch, 0)).toBe(-1);
  });

  it('keeps gaps between offsets and a delete horizon', () => {
    const builder = new BatchBuilder();
    builder.reset(9000);
    builder.append(8000, 'a', null);
    builder.skipToDelta(5);
    builder.append(10_000, 'b', 'x');
    const batch = builder.finish({ baseOffset: 100, lastOffsetDelta: 9 });
    expect(batchDeleteHorizonMs(batch, 0)).toBe(9000);
    expect(readRecords(batch).map((r) => [r.offset, r.timestamp])).toEqual([
      [100, 8000],
      [105, 10_000],
    ]);
    expect(batchLastOffset(batch, 0)).toBe(109);
    expect(() => builder.skipToDelta(3)).toThrow(RangeError);
    builder.reset();
    expect(() => builder.finish()).toThrow(RangeError);
  });

  it('can be moved, stamped and corrected in place', () => {
    const batch = build([{ timestamp: 5, key: null, value: null, headers: [] }]).finish();
    setBatchBaseOffset(batch, 0, 2 ** 33 + 1);
    setBatchLeaderEpoch(batch, 0, 12);
    expect(batchCrcIsValid(batch, 0)).toBe(true);
    expect(batchBaseOffset(batch, 0)).toBe(2 ** 33 + 1);
    setBatchLogAppendTime(batch, 0, 1_700_000_000_000);
    expect(batchCrcIsValid(batch, 0)).toBe(true);
    expect(batchIsLogAppendTime(batch, 0)).toBe(true);
    expect(readRecords(batch)[0]!.timestamp).toBe(1_700_000_000_000);
    setBatchMaxTimestamp(batch, 0, 5);
    expect(batchIsLogAppendTime(batch, 0)).toBe(false);
    expect(batchCrcIsValid(batch, 0)).toBe(true);
    expect(readRecords(batch)[0]!.timestamp).toBe(5);
  });

  it('is recompressed to the same records at consecutive offsets', () => {
    fc.assert(
      fc.property(records, codec, codec, (list, from, to) => {
        const options = { baseOffset: 77, producerId: 9, producerEpoch: 1, baseSequence: 4 };
        const batch = build(list).finish({ codec: from, ...options, leaderEpoch: 3 });
        const again = recompressBatch(batch, 0, { codec: to })!;
        expect(again).toEqual(build(list).finish({ codec: to, ...options, leaderEpoch: 3 }));
      }),
      { numRuns: 30 },
    );
  });
});
