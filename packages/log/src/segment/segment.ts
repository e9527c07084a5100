import {
  batchLastOffset,
  batchMaxTimestamp,
  batchSizeBytes,
  NO_TIMESTAMP,
} from '@tidelog/protocol';
import { type LogConfig, maxSegmentMs } from '../config.ts';
import { isDiskFull } from '../health.ts';
import type { FileCache, FileHandle } from '../files/file-cache.ts';
import { OffsetIndex } from '../index/offset-index.ts';
import { TimeIndex } from '../index/time-index.ts';
import { TransactionIndex } from '../index/transaction-index.ts';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../names.ts';
import { BatchScan, WINDOW_BYTES } from './batch-scan.ts';

/** Sizes of a segment's files as found on disk; 0 for a file that is not there. */
export interface SegmentSizes {
  readonly log: number;
  readonly offsetIndex: number;
  readonly timeIndex: number;
  readonly transactionIndex: number;
}

const EMPTY: SegmentSizes = { log: 0, offsetIndex: 0, timeIndex: 0, transactionIndex: 0 };

export interface SegmentOptions {
  readonly files: FileCache;
  readonly directory: string;
  readonly baseOffset: number;
  /** Null: there are no files yet. */
  readonly sizes: SegmentSizes | null;
  readonly now: number;
  /** Keeps many logs from rolling at the same time (`segment.jitter.ms`). */
  readonly rollJitterMs: number;
  /** Of the files' names, behind what they are called in their place. */
  readonly suffix?: string;
}

/** Each read of a file finds a batch first: fresh memory for that made the garbage collector run all the time. */
const findWindow = Buffer.allocUnsafeSlow(WINDOW_BYTES);

/** What is about to be appended. */
export interface IncomingBatches {
  readonly sizeBytes: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

export interface BatchPosition {
  readonly position: number;
  readonly baseOffset: number;
  readonly sizeBytes: number;
}

/** One file of batches with its indexes. It starts at `baseOffset`; its last batch may end anywhere. */
export class Segment {
  readonly baseOffset: number;
  readonly log: FileHandle;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  readonly transactionIndex: TransactionIndex;
  /** Bytes of batches; a preallocated file is longer. */
  sizeBytes: number;
  /** Whether its log file is there. Nothing may be appended before. */
  isCreated: boolean;
  /** Whether its indexes are files by now: those of the active segment may be in memory only. */
  hasIndexFiles: boolean;
  private readonly cache: FileCache;
  private readonly rollJitterMs: number;
  private createdMs: number;
  /** Greatest timestamp, and last offset of its batch. Null: that of the time index. */
  private newest: { timestamp: number; offset: number } | null = null;
  /** Timestamp of the first batch, from which the time to roll counts; null: not read yet. */
  private firstTimestamp: number | null = null;
  private bytesSinceIndexEntry = 0;

  constructor({ files, directory, baseOffset, now, ...options }: SegmentOptions) {
    const sizes = options.sizes ?? EMPTY;
    const file = (suffix: string) =>
      files.handle(`${directory}/${segmentFileName(baseOffset, suffix)}${options.suffix ?? ''}`);
    this.cache = files;
    this.baseOffset = baseOffset;
    this.sizeBytes = sizes.log;
    this.isCreated = options.sizes !== null;
    this.hasIndexFiles = this.isCreated;
    this.createdMs = now;
    this.rollJitterMs = options.rollJitterMs;
    this.log = file(LOG_SUFFIX);
    this.offsetIndex = new OffsetIndex(file(OFFSET_INDEX_SUFFIX), baseOffset, sizes.offsetIndex);
    this.timeIndex = new TimeIndex(file(TIME_INDEX_SUFFIX), baseOffset, sizes.timeIndex);
    this.transactionIndex = new TransactionIndex(
      file(TRANSACTION_INDEX_SUFFIX),
      sizes.transactionIndex,
    );
  }

  /** Those that are there. */
  get files(): FileHandle[] {
    if (!this.isCreated) return [];
    const files = [this.log, this.offsetIndex.file, this.timeIndex.file];
    if (this.transactionIndex.exists) files.push(this.transactionIndex.file);
    return files;
  }

