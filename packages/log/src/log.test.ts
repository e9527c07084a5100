import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk, NodeRandom } from '@tidelog/platform';
import {
  BatchBuilder,
  type BatchOptions,
  batchSizeBytes,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  readRecords,
} from '@tidelog/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Appended,
  type AppendResult,
  defaultLogConfig,
  isFailure,
  type Log,
  type LogConfig,
  LogDirectory,
} from './index.ts';

const NOW = 1_700_000_000_000;
let path: string;
let config: LogConfig;

/** Syncs cost milliseconds, and nothing crashes here. */
class UnsyncedDisk extends NodeDisk {
  override syncDirectory(): void {}
}

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'tidelog-log-'));
  config = { ...defaultLogConfig, segmentBytes: 2000, indexIntervalBytes: 100 };
});
afterEach(() => rmSync(path, { recursive: true }));

function openDirectory(now = NOW): LogDirectory {
  return LogDirectory.open({
    disk: new UnsyncedDisk(),
    random: new NodeRandom(),
    path,
    now,
    configOf: () => config,
  });
}

interface BatchShape extends BatchOptions {
  readonly values: readonly string[];
  readonly timestamp?: number;
}

function batch({ values, timestamp = NOW, ...options }: BatchShape): Buffer {
  const builder = new BatchBuilder();
  values.forEach((value, i) => builder.append(timestamp + i, `key ${value}`, value));
  return Buffer.from(builder.finish(options));
}

function marker(type: 'abort' | 'commit', producerId: number, producerEpoch: number): Buffer {
  const builder = new BatchBuilder();
  builder.append(NOW, controlRecordKey(controlRecordTypes[type]), endTxnMarkerValue(1));
  return Buffer.from(
    builder.finish({ producerId, producerEpoch, transactional: true, control: true }),
  );
}

function append(log: Log, shape: BatchShape): Appended {
  return expectAppended(log.appendAsLeader(batch(shape), { leaderEpoch: 1, now: NOW }));
}

function expectAppended(result: AppendResult): Appended {
  if (isFailure(result)) throw new Error(`${result.error.name}: ${result.message}`);
  return result;
}

/** All records from `offset` on, read as a consumer reads. */
function readAll(log: Log, offset = log.logStartOffset, maxBytes = 300): [number, string][] {
  const found: [number, string][] = [];
  let at = offset;
  for (;;) {
    const result = log.read(at, { maxBytes, maxOffset: log.logEndOffset, minOneMessage: true });
    if (isFailure(result)) throw new Error(result.message);
    const bytes = Buffer.concat(result.records);
    if (bytes.length === 0) return found;
    for (let i = 0; i + 12 <= bytes.length && i + batchSizeBytes(bytes, i) <= bytes.length; ) {
      for (const record of readRecords(bytes, i)) {
        if (record.offset < at) continue;
        found.push([record.offset, record.value?.toString() ?? '']);
        at = record.offset + 1;
      }
      i += batchSizeBytes(bytes, i);
    }
  }
}

