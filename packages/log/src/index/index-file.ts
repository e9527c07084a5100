import { isDiskFull } from '../health.ts';
import type { FileHandle } from '../files/file-cache.ts';
import { type FilePage, PAGE_BYTES, type PageOwner } from '../files/file-pages.ts';

/** Entries that wait in memory before they are written together; more only while the disk is full. */
const PENDING_ENTRIES = 512;
/** Room for the first of them: most of many logs have few. */
const FIRST_ENTRIES = 8;
/** For an entry of a page that nobody has searched. */
const single = Buffer.alloc(16);

/** A field of the entry at `at`. */
type Key = (buffer: Buffer, at: number) => number;

/**
 * Entries of one size, appended in the order of their keys. The file has its exact size; the newest
 * entries wait in memory, because an index of the segment being written is rebuilt after a crash
 * anyway, and a write for each entry would cost more than the entry is worth. What is searched of the file is
 * read by the page, and kept while it is in use.
 */
export class IndexFile implements PageOwner {
  readonly file: FileHandle;
  private readonly entrySizeBytes: number;
  /** Entries in the file. */
  private stored: number;
  private pending: Buffer | null = null;
  private pendingCount = 0;
  /** Of the file, by their numbers; null while there are none, as of most indexes. */
  private pages: Map<number, FilePage> | null = null;

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

  protected field(index: number, key: Key): number {
    const size = this.entrySizeBytes;
    if (index >= this.stored && this.pending !== null) {
      return key(this.pending, (index - this.stored) * size);
    }
    const { pageEntries } = this;
    const at = (index % pageEntries) * size;
    const page = this.pages?.get(Math.floor(index / pageEntries));
    if (page !== undefined && at < page.filledBytes) return key(page.bytes, at);
    this.readFile(single, size, index * size);
    return key(single, 0);
  }

  /** The index of the last entry whose key is at most `target`, or -1. */
  protected floor(target: number, key: Key): number {
    const pending = this.pending;
    if (this.pendingCount > 0 && pending !== null && key(pending, 0) <= target) {
      return this.stored + this.countAtMost(pending, this.pendingCount, target, key) - 1;
    }
    const { pageEntries } = this;
    let low = 0;
    let high = Math.ceil(this.stored / pageEntries);
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (key(this.page(middle).bytes, 0) <= target) low = middle;
      else high = middle;
    }
    if (high === 0) return -1;
    const { bytes, filledBytes } = this.page(low);
    const count = filledBytes / this.entrySizeBytes;
    return low * pageEntries + this.countAtMost(bytes, count, target, key) - 1;
  }

  private get pageEntries(): number {
    return Math.floor(PAGE_BYTES / this.entrySizeBytes);
  }

  /** All of a page that is in the file by now. */
  private page(number: number): FilePage {
    const first = number * this.pageEntries;
    const size = Math.min(this.pageEntries, this.stored - first) * this.entrySizeBytes;
    const known = this.pages?.get(number);
    if (known?.filledBytes === size) {
      known.isUsed = true;
      return known;
    }
    const page = known ?? this.file.pages.take();
    page.filledBytes = 0; // should the disk fail now
    this.readFile(page.bytes, size, first * this.entrySizeBytes);
    page.filledBytes = size;
    page.owner = this;
    page.number = number;
    this.pages ??= new Map();
    this.pages.set(number, page);
    return page;
  }

  forget({ number }: FilePage): void {
    this.pages?.delete(number);
    if (this.pages?.size === 0) this.pages = null;
  }

  private forgetAll(): void {
    for (const page of this.pages?.values() ?? []) page.owner = null;
    this.pages = null;
  }

  private readFile(target: Buffer, sizeBytes: number, position: number): void {
    const read = this.file.get().read(target, 0, sizeBytes, position);
    target.fill(0, read, sizeBytes); // a file that is shorter than it should be
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
    this.forgetAll();
    this.file.get().truncate(entries * this.entrySizeBytes);
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
