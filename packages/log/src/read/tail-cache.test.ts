import { BatchBuilder, setBatchBaseOffset } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveBack } from './lent-memory.ts';
import { LogTail, type TailReadLimits } from './log-tail.ts';
import { TailCache } from './tail-cache.ts';

/** `count` batches of one record each from `baseOffset` on. */
function batchesAt(baseOffset: number, count: number, valueBytes: number): Buffer {
  const batches = Array.from({ length: count }, (_, i) => {
    const builder = new BatchBuilder(valueBytes + 100);
    builder.append(baseOffset + i, null, Buffer.alloc(valueBytes, baseOffset + i));
    const batch = Buffer.from(builder.finish());
    setBatchBaseOffset(batch, 0, baseOffset + i);
    return batch;
  });
  return Buffer.concat(batches);
}

const all: Omit<TailReadLimits, 'lends'> = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxOffset: Number.MAX_SAFE_INTEGER,
  minOneMessage: true,
};

/** A log as it should be: all that was appended, batch by batch. */
class Model {
  readonly batches: Buffer[] = [];
  readonly tail: LogTail;

  constructor(cache: TailCache) {
    this.tail = new LogTail(cache);
  }

  append(count: number, valueBytes: number, { isFollowed = true } = {}): void {
    if (isFollowed) this.tail.follow();
    const base = this.batches.length;
    const bytes = batchesAt(base, count, valueBytes);
    for (let i = 0; i < count; i++) this.batches.push(batchesAt(base + i, 1, valueBytes));
    this.tail.append(base, base + count - 1, bytes);
    bytes.fill(0xee); // the caller's again
  }

  expected(from: number, { maxBytes, maxOffset, minOneMessage }: TailReadLimits): Buffer {
    const bytes = Buffer.concat(this.batches.slice(from, Math.max(from, maxOffset)));
    const least = this.batches[from]?.length ?? 0;
    if (least > maxBytes && !minOneMessage) return Buffer.alloc(0);
    return bytes.subarray(0, Math.max(maxBytes, least));
  }
}

/** The memory of those that were lent, not copied. */
function slabsOf({ slabBytes }: TailCache, buffers: readonly Buffer[]): ArrayBufferLike[] {
  return buffers.map(({ buffer }) => buffer).filter(({ byteLength }) => byteLength === slabBytes);
}

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      log: fc.nat(2),
      count: fc.integer({ min: 1, max: 4 }),
      valueBytes: fc.integer({ min: 1, max: 9000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      log: fc.nat(2),
      back: fc.nat(20),
      maxBytes: fc.nat(200_000),
      below: fc.nat(6),
      minOneMessage: fc.boolean(),
      lends: fc.nat(4).map((one) => one > 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('giveBack' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), log: fc.nat(2) }) },
);

