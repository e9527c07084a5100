import { describeNative, type FileRange, type Piece } from '@tidelog/platform';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { giveBack, isFailure, type Log, type ReadLimits } from './index.ts';
import {
  append,
  batch,
  expectAppended,
  kill,
  NOW,
  TestDirectory,
  UnsyncedDisk,
} from './log.test-support.ts';

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

function read(log: Log, offset: number, limits: ReadLimits): Buffer {
  const result = log.read(offset, limits);
  if (isFailure(result)) throw new Error(result.error.name);
  return Buffer.concat(result.records);
}

/** As a consumer reads: up to the log's end. */
function lentFrom(log: Log, offset: number, maxBytes = 1e6): Buffer {
  const maxOffset = log.logEndOffset;
  return read(log, offset, { maxBytes, maxOffset, minOneMessage: true, lends: true });
}

const native = describeNative().includes('with the');

function bytesOf(piece: Piece): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  const bytes = Buffer.alloc(piece.length);
  expect(piece.read(bytes, 0)).toBe(piece.length);
  return bytes;
}

describe('reading', () => {
  it('gives the same from memory and from disk, within its limits', async () => {
    let directory = place.open();
    const inMemory = directory.createLog('t', 0, { now: NOW });
    lentFrom(inMemory, 0); // somebody waits at the end
    for (let i = 0; i < 40; i++) append(inMemory, { values: ['x', 'yy', 'zzz'].slice(i % 3) });
    const end = inMemory.logEndOffset;
    const queries = fc.sample(
      fc.record({
        offset: fc.nat(end),
        maxBytes: fc.nat(500),
        maxOffset: fc.nat(end),
        minOneMessage: fc.boolean(),
      }),
      { numRuns: 300, seed: 1 },
    );
    const answers = (log: Log) => queries.map(({ offset, ...limits }) => read(log, offset, limits));
    const fromMemory = answers(inMemory);
    await directory.close();
    directory = place.open();
    const fromDisk = answers(directory.log('t', 0)!);
    fromDisk.forEach((bytes, i) => {
      // A read from disk ends with its segment; one from memory may go on.
      expect(fromMemory[i]!.subarray(0, bytes.length)).toEqual(bytes);
      expect(bytes.length > 0).toBe(fromMemory[i]!.length > 0);
    });
    const goesOn = (i: number) => fromMemory[i]!.length > fromDisk[i]!.length;
    expect(queries.some((_, i) => goesOn(i))).toBe(true);
    const whole = { maxBytes: 1e6, maxOffset: end, minOneMessage: false };
    expect(() => read(inMemory, end + 1, whole)).toThrow('OFFSET_OUT_OF_RANGE');
  });

  it('keeps in memory what follows a reader that has come to the end', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    const appendSome = () => {
      for (let i = 0; i < 30; i++) append(log, { values: ['some value'] });
    };
    appendSome();
    const active = place.segments().at(-1)!;
    expect(active).toBeGreaterThan(0);
    const end = log.logEndOffset;
    const limits = { maxBytes: 1e6, maxOffset: end, minOneMessage: true };
    const unread = read(log, active + 1, limits);
    // Less than all of it, then exactly that, from a batch that the index does not name.
    expect(lentFrom(log, active + 1, unread.length - 1).length).toBe(unread.length - 1);
    expect(lentFrom(log, active + 1, unread.length)).toEqual(unread);
    appendSome();
    expect(place.segments().at(-1)).toBeGreaterThan(end);
    // What is read from files ends with its segment.
    const both = lentFrom(log, active + 1);
    expect(both.length).toBeGreaterThan(2 * unread.length);
    expect(both.subarray(0, unread.length)).toEqual(unread);
    expect(lentFrom(log, active).length).toBeLessThan(both.length);
  });

  it('stops before the first batch that reaches the given offset', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    const first = append(log, { values: ['a', 'b'] });
    const size = log.sizeBytes;
    append(log, { values: ['c', 'd'] });
    const limits = { maxBytes: 1e6, minOneMessage: true };
    expect(read(log, 0, { ...limits, maxOffset: 3 })).toHaveLength(size);
    expect(read(log, 0, { ...limits, maxOffset: 4 })).toHaveLength(log.sizeBytes);
    expect(read(log, first.lastOffset + 1, { ...limits, maxOffset: 2 })).toHaveLength(0);
  });
});

describe('reading to send', () => {
  it('gives the same bytes, read or left in a file that may go meanwhile', async () => {
    place.config = { ...place.config, segmentBytes: 1e8 };
    let directory = place.open();
    const written = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 30; i++) append(written, { values: ['x'.repeat(100_000 * (i % 3))] });
    const end = written.logEndOffset;
    await directory.close();
    directory = place.open();
    const log = directory.log('t', 0)!;
    const answers = [1, 70_000, 1e6, 2.5e6, 1e8].map((maxBytes) => {
      const limits = { maxBytes, maxOffset: end, minOneMessage: true };
      const toSend = log.readToSend(3, limits);
      if (isFailure(toSend)) throw new Error(toSend.error.name);
      return { maxBytes, expected: read(log, 3, limits), records: toSend.records };
    });
    log.truncateFullyAndStartAt(0, NOW);
    for (const { maxBytes, expected, records } of answers) {
      const isLeft = native && maxBytes >= 1 << 16;
      expect(records.some((piece) => !(piece instanceof Uint8Array))).toBe(isLeft);
      expect(Buffer.concat(records.map(bytesOf)).equals(expected)).toBe(true);
      giveBack(records);
    }
  });
});

