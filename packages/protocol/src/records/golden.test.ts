/** Batches that Apache Kafka has written (golden/generate.mjs), read and written again. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BatchBuilder } from './batch-builder.ts';
import {
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCodec,
  batchCrcIsValid,
  batchDeleteHorizonMs,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsLogAppendTime,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLastSequence,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSizeBytes,
  writeBatchHeader,
} from './batch-header.ts';
import { nextBatchSize } from './check-batch.ts';
import { controlRecordTypes, readControlRecordType, readEndTxnMarker } from './control-record.ts';
import type { BatchRecord } from './record.ts';
import { readRecords } from './record-cursor.ts';

type GoldenBytes = string | { fill: number; size: number } | null;

interface Golden {
  readonly name: string;
  readonly bytes: string;
  readonly records: {
    offset: number;
    timestamp: number;
    key: GoldenBytes;
    value: GoldenBytes;
    headers: { key: string; value: GoldenBytes }[];
  }[];
}

const file = new URL('../../golden/records.jsonl.gz', import.meta.url);
const goldens = gunzipSync(readFileSync(file))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden);

function bytesOf(golden: string): Buffer {
  return Buffer.from(golden, 'base64');
}

function batchNamed(name: string): Buffer {
  return bytesOf(goldens.find((g) => g.name === name)!.bytes);
}

function valueOf(bytes: GoldenBytes): Buffer | null {
  if (bytes === null) return null;
  return typeof bytes === 'string' ? bytesOf(bytes) : Buffer.alloc(bytes.size, bytes.fill);
}

/** Records as strings, which are compared faster than buffers are. */
function readable(records: readonly BatchRecord[]) {
  const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null;
  return records.map((r) => ({
    ...r,
    key: text(r.key),
    value: text(r.value),
    headers: r.headers.map((h) => ({ key: h.key, value: text(h.value) })),
  }));
}

function expectedRecords(golden: Golden): BatchRecord[] {
  return golden.records.map((r) => ({
    offset: r.offset,
    timestamp: r.timestamp,
    key: valueOf(r.key),
    value: valueOf(r.value),
    headers: r.headers.map((h) => ({ key: h.key, value: valueOf(h.value) })),
  }));
}

/** Builds the batch anew from its records and what its header says. */
function rebuild(batch: Buffer): Buffer {
  const builder = new BatchBuilder();
  builder.reset(batchHasDeleteHorizon(batch, 0) ? batchDeleteHorizonMs(batch, 0) : undefined);
  for (const record of readRecords(batch)) {
    builder.skipToDelta(record.offset - batchBaseOffset(batch, 0));
    // A stamped batch hides the times that its records were given.
    const timestamp = batchIsLogAppendTime(batch, 0)
      ? batchBaseTimestamp(batch, 0) + hiddenDeltas[builder.recordCount]!
      : record.timestamp;
    builder.append(timestamp, record.key, record.value, record.headers);
  }
  return builder.finish({
    codec: batchCodec(batch, 0),
    baseOffset: batchBaseOffset(batch, 0),
    lastOffsetDelta: batchLastOffsetDelta(batch, 0),
    leaderEpoch: batchLeaderEpoch(batch, 0),
    producerId: batchProducerId(batch, 0),
    producerEpoch: batchProducerEpoch(batch, 0),
    baseSequence: batchBaseSequence(batch, 0),
    transactional: batchIsTransactional(batch, 0),
    control: batchIsControl(batch, 0),
    ...(batchIsLogAppendTime(batch, 0) && { logAppendTimeMs: batchMaxTimestamp(batch, 0) }),
  });
}

const hiddenDeltas = [0, 37, 74];

describe('batches of Apache Kafka', () => {
  it.each(goldens)('are read: $name', (golden) => {
    const batch = bytesOf(golden.bytes);
    expect(nextBatchSize(batch, 0, batch.length)).toBe(batch.length);
    expect(batchCrcIsValid(batch, 0)).toBe(true);
    expect(batchRecordCount(batch, 0)).toBe(golden.records.length);
    expect(readable(readRecords(batch))).toEqual(readable(expectedRecords(golden)));
  });

  const written = goldens.filter(
    (g) => batchCodec(bytesOf(g.bytes), 0) === 0 && g.name !== 'empty',
  );
  it.each(written)('are written byte for byte: $name', (golden) => {
    const batch = bytesOf(golden.bytes);
    expect(rebuild(batch).toString('hex')).toBe(batch.toString('hex'));
  });

  it('are written byte for byte without records', () => {
    const batch = batchNamed('empty');
    const written = Buffer.alloc(batch.length);
    writeBatchHeader(written, 0, {
      sizeBytes: 61,
      baseOffset: 500,
      lastOffsetDelta: 9,
      recordCount: 0,
      baseTimestamp: -1,
      maxTimestamp: 1_767_225_600_000,
      transactional: true,
      leaderEpoch: 3,
      producerId: 77,
      producerEpoch: 2,
      baseSequence: 30,
    });
    expect(written.toString('hex')).toBe(batch.toString('hex'));
    expect(batchLastOffset(batch, 0)).toBe(509);
  });

  it('say in their headers what they were given', () => {
    const transactional = batchNamed('transactional');
    expect(batchProducerId(transactional, 0)).toBe(2 ** 41);
    expect(batchProducerEpoch(transactional, 0)).toBe(32767);
    expect(batchBaseSequence(transactional, 0)).toBe(0x7ffffffe);
    expect(batchLastSequence(transactional, 0)).toBe(1);
    expect(batchLeaderEpoch(transactional, 0)).toBe(9);
    expect(batchIsTransactional(transactional, 0)).toBe(true);
    expect(batchIsControl(transactional, 0)).toBe(false);
    expect(batchLastOffset(transactional, 0)).toBe(15);
    const horizon = batchNamed('delete horizon');
    expect(batchDeleteHorizonMs(horizon, 0)).toBe(1_767_225_600_000 + 86_400_000);
    expect(batchSizeBytes(batchNamed('gaps'), 0)).toBe(batchNamed('gaps').length);
    expect(batchLastOffset(batchNamed('gaps'), 0)).toBe(80_000);
    expect(batchIsLogAppendTime(batchNamed('log append time'), 0)).toBe(true);
  });

  it('carry control records of every type', () => {
    const types = new Map(
      goldens
        .filter((g) => batchIsControl(bytesOf(g.bytes), 0))
        .map((g) => [g.name, readControlRecordType(readRecords(bytesOf(g.bytes))[0]!.key)]),
    );
    expect(Object.fromEntries(types)).toEqual({
      'marker ABORT': controlRecordTypes.abort,
      'marker COMMIT': controlRecordTypes.commit,
      'leader change': controlRecordTypes.leaderChange,
      'snapshot header': controlRecordTypes.snapshotHeader,
      'snapshot footer': controlRecordTypes.snapshotFooter,
      'kraft version': controlRecordTypes.kraftVersion,
      'kraft voters': controlRecordTypes.kraftVoters,
    });
    expect(readEndTxnMarker(readRecords(batchNamed('marker COMMIT'))[0]!.value)).toBe(21);
  });
});
