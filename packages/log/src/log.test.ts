import { BatchBuilder } from '@tidelog/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFailure, type Log, type LogConfig, type LogDirectory } from './index.ts';
import {
  append,
  batch,
  expectAppended,
  kill,
  marker,
  NOW,
  readAll,
  TestDirectory,
} from './log.test-support.ts';

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

describe('a log', () => {
  it('gives offsets, and the same records back after a clean restart', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 100; i++) append(log, { values: [`a${i}`, `b${i}`] });
    const records = readAll(log);
    expect(records.map(([offset]) => offset)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(log.segmentCount).toBeGreaterThan(3);
    await directory.close();
    const again = place.open().log('t', 0)!;
    expect(readAll(again)).toEqual(records);
    expect(again.recoveryPoint).toBe(200);
    expect(again.latestLeaderEpoch).toBe(1);
  });

  it('behaves like a plain list under any mix of operations', async () => {
    const actions = ['append', 'append', 'append', 'truncate', 'deleteRecords', 'roll'] as const;
    const action = fc.constantFrom(...actions, 'reopen' as const, 'kill' as const);
    const step = fc.record({ action, n: fc.nat(120) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model = new LogAndList();
        for (const { action: name, n } of steps) {
          await model[name](n);
          const from = model.start + (n % (model.list.length - model.start + 1));
          expect(model.log.logEndOffset).toBe(model.list.length);
          expect(model.log.logStartOffset).toBe(model.start);
          expect(readAll(model.log, from)).toEqual(model.expected(from));
        }
        await model.end();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

/** A log, and what should be in it. */
class LogAndList {
  /** By offset; `last` where a batch ends. */
  readonly list: { value: string; last: boolean }[] = [];
  start = 0;
  log: Log;
  private readonly home = new TestDirectory();
  private directory: LogDirectory;
  private written = 0;

  constructor() {
    this.directory = this.home.open();
    this.log = this.directory.createLog('t', 0, { now: NOW });
  }

  expected(from: number): [number, string][] {
    return this.list.slice(from).map(({ value }, i) => [from + i, value]);
  }

  append(n: number): void {
    const values = Array.from({ length: 1 + (n % 9) }, () => `value ${this.written++}`);
    append(this.log, { values });
    values.forEach((value, i) => this.list.push({ value, last: i === values.length - 1 }));
  }

  /** Batches are whole: a truncation inside of one takes it all. */
  truncate(n: number): void {
    let offset = Math.max(this.start, n);
    if (offset >= this.list.length) return;
    while (offset > 0 && !this.list[offset - 1]!.last) offset--;
    if (offset < this.start) return;
    this.log.truncateTo(offset, NOW);
    this.list.length = offset;
  }

  deleteRecords(n: number): void {
    this.log.updateHighWatermark(this.log.logEndOffset);
    this.start += n % (this.list.length - this.start + 1);
    this.log.deleteRecords(this.start);
    this.log.applyRetention(NOW);
  }

  roll(): void {
    this.log.roll(NOW);
  }

  async reopen(): Promise<void> {
    await this.directory.close();
    this.openAgain();
  }

  /** The log start offset may fall back: it is checkpointed now and then only. */
  async kill(): Promise<void> {
    await kill(this.directory);
    this.openAgain();
    this.start = Math.min(this.start, this.log.logStartOffset);
  }

  async end(): Promise<void> {
    await this.directory.close();
    await this.home.remove();
  }

  private openAgain(): void {
    this.directory = this.home.open();
    this.log = this.directory.log('t', 0)!;
  }
}

describe('idempotent producers', () => {
  it('finds retries in former segments after a restart, between batches of others', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    const of = (producerId: number, baseSequence: number) => ({
      values: ['x'],
      producerId,
      producerEpoch: 0,
      baseSequence,
    });
    for (let i = 0; i < 5; i++) {
      append(log, of(7, i));
      append(log, of(8, i));
      log.roll(NOW);
    }
    await directory.close();
    const again = place.open(NOW + 1).log('t', 0)!;
    append(again, of(8, 5));
    expect(append(again, of(7, 0))).toMatchObject({ baseOffset: 0, duplicate: true });
    expect(append(again, of(8, 1))).toMatchObject({ baseOffset: 3, duplicate: true });
    const forgotten = again.appendAsLeader(batch(of(8, 0)), { leaderEpoch: 1, now: NOW });
    expect(isFailure(forgotten) && forgotten.error.name).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  it('answers retries of the last five batches with their offsets, across a restart too', async () => {
    const directory = place.open();
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
    const again = place.open(NOW + 1).log('t', 0)!;
    // The snapshot has the newest only: the others are found in the log.
    expect(append(again, shape(2))).toMatchObject({ baseOffset: 2, duplicate: true });
    expect(append(again, shape(10))).toMatchObject({ baseOffset: 10, duplicate: true });
    const before = again.appendAsLeader(batch(shape(0)), { leaderEpoch: 1, now: NOW });
    expect(isFailure(before) && before.error.name).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
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
    const log = place.open().createLog('t', 0, { now: NOW });
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
    const log = place.open().createLog('t', 0, { now: NOW });
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
    const directory = place.open();
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
    await kill(directory);
    const again = place.open().log('t', 0)!;
    again.updateHighWatermark(again.logEndOffset);
    expect(again.lastStableOffset).toBe(5);
    expect(again.abortedTransactions(0, 5)).toEqual([{ producerId: 1, firstOffset: 1 }]);
    expect(again.abortedTransactions(4, 5)).toEqual([]);
  });
});

describe('what clients may append', () => {
  const refusal = (records: Buffer, change: Partial<LogConfig> = {}) => {
    place.config = { ...place.config, ...change };
    const log = place.open().createLog('t', 0, { now: NOW });
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
    place.config = { ...place.config, messageTimestampType: 'LogAppendTime' };
    const log = place.open().createLog('t', 0, { now: NOW });
    expect(append(log, { values: ['x'], timestamp: 5 }).logAppendTimeMs).toBe(NOW);
    expect(log.maxTimestampOffset()).toEqual({ timestamp: NOW, offset: 0, leaderEpoch: 1 });
  });
  it('is compressed anew where the topic has a codec of its own', () => {
    place.config = { ...place.config, compressionType: 'gzip' };
    const log = place.open().createLog('t', 0, { now: NOW });
    append(log, { values: Array.from({ length: 20 }, () => 'the same again') });
    expect(log.sizeBytes).toBeLessThan(300);
    expect(readAll(log).length).toBe(20);
  });
});