  /** The greatest timestamp of a record, or -1; and the last offset of its batch. */
  get newestRecord(): { readonly timestamp: number; readonly offset: number } {
    this.newest ??= { ...this.timeIndex.lastEntry };
    return this.newest;
  }

  /** Creates the log file, or nothing. */
  create(config: Pick<LogConfig, 'preallocate' | 'segmentBytes'>): void {
    try {
      resize(this.log, config.preallocate ? config.segmentBytes : 0);
      this.isCreated = true;
    } catch (error) {
      if (isDiskFull(error)) this.discard();
      throw error;
    }
  }

  /** An empty segment that was left behind would stand in the middle of what its predecessor still gets. */
  private discard(): void {
    const { disk } = this.cache;
    this.close();
    for (const { path } of this.handles) if (disk.exists(path)) disk.unlink(path);
  }

  shouldRoll(config: LogConfig, incoming: IncomingBatches, now: number): boolean {
    if (this.sizeBytes > config.segmentBytes - incoming.sizeBytes) return true;
    if (!this.offsetIndex.canHold(incoming.lastOffset)) return true;
    if (this.offsetIndex.isFull(config.segmentIndexBytes)) return true;
    if (this.timeIndex.isFull(config.segmentIndexBytes)) return true;
    if (this.sizeBytes === 0) return false;
    return this.ageMs(incoming.maxTimestamp, now) > maxSegmentMs(config) - this.rollJitterMs;
  }

  /** Appends whole batches, whose offsets follow what is here. */
  append(batches: Buffer, indexIntervalBytes: number): void {
    try {
      this.log.write(batches, this.sizeBytes);
    } catch (error) {
      if (isDiskFull(error)) this.cutOffTorn();
      throw error;
    }
    this.index(batches, indexIntervalBytes);
  }

  /** Nothing of a write that found no space may stay: the next one begins where it began. */
  private cutOffTorn(): void {
    const file = this.log.get();
    if (file.sizeBytes() > this.sizeBytes) file.truncate(this.sizeBytes);
  }

  /** Notes batches that are at the segment's end already. */
  index(batches: Buffer, indexIntervalBytes: number): void {
    const newest = this.newestRecord as { timestamp: number; offset: number };
    for (let at = 0; at < batches.length; ) {
      const lastOffset = batchLastOffset(batches, at);
      const maxTimestamp = batchMaxTimestamp(batches, at);
      const size = batchSizeBytes(batches, at);
      if (maxTimestamp > newest.timestamp) {
        newest.timestamp = maxTimestamp;
        newest.offset = lastOffset;
      }
      if (this.sizeBytes === 0) this.firstTimestamp = maxTimestamp;
      if (this.bytesSinceIndexEntry > indexIntervalBytes) {
        this.offsetIndex.append(lastOffset, this.sizeBytes);
        this.timeIndex.append(newest.timestamp, newest.offset);
        this.bytesSinceIndexEntry = 0;
      }
      this.sizeBytes += size;
      this.bytesSinceIndexEntry += size;
      at += size;
    }
  }

  /** The first batch that ends at `offset` or behind it; null when there is none. */
  find(offset: number): BatchPosition | null {
    const from = this.offsetIndex.lookup(offset);
    const scan = new BatchScan(this.log, from, this.sizeBytes, findWindow);
    while (scan.next()) {
      if (scan.lastOffset < offset) continue;
      const { position, baseOffset, sizeBytes } = scan;
      return { position, baseOffset, sizeBytes };
    }
    return null;
  }

  scanFrom(position: number): BatchScan {
    return new BatchScan(this.log, position, this.sizeBytes);
  }

  /** Fills `target` from `position` on, as far as the file goes; gives what was filled. */
  read(position: number, target: Buffer): Buffer {
    const read = this.log.get().read(target, 0, target.length, position);
    return read === target.length ? target : target.subarray(0, read);
  }

  /** The offset behind the last batch. */
  readNextOffset(): number {
    const scan = this.scanFrom(this.offsetIndex.lookup(this.offsetIndex.lastOffset));
    let next = this.baseOffset;
    while (scan.next()) next = scan.lastOffset + 1;
    return next;
  }

