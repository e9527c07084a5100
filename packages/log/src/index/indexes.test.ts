import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCache } from '../files/file-cache.ts';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

const BASE = 1000;
let path: string;
let files: FileCache;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'tidelog-index-'));
  files = new FileCache(new NodeDisk(), 4);
});
afterEach(() => rmSync(path, { recursive: true }));

/** Ascending numbers, more than fit the memory of an index. */
const ascending = fc
  .array(fc.integer({ min: 1, max: 50 }), { minLength: 0, maxLength: 3000 })
  .map((steps) => {
    let at = 0;
    return steps.map((step) => (at += step));
  });

describe('an offset index', () => {
  it('finds what a search through all entries finds, before and after reopening', () => {
    fc.assert(
      fc.property(
        ascending,
        fc.array(fc.nat(150_000), { minLength: 20 }),
        fc.nat(150_000),
        (offsets, targets, cut) => {
          const handle = files.handle(join(path, 'x.index'));
          handle.get().truncate(0);
          const index = new OffsetIndex(handle, BASE, 0);
          offsets.forEach((offset, i) => index.append(BASE + offset, i * 100));
          const position = (offset: number) =>
            Math.max(
              0,
              offsets.findLastIndex((o) => o <= offset),
            ) * 100;
          const check = (checked: OffsetIndex) => {
            for (const target of targets)
              expect(checked.lookup(BASE + target)).toBe(position(target));
          };
          check(index);
          index.finish();
          expect(handle.get().sizeBytes()).toBe(offsets.length * 8);
          const reopened = new OffsetIndex(handle, BASE, offsets.length * 8);
          check(reopened);
          const behind = offsets.findIndex((_, i) => i * 100 >= cut);
          expect(reopened.offsetFrom(cut)).toBe(behind === -1 ? null : BASE + offsets[behind]!);
          reopened.truncateTo(BASE + cut);
          const kept = offsets.filter((offset) => offset < cut);
          expect(reopened.entries).toBe(kept.length);
          expect(reopened.lastOffset).toBe(BASE + (kept.at(-1) ?? 0));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('an index of more pages than are kept', () => {
  const ENTRIES = 600_000;
  let reads = 0;
  let index: OffsetIndex;

  beforeEach(() => {
    const bytes = Buffer.alloc(ENTRIES * 8);
    for (let i = 0; i < ENTRIES; i++) {
      bytes.writeInt32BE(i * 3, i * 8);
      bytes.writeInt32BE(i * 7, i * 8 + 4);
    }
    const handle = files.handle(join(path, 'long.index'));
    const file = handle.get();
    file.write(bytes, 0);
    const read = file.read.bind(file);
    file.read = (...args) => {
      reads++;
      return read(...args);
    };
    index = new OffsetIndex(handle, BASE, bytes.length);
  });

  it('is searched to the same end, whichever of them are there', () => {
    const offsets = fc.sample(fc.nat(ENTRIES * 3 - 1), { numRuns: 3000, seed: 3 });
    for (const offset of offsets) expect(index.lookup(BASE + offset)).toBe(((offset / 3) | 0) * 7);
  });

  it('is not read for what was searched a moment ago, nor for what lies beside it', () => {
    index.lookup(BASE + 900_000);
    reads = 0;
    expect(index.lookup(BASE + 900_000)).toBe(2_100_000);
    expect(index.lookup(BASE + 900_003)).toBe(2_100_007);
    expect(reads).toBe(0);
    index.truncateTo(BASE + 900_003);
    expect(index.lookup(BASE + 1_000_000)).toBe(2_100_000);
    index.append(BASE + 900_010, 2_100_050);
    index.write();
    expect(index.lookup(BASE + 1_000_000)).toBe(2_100_050);
  });
});

describe('a time index', () => {
  it('keeps only what is newer, and finds the last entry that is as old', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { maxLength: 1500 }),
        fc.nat(10_000),
        (times, target) => {
          const handle = files.handle(join(path, 'x.timeindex'));
          handle.get().truncate(0);
          const index = new TimeIndex(handle, BASE, 0);
          let newest = -1;
          const kept: { timestamp: number; offset: number }[] = [];
          times.forEach((timestamp, i) => {
            index.append(timestamp, BASE + i);
            if (timestamp > newest) kept.push({ timestamp, offset: BASE + i });
            newest = Math.max(newest, timestamp);
          });
          expect(index.entries).toBe(kept.length);
          index.finish();
          const reopened = new TimeIndex(handle, BASE, kept.length * 12);
          expect(reopened.lastEntry).toEqual(kept.at(-1) ?? { timestamp: -1, offset: BASE });
          const found = kept.findLast(({ timestamp }) => timestamp <= target);
          expect(reopened.lookup(target)).toBe(found?.offset ?? BASE);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a transaction index', () => {
  it('forgets entries that a crash has left as zeros', () => {
    const handle = files.handle(join(path, 'x.txnindex'));
    const aborted = { producerId: 1, firstOffset: 9, lastOffset: 12, lastStableOffset: 13 };
    new TransactionIndex(handle, 0).append(aborted);
    handle.write(Buffer.alloc(34), 0);
    const index = new TransactionIndex(handle, 34);
    index.clear();
    index.append(aborted);
    const found: (typeof aborted)[] = [];
    new TransactionIndex(handle, readFileSync(handle.path).length).collect(0, 100, found);
    expect(found).toEqual([aborted]);
  });

  it('has no file before the first entry, and collects those that touch a range', () => {
    const handle = files.handle(join(path, 'x.txnindex'));
    const index = new TransactionIndex(handle, 0);
    expect(index.exists).toBe(false);
    const entry = (firstOffset: number, lastOffset: number, lastStableOffset: number) => ({
      producerId: firstOffset,
      firstOffset,
      lastOffset,
      lastStableOffset,
    });
    const entries = [entry(1, 5, 3), entry(3, 8, 7), entry(7, 20, 21)];
    for (const aborted of entries) index.append(aborted);
    expect(readFileSync(handle.path).length).toBe(3 * 34);
    const collect = (from: number, to: number) => {
      const found: (typeof entries)[number][] = [];
      const complete = new TransactionIndex(handle, 3 * 34).collect(from, to, found);
      return [found.map(({ firstOffset }) => firstOffset), complete];
    };
    expect(collect(0, 2)).toEqual([[1], true]);
    expect(collect(6, 7)).toEqual([[3], true]);
    expect(collect(6, 30)).toEqual([[3, 7], false]);
    index.truncateTo(8);
    expect(readFileSync(handle.path).length).toBe(34);
  });
});
