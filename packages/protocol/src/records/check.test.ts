import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecs, compress } from '../compression/index.ts';
import { BatchBuilder, type BatchOptions } from './batch-builder.ts';
import { BATCH_HEADER_SIZE, writeBatchHeader } from './batch-header.ts';
import { checkProducedBatch, NOT_A_BATCH, nextBatchSize } from './check-batch.ts';
import { type RecordRules, RecordsChecker } from './check-records.ts';
import { RecordCursor } from './record-cursor.ts';

const NOW = 1_700_000_000_000;
const rules: RecordRules = {
  now: NOW,
  logAppendTime: false,
  timestampBeforeMaxMs: 1000,
  timestampAfterMaxMs: 500,
  compacted: false,
};
const produce = { produceVersion: 12, maxSizeBytes: 100_000 };

function batchOf(count: number, options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i++) {
    builder.append(NOW + i, `key ${i}`, `value ${i}`, [{ key: 'h', value: null }]);
  }
  return builder.finish(options);
}

function produced(batch: Buffer, options = produce) {
  return checkProducedBatch(batch, 0, batch.length, options)?.error;
}

function deep(batch: Buffer, changed: Partial<RecordRules> = {}) {
  return new RecordsChecker().check(batch, 0, { ...rules, ...changed });
}

/** A batch whose header claims what the caller wants, with a CRC that fits. */
function lying(changed: { recordCount?: number; lastOffsetDelta?: number }, codec = 0): Buffer {
  const plain = batchOf(3).subarray(BATCH_HEADER_SIZE);
  const packed = compress(codec, plain);
  const batch = Buffer.alloc(BATCH_HEADER_SIZE + packed.length);
  packed.copy(batch, BATCH_HEADER_SIZE);
  writeBatchHeader(batch, 0, {
    sizeBytes: batch.length,
    baseOffset: 0,
    lastOffsetDelta: 2,
    recordCount: 3,
    baseTimestamp: NOW,
    maxTimestamp: NOW + 2,
    codec,
    ...changed,
  });
  return batch;
}

describe('a produced batch', () => {
  it('passes when it is sound', () => {
    expect(produced(batchOf(3))).toBeUndefined();
    expect(produced(batchOf(1, { producerId: 5, producerEpoch: 0, baseSequence: 0 }))).toBe(
      undefined,
    );
  });

  it('is alone in its partition, and whole', () => {
    const batch = batchOf(1);
    expect(produced(Buffer.alloc(0))).toBe('INVALID_RECORD');
    expect(produced(batch.subarray(0, batch.length - 1))).toBe('INVALID_RECORD');
    expect(produced(Buffer.concat([batch, batch]))).toBe('INVALID_RECORD');
    expect(produced(Buffer.concat([batch, batch.subarray(0, 40)]))).toBeUndefined();
    expect(produced(Buffer.concat([batch, Buffer.alloc(40)]))).toBe('CORRUPT_MESSAGE');
  });

  it('is refused by what its header says', () => {
    expect(produced(batchOf(1, { control: true }))).toBe('INVALID_RECORD');
    expect(produced(batchOf(1, { baseOffset: 1 }))).toBe('INVALID_RECORD');
    expect(produced(batchOf(1, { producerId: 5, producerEpoch: 0 }))).toBe('INVALID_RECORD');
    expect(produced(lying({ recordCount: 0 }))).toBe('INVALID_RECORD');
    expect(produced(lying({ recordCount: 4 }))).toBe('INVALID_RECORD');
    expect(produced(lying({ lastOffsetDelta: -1 }))).toBe('INVALID_RECORD');
    expect(produced(batchOf(1), { ...produce, maxSizeBytes: 50 })).toBe('MESSAGE_TOO_LARGE');
    expect(produced(batchOf(1, { codec: codecs.zstd }))).toBeUndefined();
    const old = { ...produce, produceVersion: 6 };
    expect(produced(batchOf(1, { codec: codecs.zstd }), old)).toBe('UNSUPPORTED_COMPRESSION_TYPE');
    const unknown = batchOf(1);
    unknown[22] = 5;
    expect(produced(unknown)).toBe('UNSUPPORTED_COMPRESSION_TYPE');
  });

  it('of an older magic is told apart from rubbish', () => {
    const batch = batchOf(1);
    batch[16] = 1;
    expect(nextBatchSize(batch, 0, batch.length)).toBe(batch.length);
    expect(produced(batch)).toBe('INVALID_RECORD');
    batch[16] = 3;
    expect(nextBatchSize(batch, 0, batch.length)).toBe(NOT_A_BATCH);
    expect(produced(batch)).toBe('CORRUPT_MESSAGE');
  });

  it('is detected with any byte changed from the CRC on', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (where, flip) => {
        const batch = batchOf(3);
        const at = 17 + (where % (batch.length - 17));
        batch[at] = batch[at]! ^ flip;
        expect(produced(batch)).toBeDefined();
      }),
    );
  });
});

