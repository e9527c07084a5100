import {
  BatchBuilder,
  batchCodec,
  batchIsLogAppendTime,
  batchMaxTimestamp,
  codecs,
  readRecords,
} from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLogConfig, type LogConfig } from '../config.ts';
import { isFailure } from '../results.ts';
import { examinationOf, examinationTask, takesLong } from './examination.ts';
import { prepareClientBatch } from './leader-append.ts';

const NOW = 1_700_000_000_000;

interface Batch {
  readonly codec: number;
  readonly records: number;
  readonly valueBytes?: number;
  readonly key?: string | null;
  readonly timestamp?: number;
}

function batchOf({ codec, records, valueBytes = 100, key = 'k', timestamp = NOW }: Batch): Buffer {
  const builder = new BatchBuilder();
  for (let i = 0; i < records; i++) builder.append(timestamp + i, key, Buffer.alloc(valueBytes, i));
  return builder.finish({ codec });
}

const configOf = (changes: Partial<LogConfig>): LogConfig => ({ ...defaultLogConfig, ...changes });

/** Examined elsewhere, and then appended at offset 40. */
function examinedElsewhere(batch: Buffer, config: LogConfig) {
  const parcel = examinationOf(batch, config, { now: NOW })!;
  const { bytes, note } = examinationTask.compute(structuredClone(parcel));
  const ready = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return prepareClientBatch(ready, config, { leaderEpoch: 3, now: NOW, examined: note }, 40);
}

const examinedHere = (batch: Buffer, config: LogConfig) =>
  prepareClientBatch(batch, config, { leaderEpoch: 3, now: NOW }, 40);

describe('what takes long', () => {
  const long = (batch: Batch, changes: Partial<LogConfig>) =>
    takesLong(batchOf(batch), configOf(changes));
  const large = { codec: codecs.none, records: 100 };

  it('is a large batch that has to be compressed, or decompressed', () => {
    expect(long(large, { compressionType: 'gzip' })).toBe(true);
    expect(long({ codec: codecs.zstd, records: 3000 }, { compressionType: 'gzip' })).toBe(true);
    expect(long({ codec: codecs.zstd, records: 3000 }, { compact: true })).toBe(true);
    expect(long({ codec: codecs.zstd, records: 3000 }, { messageTimestampBeforeMaxMs: 1000 })).toBe(
      true,
    );
  });

  it('is nothing that can be done in a moment', () => {
    expect(long(large, {})).toBe(false);
    expect(long(large, { compressionType: 'uncompressed', compact: true })).toBe(false);
    expect(long({ codec: codecs.zstd, records: 3000 }, {})).toBe(false);
    expect(long({ codec: codecs.none, records: 10 }, { compressionType: 'gzip' })).toBe(false);
    expect(long({ codec: codecs.gzip, records: 10 }, { compact: true })).toBe(false);
  });

  it('is nothing that is no batch', () => {
    const config = configOf({ compressionType: 'gzip' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(takesLong(Buffer.from(bytes), config)).toBe(false);
      }),
    );
  });
});

describe('an examination', () => {
  it('is not made of a batch that is refused anyway', () => {
    const config = configOf({ compressionType: 'gzip' });
    const damaged = batchOf({ codec: codecs.none, records: 100 });
    damaged[200]! ^= 1;
    expect(examinationOf(damaged, config, { now: NOW })).toBeNull();
    const sound = batchOf({ codec: codecs.zstd, records: 3000 });
    expect(examinationOf(sound, config, { now: NOW, produceVersion: 6 })).toBeNull();
    expect(examinationOf(sound, { ...config, maxMessageBytes: 100 }, { now: NOW })).toBeNull();
  });

  it('leaves the records as they were, and takes nothing from behind the batch', () => {
    const batch = batchOf({ codec: codecs.none, records: 100 });
    const records = Buffer.concat([batch, Buffer.alloc(5)]);
    const config = configOf({ compressionType: 'lz4' });
    const prepared = examinedElsewhere(records, config);
    expect(records.subarray(0, batch.length)).toEqual(batch);
    if (isFailure(prepared)) throw new Error(prepared.message);
    expect(batchCodec(prepared.batches, 0)).toBe(codecs.lz4);
    expect(readRecords(prepared.batches)).toHaveLength(100);
  });

  it('comes to the same as one in the turn of the append', () => {
    const codecNames = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
    const batches = fc.record({
      codec: fc.constantFrom(...Object.values(codecs)),
      records: fc.integer({ min: 1, max: 300 }),
      valueBytes: fc.constantFrom(0, 10, 300),
      key: fc.constantFrom('k', null),
      timestamp: fc.constantFrom(NOW, NOW - 5000, NOW + 5000, -1),
    });
    const configs = fc.record({
      compressionType: fc.constantFrom(...codecNames),
      compact: fc.boolean(),
      messageTimestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
      messageTimestampBeforeMaxMs: fc.constantFrom(defaultLogConfig.messageTimestampBeforeMaxMs, 9),
      messageTimestampAfterMaxMs: fc.constantFrom(1000, 100_000),
      maxMessageBytes: fc.constantFrom(2000, 1_000_000),
    });
    fc.assert(
      fc.property(batches, configs, (made, changes) => {
        const [batch, config] = [batchOf(made), configOf(changes)];
        fc.pre(examinationOf(batch, config, { now: NOW }) !== null);
        expect(examinedElsewhere(batch, config)).toEqual(examinedHere(batch, config));
      }),
    );
  });

  it('stamps with the time at which the batch came', () => {
    const changes = { compact: true, messageTimestampType: 'LogAppendTime' } as const;
    const batch = batchOf({ codec: codecs.zstd, records: 3000 });
    const prepared = examinedElsewhere(batch, configOf(changes));
    if (isFailure(prepared)) throw new Error(prepared.message);
    expect(prepared.logAppendTimeMs).toBe(NOW);
    expect(batchIsLogAppendTime(prepared.batches, 0)).toBe(true);
    expect(batchMaxTimestamp(prepared.batches, 0)).toBe(NOW);
  });
});