  /** Forgets all batches that end at `offset` or behind it. */
  truncateTo(offset: number, now: number): void {
    const cut = this.find(offset);
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.transactionIndex.truncateTo(offset);
    if (cut !== null) {
      this.log.get().truncate(cut.position);
      this.log.dirty = true;
      this.sizeBytes = cut.position;
    }
    this.bytesSinceIndexEntry = 0;
    if (this.sizeBytes === 0) {
      this.createdMs = now;
      this.firstTimestamp = null;
    }
    this.newest = this.scanNewestRecord();
  }

  /** Nothing will be appended any more: the indexes get their last entries and all files their exact size. */
  finish(): void {
    const { timestamp, offset } = this.newestRecord;
    this.timeIndex.append(timestamp, offset);
    this.offsetIndex.finish();
    this.timeIndex.finish();
    this.transactionIndex.write();
    this.hasIndexFiles = true;
    if (this.log.get().sizeBytes() !== this.sizeBytes) this.log.get().truncate(this.sizeBytes);
  }

  /** The exact sizes of the files of a segment that is finished. */
  fileSizes(): SegmentSizes {
    return {
      log: this.sizeBytes,
      offsetIndex: this.offsetIndex.sizeBytes,
      timeIndex: this.timeIndex.sizeBytes,
      transactionIndex: this.transactionIndex.sizeBytes,
    };
  }

  /** The greatest timestamp of the first batch, or -1. */
  get firstBatchTimestamp(): number {
    this.firstTimestamp ??= this.readFirstTimestamp();
    return this.firstTimestamp;
  }

  /** Empties the indexes, to be filled again by `index`. */
  resetIndexes(): void {
    this.offsetIndex.clear();
    this.timeIndex.clear();
    this.transactionIndex.clear();
    this.sizeBytes = 0;
    this.bytesSinceIndexEntry = 0;
    this.newest = { timestamp: NO_TIMESTAMP, offset: this.baseOffset };
    this.firstTimestamp = null;
  }

  /** What retention by time counts from: without timestamps the time of the last write. */
  largestTimestamp(files: FileCache): number {
    const { timestamp } = this.newestRecord;
    if (timestamp >= 0) return timestamp;
    return this.isCreated ? files.disk.stat(this.log.path).modifiedMs : this.createdMs;
  }

  close(): void {
    for (const file of this.handles) file.close();
  }

  /** Its directory has another name now. */
  moved(directory: string): void {
    for (const file of this.handles) {
      file.moved(directory + file.path.slice(file.path.lastIndexOf('/')));
    }
  }

  /** Gives its files other names. */
  rename(nameOf: (path: string) => string): void {
    const here = new Set(this.files);
    for (const file of this.handles) {
      const path = nameOf(file.path);
      if (here.has(file)) this.cache.disk.rename(file.path, path);
      file.moved(path);
    }
  }

  /** Of all files that may be there. */
  private get handles(): FileHandle[] {
    return [this.log, this.offsetIndex.file, this.timeIndex.file, this.transactionIndex.file];
  }

  /** Stream time where batches have timestamps, else wall-clock time since the segment was created. */
  private ageMs(maxTimestamp: number, now: number): number {
    const first = this.firstBatchTimestamp;
    return first >= 0 ? maxTimestamp - first : now - this.createdMs;
  }

  private readFirstTimestamp(): number {
    const scan = this.scanFrom(0);
    return scan.next() ? scan.maxTimestamp : NO_TIMESTAMP;
  }

  private scanNewestRecord(): { timestamp: number; offset: number } {
    const newest = { ...this.timeIndex.lastEntry };
    const scan = this.scanFrom(this.offsetIndex.lookup(newest.offset));
    while (scan.next()) {
      if (scan.maxTimestamp <= newest.timestamp) continue;
      newest.timestamp = scan.maxTimestamp;
      newest.offset = scan.lastOffset;
    }
    return newest;
  }
}

/** A file once cut to nothing is written back whenever it is closed (ext4), so a new one is left alone. */
function resize(handle: FileHandle, sizeBytes: number): void {
  const file = handle.get();
  if (file.sizeBytes() !== sizeBytes) file.truncate(sizeBytes);
}
