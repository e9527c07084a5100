import { isDiskFull } from '../health.ts';
import type { FileHandle } from '../files/file-cache.ts';

/** Entries that wait in memory before they are written together; more only while the disk is full. */
const PENDING_ENTRIES = 512;
/** Room for the first of them: most of many logs have few. */
const FIRST_ENTRIES = 8;
/** Fewer entries than this are searched in one read. */
const CHUNK_ENTRIES = 512;

type Key = (buffer: Buffer, at: number) => number;

/**
 * Entries of one size, appended in the order of their keys. The file has its exact size; the newest
 * entries wait in memory, because an index of the segment being written is rebuilt after a crash
 * anyway, and a write for each entry would cost more than the entry is worth.
 */
export class IndexFile {
  readonly file: FileHandle;
  private readonly entrySizeBytes: number;
  /** Entries in the file. */
  private stored: number;
  private pending: Buffer | null = null;
  private pendingCount = 0;

  constructor(file: FileHandle, entrySizeBytes: number, fileSizeBytes: number) {
    this.file = file;
    this.entrySizeBytes = entrySizeBytes;
    this.stored = Math.floor(fileSizeBytes / entrySizeBytes);
  }

  get entries(): number {
    return this.stored + this.pendingCount;
  }

  get sizeBytes(): number {
    return this.entries * this.entrySizeBytes;
  }

  /** Room for one more entry, which the caller fills in `buffer` at `at`. */
  protected next(): Buffer {
    this.pending ??= Buffer.allocUnsafe(FIRST_ENTRIES * this.entrySizeBytes);
    if (this.pendingCount * this.entrySizeBytes === this.pending.length) this.makeRoom();
    const at = this.pendingCount * this.entrySizeBytes;
    this.pendingCount++;
    return this.pending.subarray(at, at + this.entrySizeBytes);
  }

  /** The batch is in the log by now, so its entry must be taken in. */
  private makeRoom(): void {
    try {
      if (this.pendingCount >= PENDING_ENTRIES) return this.write();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
    this.pending = Buffer.concat([this.pending!], 2 * this.pending!.length);
  }

  protected entry(index: number): Buffer {
    return this.chunk(index, index + 1);
  }

  /** The index of the last entry whose key is at most `target`, or -1. */
  protected floor(target: number, key: Key): number {
    const pending = this.pending;
    if (this.pendingCount > 0 && pending !== null && key(pending, 0) <= target) {
      return this.stored + this.countAtMost(pending, this.pendingCount, target, key) - 1;
    }
    let low = 0;
    let high = this.stored;
    while (high - low > CHUNK_ENTRIES) {
      const middle = (low + high) >>> 1;
      if (key(this.entry(middle), 0) <= target) low = middle + 1;
      else high = middle;
    }
    if (low === high) return low - 1;
    return low + this.countAtMost(this.chunk(low, high), high - low, target, key) - 1;
  }

  /** Writes what waits in memory. */
  write(): void {
    if (this.pendingCount === 0 || this.pending === null) return;
    const bytes = this.pending.subarray(0, this.pendingCount * this.entrySizeBytes);
    this.file.write(bytes, this.stored * this.entrySizeBytes);
    this.stored += this.pendingCount;
    this.pendingCount = 0;
  }

  /** No entry will follow: writes all, cuts what a damaged file has too much, and frees the memory. */
  finish(): void {
    this.write();
    this.pending = null;
    const file = this.file.get();
    const sizeBytes = this.stored * this.entrySizeBytes;
    if (file.sizeBytes() !== sizeBytes) file.truncate(sizeBytes);
  }

  /** Keeps the first `entries`. */
  protected cut(entries: number): void {
    if (entries >= this.stored) {
      this.pendingCount = entries - this.stored;
      return;
    }
    this.pendingCount = 0;
    this.stored = entries;
    this.file.get().truncate(entries * this.entrySizeBytes);
  }

  private chunk(from: number, to: number): Buffer {
    const size = this.entrySizeBytes;
    if (from >= this.stored && this.pending !== null) {
      return this.pending.subarray((from - this.stored) * size, (to - this.stored) * size);
    }
    const bytes = Buffer.allocUnsafe((to - from) * size);
    this.file.get().read(bytes, 0, bytes.length, from * size);
    return bytes;
  }

  private countAtMost(buffer: Buffer, count: number, target: number, key: Key): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (key(buffer, middle * this.entrySizeBytes) <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
