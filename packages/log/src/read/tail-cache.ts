import { batchLastOffset, batchSizeBytes } from '@tidelog/protocol';

interface TailEntry {
  readonly tail: LogTail;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly batches: Buffer;
  live: boolean;
}

/**
 * The newest appended bytes of all logs, in memory, so that consumers at the end of a log are served
 * without touching the disk. One budget for all; the oldest append goes first, whoever made it.
 */
export class TailCache {
  private readonly budgetBytes: number;
  private usedBytes = 0;
  private queue: TailEntry[] = [];
  private head = 0;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  push(entry: TailEntry): void {
    this.queue.push(entry);
    this.usedBytes += entry.batches.length;
    while (this.usedBytes > this.budgetBytes) this.evictOldest();
  }

  dropped(entry: TailEntry): void {
    entry.live = false;
    this.usedBytes -= entry.batches.length;
  }

  private evictOldest(): void {
    const oldest = this.queue[this.head++]!;
    if (oldest.live) {
      oldest.tail.shift();
      this.dropped(oldest);
    }
    if (this.head < 1024 || this.head * 2 < this.queue.length) return;
    this.queue = this.queue.slice(this.head);
    this.head = 0;
  }
}

export interface TailReadLimits {
  readonly maxBytes: number;
  /** Batches that end at this offset or behind it stay unread. */
  readonly maxOffset: number;
  /** The first batch comes whole even when it is larger than `maxBytes`. */
  readonly minOneMessage: boolean;
}

/** One log's part of the cache: consecutive appends up to the log's end. */
export class LogTail {
  private readonly cache: TailCache;
  private entries: TailEntry[] = [];
  private head = 0;

  constructor(cache: TailCache) {
    this.cache = cache;
  }

  /** Keeps `batches`, which must never change again. */
  append(baseOffset: number, lastOffset: number, batches: Buffer): void {
    const entry: TailEntry = { tail: this, baseOffset, lastOffset, batches, live: true };
    this.entries.push(entry);
    this.cache.push(entry);
  }

  shift(): void {
    this.entries[this.head++] = undefined as never;
    if (this.head < 64 || this.head * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.head);
    this.head = 0;
  }

  clear(): void {
    for (let i = this.head; i < this.entries.length; i++) this.cache.dropped(this.entries[i]!);
    this.entries = [];
    this.head = 0;
  }

  /** Batches from the one that holds `startOffset` on; null when that one is not here any more. */
  read(startOffset: number, limits: TailReadLimits): Buffer[] | null {
    if (this.head === this.entries.length) return null;
    if (this.entries[this.head]!.baseOffset > startOffset) return null;
    const found: Buffer[] = [];
    let room = limits.maxBytes;
    for (let i = this.indexOf(startOffset); i < this.entries.length; i++) {
      if (room <= 0 && found.length > 0) break;
      const entry = this.entries[i]!;
      const from = found.length === 0 ? startOf(entry, startOffset) : 0;
      const to =
        entry.lastOffset < limits.maxOffset ? entry.batches.length : endOf(entry, limits.maxOffset);
      if (to <= from) break;
      const first = found.length === 0 ? batchSizeBytes(entry.batches, from) : 0;
      if (first > room && !limits.minOneMessage) break;
      const size = Math.min(to - from, Math.max(room, first));
      found.push(entry.batches.subarray(from, from + size));
      room -= size;
    }
    return found;
  }

  /** Index of the first entry that ends at `offset` or behind it. */
  private indexOf(offset: number): number {
    let low = this.head;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function startOf(entry: TailEntry, offset: number): number {
  let at = 0;
  while (batchLastOffset(entry.batches, at) < offset) at += batchSizeBytes(entry.batches, at);
  return at;
}

function endOf(entry: TailEntry, maxOffset: number): number {
  let at = 0;
  while (at < entry.batches.length && batchLastOffset(entry.batches, at) < maxOffset) {
    at += batchSizeBytes(entry.batches, at);
  }
  return at;
}