describe('a disk that fails after a read to send', () => {
  /** Its ranges are as lent; then the disk fails. */
  class FailingDisk extends UnsyncedDisk {
    override open(...args: Parameters<UnsyncedDisk['open']>) {
      const file = super.open(...args);
      file.range = (_position, length, onFailure) => {
        const read = () => {
          const error = Object.assign(new Error('EIO: broken'), { code: 'EIO' });
          onFailure?.(error);
          throw error;
        };
        return { length, read, release() {} };
      };
      return file;
    }
  }

  it('takes the directory offline', async () => {
    place.config = { ...place.config, segmentBytes: 1e8 };
    const before = place.open();
    const written = before.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 20; i++) append(written, { values: ['x'.repeat(100_000)] });
    await before.close();
    const directory = place.open(NOW, new FailingDisk());
    const log = directory.log('t', 0)!;
    const limits = { maxBytes: 1e6, maxOffset: 20, minOneMessage: true };
    const toSend = log.readToSend(0, limits);
    if (isFailure(toSend)) throw new Error(toSend.error.name);
    const [range] = toSend.records as FileRange[];
    expect(() => range!.read(Buffer.alloc(10), 0)).toThrow('EIO');
    expect(directory.context.health.failure).toMatch(/sending from .*t-0: EIO: broken/);
    const next = log.readToSend(0, limits);
    expect(isFailure(next) && next.error.name).toBe('KAFKA_STORAGE_ERROR');
  });
});

describe('looking up by time', () => {
  it('finds the first record that is as new, and the newest of all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(500), { minLength: 1, maxLength: 60 }),
        fc.nat(520),
        fc.boolean(),
        async (times, target, reopen) => {
          const home = new TestDirectory();
          const directory = home.open();
          let log = directory.createLog('t', 0, { now: NOW });
          for (const time of times) append(log, { values: ['x'], timestamp: NOW + time });
          if (reopen) {
            await kill(directory);
            log = home.open().log('t', 0)!;
          }
          const expected = times.findIndex((time) => time >= target);
          expect(log.offsetByTimestamp(NOW + target)?.offset ?? -1).toBe(expected);
          const newest = Math.max(...times);
          expect(log.maxTimestampOffset()).toEqual({
            timestamp: NOW + newest,
            offset: times.indexOf(newest),
            leaderEpoch: 1,
          });
          await home.remove();
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);

  it('knows no newest record of an empty log', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    expect(log.maxTimestampOffset()).toBeNull();
    expect(log.offsetByTimestamp(0)).toBeNull();
    expect(log.earliestOffset()).toEqual({ timestamp: -1, offset: 0, leaderEpoch: -1 });
  });
});

describe('leader epochs', () => {
  it('tell where each ends, also after truncation and deletion', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    const lead = (leaderEpoch: number, count: number) => {
      for (let i = 0; i < count; i++) {
        const records = batch({ values: ['x'] });
        expectAppended(log.appendAsLeader(records, { leaderEpoch, now: NOW }));
      }
    };
    lead(2, 5);
    lead(4, 5);
    lead(7, 5);
    expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 0 });
    expect(log.endOffsetForEpoch(2)).toEqual({ leaderEpoch: 2, endOffset: 5 });
    expect(log.endOffsetForEpoch(5)).toEqual({ leaderEpoch: 4, endOffset: 10 });
    expect(log.endOffsetForEpoch(7)).toEqual({ leaderEpoch: 7, endOffset: 15 });
    expect(log.endOffsetForEpoch(8)).toBeNull();
    expect(log.leaderEpochAt(9)).toBe(4);
    log.truncateTo(10, NOW);
    expect(log.latestLeaderEpoch).toBe(4);
    log.updateHighWatermark(10);
    log.deleteRecords(7);
    expect(log.earliestOffset()).toEqual({ timestamp: -1, offset: 7, leaderEpoch: 4 });
    expect(log.leaderEpochAt(6)).toBe(-1);
  });
});

describe('a follower', () => {
  it('takes what its leader has, and nothing out of order or of a later epoch', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    const fetched = (baseOffset: number, leaderEpoch: number) =>
      batch({ values: ['x', 'y'], baseOffset, leaderEpoch });
    const follow = (...batches: Buffer[]) =>
      log.appendAsFollower(Buffer.concat(batches), { maxLeaderEpoch: 3, now: NOW });
    expect(follow(fetched(0, 1), fetched(2, 3), fetched(4, 4))).toMatchObject({ lastOffset: 3 });
    expect(follow(fetched(4, 3), fetched(6, 3).subarray(0, 40))).toMatchObject({ lastOffset: 5 });
    expect(follow(fetched(5, 3))).toMatchObject({ error: { name: 'UNKNOWN_SERVER_ERROR' } });
    const damaged = fetched(6, 3);
    damaged[65]! ^= 1;
    expect(follow(damaged)).toMatchObject({ error: { name: 'CORRUPT_MESSAGE' } });
    expect(log.logEndOffset).toBe(6);
    expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 2 });
  });

  it('starts anew where its leader has nothing left of what it had', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    append(log, { values: ['x', 'y'] });
    log.truncateFullyAndStartAt(100, NOW);
    expect(log).toMatchObject({ logStartOffset: 100, logEndOffset: 100, highWatermark: 100 });
    expect(append(log, { values: ['z'] }).baseOffset).toBe(100);
  });
});
