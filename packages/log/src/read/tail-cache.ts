import { batchLastOffset, batchSizeBytes } from '@tidelog/protocol';

interface TailEntry {
  readonly tail: LogTail;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Null once it is dropped: the queue may go on holding the entry. */
  batches: Buffer | null;
}

/** What a log's tail still lists. */
type LiveEntry = TailEntry & { readonly batches: Buffer };

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
    this.usedBytes += entry.batches?.length ?? 0;
    while (this.usedBytes > this.budgetBytes) this.evictOldest();
  }

  dropped(entry: TailEntry): void {
    this.usedBytes -= entry.batches?.length ?? 0;
    entry.batches = null;
  }

  private evictOldest(): void {
    const oldest = this.queue[this.head++]!;
    if (oldest.batches !== null) {
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
    const entry: TailEntry = { tail: this, baseOffset, lastOffset, batches };
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

  /** Forgets the appends that end below `offset`: what is on the disk is not the same any more. */
  dropBelow(offset: number): void {
    while (this.head < this.entries.length && this.entries[this.head]!.lastOffset < offset) {
      this.cache.dropped(this.entries[this.head]!);
      this.shift();
    }
  }

  /** Batches from the one that holds `startOffset` on; null when that one is not here any more. */
  read(startOffset: number, limits: TailReadLimits): Buffer[] | null {
    if (this.head === this.entries.length) return null;
    if (this.entries[this.head]!.baseOffset > startOffset) return null;
    const found: Buffer[] = [];
    let room = limits.maxBytes;
    for (let i = this.indexOf(startOffset); i < this.entries.length; i++) {
      if (room <= 0 && found.length > 0) break;
      const { batches, lastOffset } = this.entries[i] as LiveEntry;
      const from = found.length === 0 ? startOf(batches, startOffset) : 0;
      const to = lastOffset < limits.maxOffset ? batches.length : endOf(batches, limits.maxOffset);
      if (to <= from) break;
      const first = found.length === 0 ? batchSizeBytes(batches, from) : 0;
      if (first > room && !limits.minOneMessage) break;
      const size = Math.min(to - from, Math.max(room, first));
      found.push(batches.subarray(from, from + size));
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

function startOf(batches: Buffer, offset: number): number {
  let at = 0;
  while (batchLastOffset(batches, at) < offset) at += batchSizeBytes(batches, at);
  return at;
}

function endOf(batches: Buffer, maxOffset: number): number {
  let at = 0;
  while (at < batches.length && batchLastOffset(batches, at) < maxOffset) {
    at += batchSizeBytes(batches, at);
  }
  return at;
}