describe('the tail in memory', () => {
  it('gives what was appended, and never touches what it has lent', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 50, maxLength: 200 }), (actions) => {
        const cache = new TailCache(8 * 30_000);
        const logs = [0, 1, 2].map(() => new Model(cache));
        const held: { buffers: Buffer[]; wanted: Buffer }[] = [];
        const intact = ({ buffers, wanted }: (typeof held)[number]) =>
          expect(Buffer.concat(buffers).equals(wanted)).toBe(true);
        for (const step of actions) {
          if (step.kind === 'append') logs[step.log]!.append(step.count, step.valueBytes);
          if (step.kind === 'clear') logs[step.log]!.tail.clear();
          if (step.kind === 'giveBack' && held.length > 0) {
            const [done] = held.splice(step.which % held.length, 1);
            intact(done!);
            giveBack(done!.buffers);
            giveBack(done!.buffers);
          }
          if (step.kind === 'read') {
            const { batches, tail } = logs[step.log]!;
            const from = Math.max(0, batches.length - step.back);
            const limits = { ...step, maxOffset: Math.max(from, batches.length - step.below) };
            const buffers = tail.read(from, limits);
            if (buffers === null) continue;
            const wanted = logs[step.log]!.expected(from, limits);
            held.push({ buffers, wanted });
            intact(held.at(-1)!);
          }
          const lent = held.flatMap(({ buffers }) => slabsOf(cache, buffers));
          expect(new Set(lent).size).toBeLessThanOrEqual(8);
        }
        for (const one of held) intact(one);
      }),
      { numRuns: 30 },
    );
  });

  it('fills the same memory again as long as nobody holds on to it', () => {
    const cache = new TailCache(8 * 50_000);
    const log = new Model(cache);
    const memories = new Set<ArrayBufferLike>();
    for (let i = 0; i < 100; i++) {
      log.append(1, 20_000);
      const read = log.tail.read(log.batches.length - 1, { ...all, lends: true })!;
      memories.add(read[0]!.buffer);
      giveBack(read);
    }
    expect(memories.size).toBe(8);
  });

  it('copies while too much is lent, and lends again when that is back', () => {
    const cache = new TailCache(8 * 50_000);
    const log = new Model(cache);
    const held: Buffer[] = [];
    for (let i = 0; i < 100; i++) {
      log.append(1, 20_000);
      held.push(...log.tail.read(log.batches.length - 1, { ...all, lends: true })!);
    }
    expect(new Set(slabsOf(cache, held)).size).toBe(8);
    for (const [i, one] of held.entries()) expect(one.equals(log.batches[i]!)).toBe(true);
    giveBack(held);
    const next = log.tail.read(log.batches.length - 1, { ...all, lends: true })!;
    expect(slabsOf(cache, next)).toHaveLength(1);
  });

  it('joins what lies one behind the other, and keeps little for each small batch', () => {
    const cache = new TailCache(8 * 300_000);
    const log = new Model(cache);
    for (let i = 0; i < 2000; i++) log.append(1, 20);
    const [whole, ...more] = log.tail.read(0, all)!;
    expect(more).toEqual([]);
    expect(whole!.equals(Buffer.concat(log.batches))).toBe(true);
    for (const offset of [0, 1, 999, 1999]) {
      const [found] = log.tail.read(offset, { ...all, maxBytes: 0 })!;
      expect(found!.equals(log.batches[offset]!)).toBe(true);
    }
  });

  it('forgets everything below an offset, with what lies behind it in the same run', () => {
    const log = new Model(new TailCache(8 * 300_000));
    for (let i = 0; i < 4; i++) log.append(1, 20);
    log.tail.dropBelow(3);
    for (const offset of [0, 2, 3]) expect(log.tail.read(offset, all)).toBeNull();
    log.append(1, 20);
    log.tail.dropBelow(4);
    expect(Buffer.concat(log.tail.read(4, all)!).equals(log.batches[4]!)).toBe(true);
  });

  it('holds nothing of a log whose batch does not fit, until the next that does', () => {
    const cache = new TailCache(8 * 50_000);
    const log = new Model(cache);
    log.append(1, 100);
    log.append(1, 60_000);
    expect(log.tail.read(0, all)).toBeNull();
    log.append(1, 100);
    expect(log.tail.read(1, all)).toBeNull();
    expect(Buffer.concat(log.tail.read(2, all)!).equals(log.batches[2]!)).toBe(true);
  });

  it('keeps nothing for nobody: not before somebody comes to the end, nor long after', () => {
    const cache = new TailCache(8 * 50_000);
    const log = new Model(cache);
    const unread = { isFollowed: false };
    const isKept = (offset: number) => log.tail.read(offset, all) !== null;
    log.append(1, 20_000, unread);
    expect(isKept(0)).toBe(false);
    log.tail.follow();
    for (let i = 0; i < 4; i++) log.append(1, 20_000, unread);
    expect(isKept(1)).toBe(true); // a read, from which it counts anew
    for (let i = 0; i < 4; i++) log.append(1, 20_000, unread);
    expect(isKept(8)).toBe(true);
    for (let i = 0; i < 5; i++) log.append(1, 20_000, unread);
    expect(isKept(13)).toBe(false);
  });
});
