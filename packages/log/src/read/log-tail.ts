import { batchLastOffset, batchSizeBytes } from '@tidelog/protocol';
import type { TailCache } from './tail-cache.ts';
import type { TailRun, TailSlab } from './tail-slab.ts';

/** A run is walked from its start to find an offset. */
const MAX_RUN_BYTES = 1 << 16;
/** Smaller reads are copied: a slab is much to hold on to for them. */
const LEAST_LENT_BYTES = 1 << 14;
/** Of a read that takes several slices, one for each batch where many logs are written at the same time. */
const LEAST_LENT_PART_BYTES = 1 << 12;

export interface TailReadLimits {
  readonly maxBytes: number;
  /** Batches that end at this offset or behind it stay unread. */
  readonly maxOffset: number;
  /** The first batch comes whole even when it is larger than `maxBytes`. */
  readonly minOneMessage: boolean;
  /** The reader gives the buffers back (`giveBack`), and does not look at them after that. */
  readonly lends?: boolean;
}

/** So many slabs of what nobody reads are kept of one log. */
const UNREAD_SLABS = 2;

/**
 * One log's part of the cache: consecutive appends up to the log's end, as long as somebody reads there.
 * Of a log that is only written, nothing is kept: the copy would be for nobody.
 */
export class LogTail {
  private readonly cache: TailCache;
  /** Appended since somebody last read here. */
  private unreadBytes = Number.POSITIVE_INFINITY;
  private runs: TailRun[] = [];
  private head = 0;

  constructor(cache: TailCache) {
    this.cache = cache;
  }

  /** Somebody has read up to the log's end, and will want what is appended next. */
  follow(): void {
    this.unreadBytes = 0;
  }

  /** Keeps a copy of `batches`, if that is for somebody. */
  append(baseOffset: number, lastOffset: number, batches: Buffer): void {
    const { slabBytes } = this.cache;
    this.unreadBytes += batches.length;
    // Without these the tail would not reach the log's end.
    if (batches.length > slabBytes || this.unreadBytes > UNREAD_SLABS * slabBytes) {
      return this.clear();
    }
    const slab = this.cache.slabFor(batches.length);
    const start = slab.add(batches);
    const end = slab.used;
    const last = this.runs.at(-1);
    if (last?.slab === slab && last.end === start && end - last.start <= MAX_RUN_BYTES) {
      last.end = end;
      last.lastOffset = lastOffset;
      return;
    }
    const run = { tail: this, slab, start, end, baseOffset, lastOffset, isDropped: false };
    slab.runs.push(run);
    this.runs.push(run);
  }

  /** Forgets the oldest run. */
  shift(): void {
    this.runs[this.head]!.isDropped = true;
    this.runs[this.head++] = undefined as never;
    if (this.head < this.runs.length && (this.head < 64 || this.head * 2 < this.runs.length))
      return;
    this.runs = this.runs.slice(this.head);
    this.head = 0;
  }

  clear(): void {
    while (this.head < this.runs.length) this.shift();
  }

  /** Forgets the runs that reach below `offset`: what is on the disk is not the same any more. */
  dropBelow(offset: number): void {
    while (this.head < this.runs.length && this.runs[this.head]!.baseOffset < offset) this.shift();
  }

  /** Batches from the one that holds `startOffset` on; null when that one is not here any more. */
  read(startOffset: number, limits: TailReadLimits): Buffer[] | null {
    if (this.head === this.runs.length) return null;
    if (this.runs[this.head]!.baseOffset > startOffset) return null;
    this.unreadBytes = 0;
    const first = this.indexOf(startOffset);
    if (first === this.runs.length) return [];
    const from = startOf(this.runs[first]!, startOffset);
    const least = batchSizeBytes(this.runs[first]!.slab.bytes, from);
    if (least > limits.maxBytes && !limits.minOneMessage) return [];
    return this.slices(first, from, Math.max(limits.maxBytes, least), limits);
  }

  /** Up to `bytes`; what lies one behind the other comes as one buffer. */
  private slices(first: number, from: number, bytes: number, limits: TailReadLimits): Buffer[] {
    const found: Buffer[] = [];
    const lends = limits.lends === true;
    let room = bytes;
    let start = from;
    let end = from;
    let { slab } = this.runs[first]!;
    for (let i = first; i < this.runs.length && room > 0; i++) {
      const run = this.runs[i]!;
      if (run.slab !== slab || (i > first && run.start !== end)) {
        found.push(slice(slab, start, end, lends && end - start >= LEAST_LENT_PART_BYTES));
        slab = run.slab;
        start = end = run.start;
      }
      const size = Math.min(endOf(run, limits.maxOffset) - end, room);
      if (size <= 0) break;
      end += size;
      room -= size;
    }
    const least = found.length === 0 ? LEAST_LENT_BYTES : LEAST_LENT_PART_BYTES;
    if (end > start) found.push(slice(slab, start, end, lends && end - start >= least));
    return found;
  }

  /** Index of the first run that ends at `offset` or behind it. */
  private indexOf(offset: number): number {
    let low = this.head;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.runs[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function slice(slab: TailSlab, start: number, end: number, lends: boolean): Buffer {
  return lends && slab.mayLend
    ? slab.lend(start, end)
    : Buffer.from(slab.bytes.subarray(start, end));
}

function startOf({ slab: { bytes }, start }: TailRun, offset: number): number {
  let at = start;
  while (batchLastOffset(bytes, at) < offset) at += batchSizeBytes(bytes, at);
  return at;
}

function endOf({ slab: { bytes }, start, end, lastOffset }: TailRun, maxOffset: number): number {
  if (lastOffset < maxOffset) return end;
  let at = start;
  while (at < end && batchLastOffset(bytes, at) < maxOffset) at += batchSizeBytes(bytes, at);
  return at;
}
