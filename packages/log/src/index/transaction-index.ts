import { readInt64, writeInt64 } from '@tidelog/protocol';
import { isDiskFull } from '../health.ts';
import type { FileHandle } from '../files/file-cache.ts';

export const TRANSACTION_ENTRY_BYTES = 34;
const CURRENT_VERSION = 0;

export interface AbortedTransactionEntry {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly lastOffset: number;
  /** The last stable offset once this transaction was done. */
  readonly lastStableOffset: number;
}

/** `.txnindex`: the aborted transactions whose marker is in the segment; no file without any. */
export class TransactionIndex {
  readonly file: FileHandle;
  sizeBytes: number;
  private loaded: AbortedTransactionEntry[] | null = null;
  private readonly waiting: Buffer[] = [];

  constructor(file: FileHandle, fileSizeBytes: number) {
    this.file = file;
    this.sizeBytes = fileSizeBytes;
  }

  get exists(): boolean {
    return this.sizeBytes > 0;
  }

  append(aborted: AbortedTransactionEntry): void {
    this.entries().push(aborted);
    const entry = Buffer.alloc(TRANSACTION_ENTRY_BYTES);
    entry.writeInt16BE(CURRENT_VERSION, 0);
    writeInt64(entry, 2, aborted.producerId);
    writeInt64(entry, 10, aborted.firstOffset);
    writeInt64(entry, 18, aborted.lastOffset);
    writeInt64(entry, 26, aborted.lastStableOffset);
    this.waiting.push(entry);
    try {
      this.write();
    } catch (error) {
      // The marker is in the log by now; the entry follows with the next one, or with the segment's end.
      if (!isDiskFull(error)) throw error;
    }
  }

  /** Writes what found no space before. */
  write(): void {
    for (let entry = this.waiting[0]; entry !== undefined; entry = this.waiting[0]) {
      this.file.write(entry, this.sizeBytes);
      this.sizeBytes += entry.length;
      this.waiting.shift();
    }
  }

  /**
   * Adds to `found` the transactions that touch [fetchOffset, upperBoundOffset). True when no later
   * segment can have more of them.
   */
  collect(
    fetchOffset: number,
    upperBoundOffset: number,
    found: AbortedTransactionEntry[],
  ): boolean {
    const entries = this.entries();
    for (let i = firstEndingFrom(entries, fetchOffset); i < entries.length; i++) {
      const aborted = entries[i]!;
      if (aborted.firstOffset < upperBoundOffset) found.push(aborted);
      if (aborted.lastStableOffset >= upperBoundOffset) return true;
    }
    return false;
  }

  truncateTo(offset: number): void {
    const entries = this.entries();
    const kept = entries.filter((aborted) => aborted.lastOffset < offset);
    if (kept.length < entries.length) this.keep(kept);
  }

  /** Forgets all entries, whatever they may be. */
  clear(): void {
    if (this.exists) this.keep([]);
    this.loaded = [];
    this.waiting.length = 0;
  }

  plausible(baseOffset: number): boolean {
    if (this.sizeBytes % TRANSACTION_ENTRY_BYTES !== 0) return false;
    return this.entries().every((aborted) => aborted.lastOffset >= baseOffset);
  }

  private keep(entries: AbortedTransactionEntry[]): void {
    this.loaded = entries;
    this.waiting.length = 0;
    this.sizeBytes = entries.length * TRANSACTION_ENTRY_BYTES;
    this.file.get().truncate(this.sizeBytes);
  }

  private entries(): AbortedTransactionEntry[] {
    this.loaded ??= this.load();
    return this.loaded;
  }

  private load(): AbortedTransactionEntry[] {
    if (this.sizeBytes === 0) return [];
    const bytes = Buffer.alloc(this.sizeBytes);
    this.file.get().read(bytes, 0, bytes.length, 0);
    const entries: AbortedTransactionEntry[] = [];
    for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
      entries.push({
        producerId: readInt64(bytes, at + 2),
        firstOffset: readInt64(bytes, at + 10),
        lastOffset: readInt64(bytes, at + 18),
        lastStableOffset: readInt64(bytes, at + 26),
      });
    }
    return entries;
  }
}

/** Index of the first transaction that ended at `offset` or behind it: they stand in that order. */
function firstEndingFrom(entries: readonly AbortedTransactionEntry[], offset: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.lastOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