describe('a log', () => {
  it('gives offsets, and the same records back after a clean restart', async () => {
    const directory = openDirectory();
    const log = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 100; i++) append(log, { values: [`a${i}`, `b${i}`] });
    const records = readAll(log);
    expect(records.map(([offset]) => offset)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(log.segmentCount).toBeGreaterThan(3);
    await directory.close();
    const again = openDirectory().log('t', 0)!;
    expect(readAll(again)).toEqual(records);
    expect(again.recoveryPoint).toBe(200);
    expect(again.latestLeaderEpoch).toBe(1);
  });

  it('behaves like a plain list under any mix of operations', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('append' as const),
          n: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), n: fc.nat(120) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), n: fc.nat(120) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('deleteRecords' as const), n: fc.nat(120) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('roll' as const), n: fc.constant(0) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('reopen' as const), n: fc.constant(0) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), n: fc.constant(0) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        rmSync(path, { recursive: true });
        const model = { start: 0, records: [] as { value: string; last: boolean }[] };
        let directory = openDirectory();
        let log = directory.createLog('t', 0, { now: NOW });
        const reopen = () => {
          directory = openDirectory();
          log = directory.log('t', 0)!;
        };
        let written = 0;
        for (const { do: action, n } of steps) {
          const end = model.records.length;
          if (action === 'append') {
            const values = Array.from({ length: n }, () => `value ${written++}`);
            expect(append(log, { values }).baseOffset).toBe(end);
            values.forEach((value, i) => model.records.push({ value, last: i === n - 1 }));
          } else if (action === 'read') {
            const from = model.start + (n % (end - model.start + 1));
            const expected = model.records.slice(from).map(({ value }, i) => [from + i, value]);
            expect(readAll(log, from)).toEqual(expected);
          } else if (action === 'truncate') {
            // Batches are whole: a truncation inside of one takes it all.
            let to = Math.max(model.start, n);
            if (to < end) while (to > 0 && !model.records[to - 1]!.last) to--;
            if (to < model.start) continue;
            log.truncateTo(to, NOW);
            model.records.length = Math.min(end, to);
          } else if (action === 'deleteRecords') {
            log.updateHighWatermark(log.logEndOffset);
            const to = model.start + (n % (end - model.start + 1));
            expect(log.deleteRecords(to)).toBe(to);
            log.applyRetention(NOW);
            model.start = to;
          } else if (action === 'roll') {
            log.roll(NOW);
          } else if (action === 'reopen') {
            await directory.close();
            reopen();
          } else {
            // Only the page cache is left of a killed process: the log start offset may fall back.
            directory.context.health.fail('killed');
            await directory.close();
            reopen();
            model.start = log.logStartOffset;
          }
          expect(log.logEndOffset).toBe(model.records.length);
          expect(log.logStartOffset).toBe(model.start);
        }
        const expected = model.records
          .slice(model.start)
          .map(({ value }, i) => [model.start + i, value]);
        expect(readAll(log)).toEqual(expected);
        await directory.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('idempotent producers', () => {
  it('answers retries of the last five batches with their offsets, across a restart too', async () => {
    const directory = openDirectory();
    const log = directory.createLog('t', 0, { now: NOW });
    const shape = (sequence: number) => ({
      values: ['x', 'y'],
      producerId: 7,
      producerEpoch: 0,
      baseSequence: sequence,
    });
    for (let i = 0; i < 6; i++) append(log, shape(i * 2));
    expect(append(log, shape(2))).toMatchObject({ baseOffset: 2, lastOffset: 3, duplicate: true });
    const forgotten = log.appendAsLeader(batch(shape(0)), { leaderEpoch: 1, now: NOW });
    expect(isFailure(forgotten) && forgotten.error.name).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    const gap = log.appendAsLeader(batch(shape(14)), { leaderEpoch: 1, now: NOW });
    expect(isFailure(gap) && gap.error.name).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    await directory.close();
    const again = openDirectory(NOW + 1).log('t', 0)!;
    expect(append(again, shape(10))).toMatchObject({ baseOffset: 10, duplicate: true });
    expect(append(again, shape(12))).toMatchObject({ baseOffset: 12, duplicate: false });
    expect(again.producers()).toEqual([
      {
        producerId: 7,
        producerEpoch: 0,
        lastSequence: 13,
        lastTimestamp: NOW + 1,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ]);
  });

  it('fences old epochs, and starts new ones at sequence 0', () => {
    const log = openDirectory().createLog('t', 0, { now: NOW });
    const send = (producerEpoch: number, baseSequence: number) => {
      const records = batch({ values: ['x'], producerId: 7, producerEpoch, baseSequence });
      const result = log.appendAsLeader(records, { leaderEpoch: 1, now: NOW });
      return isFailure(result) ? result.error.name : 'ok';
    };
    expect(send(1, 5)).toBe('ok');
    expect(send(2, 6)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(send(2, 0)).toBe('ok');
    expect(send(1, 6)).toBe('INVALID_PRODUCER_EPOCH');
  });

  it('forgets the silent, but none in a transaction', () => {
    const log = openDirectory().createLog('t', 0, { now: NOW });
    const producerEpoch = 0;
    append(log, { values: ['x'], producerId: 1, producerEpoch, baseSequence: 0 });
    append(log, {
      values: ['x'],
      producerId: 2,
      producerEpoch,
      baseSequence: 0,
      transactional: true,
    });
    log.expireProducers(NOW + 2 * 86_400_000);
    expect(log.producers().map(({ producerId }) => producerId)).toEqual([2]);
  });
});

describe('transactions', () => {
  it('hold the last stable offset, and note the aborted ones', async () => {
    const directory = openDirectory();
    const log = directory.createLog('t', 0, { now: NOW });
    const data = { values: ['x'], producerEpoch: 0, baseSequence: 0, transactional: true };
    const end = (type: 'abort' | 'commit', producerId: number) =>
      expectAppended(
        log.appendAsLeader(marker(type, producerId, 0), {
          leaderEpoch: 1,
          now: NOW,
          origin: 'coordinator',
        }),
      );
    append(log, { values: ['plain'] });
    append(log, { ...data, producerId: 1 }); // offset 1
    append(log, { ...data, producerId: 2 }); // offset 2
    log.updateHighWatermark(log.logEndOffset);
    expect(log.lastStableOffset).toBe(1);
    end('abort', 1); // offset 3
    expect(log.lastStableOffset).toBe(1);
    log.updateHighWatermark(log.logEndOffset);
    expect(log.lastStableOffset).toBe(2);
    end('commit', 2); // offset 4
    log.updateHighWatermark(log.logEndOffset);
    expect(log.lastStableOffset).toBe(5);
    expect(log.abortedTransactions(0, 5)).toEqual([{ producerId: 1, firstOffset: 1 }]);
    directory.context.health.fail('killed');
    await directory.close();
    const again = openDirectory().log('t', 0)!;
    again.updateHighWatermark(again.logEndOffset);
    expect(again.lastStableOffset).toBe(5);
    expect(again.abortedTransactions(0, 5)).toEqual([{ producerId: 1, firstOffset: 1 }]);
    expect(again.abortedTransactions(4, 5)).toEqual([]);
  });
});

describe('what clients may append', () => {
  const refusal = (records: Buffer, change: Partial<LogConfig> = {}) => {
    config = { ...config, ...change };
    const log = openDirectory().createLog('t', 0, { now: NOW });
    const result = log.appendAsLeader(records, { leaderEpoch: 1, now: NOW });
    expect(log.logEndOffset).toBe(isFailure(result) ? 0 : result.lastOffset + 1);
    return isFailure(result) ? result.error.name : 'ok';
  };
  const one = () => batch({ values: ['x'] });

  it('is bounded in size', () => {
    expect(refusal(one(), { maxMessageBytes: 70 })).toBe('MESSAGE_TOO_LARGE');
  });
  it('fits a segment', () => {
    expect(refusal(one(), { segmentBytes: 50 })).toBe('RECORD_LIST_TOO_LARGE');
  });
  it('has a right CRC', () => {
    const records = one();
    records[70]! ^= 1;
    expect(refusal(records)).toBe('CORRUPT_MESSAGE');
  });
  it('is one batch', () => {
    expect(refusal(Buffer.concat([one(), one()]))).toBe('INVALID_RECORD');
  });
  it('is not nothing', () => {
    expect(refusal(Buffer.alloc(0))).toBe('INVALID_RECORD');
  });
  it('has no control records', () => {
    expect(refusal(marker('commit', 1, 0))).toBe('INVALID_RECORD');
  });
  it('has keys where the topic is compacted', () => {
    const builder = new BatchBuilder();
    builder.append(NOW, null, 'x');
    expect(refusal(Buffer.from(builder.finish()), { compact: true })).toBe('INVALID_RECORD');
  });
  it('has timestamps near the present', () => {
    expect(refusal(batch({ values: ['x'], timestamp: NOW + 3_600_001 }))).toBe('INVALID_TIMESTAMP');
  });
  it('has timestamps not too far back', () => {
    const old = batch({ values: ['x'], timestamp: NOW - 1001 });
    expect(refusal(old, { messageTimestampBeforeMaxMs: 1000 })).toBe('INVALID_TIMESTAMP');
  });
  it('is stamped with the time of the append where the topic wants that', () => {
    config = { ...config, messageTimestampType: 'LogAppendTime' };
    const log = openDirectory().createLog('t', 0, { now: NOW });
    expect(append(log, { values: ['x'], timestamp: 5 }).logAppendTimeMs).toBe(NOW);
    expect(log.maxTimestampOffset()).toEqual({ timestamp: NOW, offset: 0, leaderEpoch: 1 });
  });
  it('is compressed anew where the topic has a codec of its own', () => {
    config = { ...config, compressionType: 'gzip' };
    const log = openDirectory().createLog('t', 0, { now: NOW });
    append(log, { values: Array.from({ length: 20 }, () => 'the same again') });
    expect(log.sizeBytes).toBeLessThan(300);
    expect(readAll(log).length).toBe(20);
  });
});