describe('the records of a produced batch', () => {
  it.each(Object.values(codecs))('pass when they are sound, codec %i', (codec) => {
    const checker = new RecordsChecker();
    expect(checker.check(batchOf(3, { codec }), 0, rules)).toBeUndefined();
    expect(checker.maxTimestamp).toBe(NOW + 2);
    expect(checker.consecutive).toBe(true);
  });

  it('are as many as claimed', () => {
    for (const codec of Object.values(codecs)) {
      expect(deep(lying({ recordCount: 2 }, codec))?.error).toBe('INVALID_RECORD');
      expect(deep(lying({ recordCount: 4 }, codec))?.error).toBe('INVALID_RECORD');
      expect(deep(lying({ recordCount: 0x7fffffff }, codec))?.error).toBe('INVALID_RECORD');
    }
  });

  it('with gaps between their offsets are noticed', () => {
    const builder = new BatchBuilder();
    builder.append(NOW, 'a', 'b');
    builder.skipToDelta(2);
    builder.append(NOW, 'a', 'b');
    const checker = new RecordsChecker();
    expect(checker.check(builder.finish(), 0, rules)).toBeUndefined();
    expect(checker.consecutive).toBe(false);
  });

  it('need keys in a compacted topic', () => {
    const builder = new BatchBuilder();
    builder.append(NOW, 'a', 'b');
    builder.append(NOW, null, 'b');
    const batch = builder.finish();
    expect(deep(batch)).toBeUndefined();
    const problem = deep(batch, { compacted: true });
    expect(problem?.error).toBe('INVALID_RECORD');
    expect(problem?.records?.map((r) => r.index)).toEqual([1]);
  });

  it('have times within the bounds, or none', () => {
    const at = (timestamp: number) => {
      const builder = new BatchBuilder();
      builder.append(NOW, 'a', 'b');
      builder.append(timestamp, 'a', 'b');
      return builder.finish();
    };
    for (const time of [NOW - 1000, NOW + 500, -1]) expect(deep(at(time))).toBeUndefined();
    for (const time of [NOW - 1001, NOW + 501, 0]) {
      expect(deep(at(time))).toMatchObject({ error: 'INVALID_TIMESTAMP', records: [{ index: 1 }] });
      expect(deep(at(time), { logAppendTime: true })).toBeUndefined();
    }
    const stamped = batchOf(1, { logAppendTimeMs: NOW });
    expect(deep(stamped)).toBeUndefined();
    expect(deep(stamped, { logAppendTime: true })?.error).toBe('INVALID_TIMESTAMP');
  });

  it('may not expand beyond the bound', () => {
    const builder = new BatchBuilder();
    builder.append(NOW, 'a', Buffer.alloc(100_000));
    for (const codec of Object.values(codecs)) {
      if (codec === codecs.none) continue;
      const batch = builder.finish({ codec });
      expect(deep(batch)).toBeUndefined();
      expect(deep(batch, { maxDecompressedBytes: 90_000 })?.error).toBe('MESSAGE_TOO_LARGE');
    }
  });

  it('never throw, whatever their bytes', () => {
    const cursor = new RecordCursor();
    const checker = new RecordsChecker();
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(codecs)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(),
        (codec, changes, cut) => {
          const batch = batchOf(5, { codec });
          for (const [where, byte] of changes) batch[where % batch.length] = byte;
          const bytes = batch.subarray(0, Math.max(BATCH_HEADER_SIZE, cut % (2 * batch.length)));
          checkProducedBatch(bytes, 0, bytes.length, produce);
          if (cursor.open(bytes, 0)) while (cursor.next()) cursor.read();
          checker.check(bytes, 0, rules);
        },
      ),
      { numRuns: 300 },
    );
  });
});
