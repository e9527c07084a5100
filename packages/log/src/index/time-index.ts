import { NO_TIMESTAMP, readInt64, writeInt64 } from '@tidelog/protocol';
import type { FileHandle } from '../files/file-cache.ts';
import { IndexFile } from './index-file.ts';

export const TIME_ENTRY_BYTES = 12;
const TIMESTAMP_AT = 0;
const RELATIVE_OFFSET_AT = 8;

export interface TimeEntry {
  readonly timestamp: number;
  /** The last offset of the batch that has this timestamp. */
  readonly offset: number;
}

/**
 * `.timeindex`: the greatest timestamp so far (int64) and the last offset of its batch (int32,
 * relative); both only grow. The last entry of a closed segment is the greatest timestamp of all.
 */
export class TimeIndex extends IndexFile {
  private readonly baseOffset: number;
  private last: TimeEntry | null = null;

  constructor(file: FileHandle, baseOffset: number, fileSizeBytes: number) {
    super(file, TIME_ENTRY_BYTES, fileSizeBytes);
    this.baseOffset = baseOffset;
  }

  /** One slot stays free for the final entry of a segment that is closed. */
  isFull(maxSizeBytes: number): boolean {
    return this.entries >= Math.floor(maxSizeBytes / TIME_ENTRY_BYTES) - 1;
  }

  get lastEntry(): TimeEntry {
    this.last ??=
      this.entries === 0
        ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset }
        : this.read(this.entries - 1);
    return this.last;
  }

  /** Adds an entry when the timestamp is newer than all before. */
  append(timestamp: number, offset: number): void {
    if (timestamp <= this.lastEntry.timestamp) return;
    const entry = this.next();
    writeInt64(entry, TIMESTAMP_AT, timestamp);
    entry.writeInt32BE(offset - this.baseOffset, RELATIVE_OFFSET_AT);
    this.last = { timestamp, offset };
  }

  /** The last offset that is surely before, or in the batch of, the first record of that time. */
  lookup(timestamp: number): number {
    const found = this.floor(timestamp, timestampOf);
    return found === -1 ? this.baseOffset : this.read(found).offset;
  }

  /** Forgets all entries, whatever they may be. */
  clear(): void {
    this.cut(0);
    this.last = null;
  }

  truncateTo(offset: number): void {
    this.cut(this.floor(offset - 1 - this.baseOffset, relativeOffset) + 1);
    this.last = null;
  }

  plausible(): boolean {
    if (this.entries === 0) return true;
    const { timestamp, offset } = this.lastEntry;
    return offset >= this.baseOffset && timestamp >= this.read(0).timestamp;
  }

  private read(index: number): TimeEntry {
    return {
      timestamp: this.field(index, timestampOf),
      offset: this.baseOffset + this.field(index, relativeOffset),
    };
  }
}

function timestampOf(buffer: Buffer, at: number): number {
  return readInt64(buffer, at + TIMESTAMP_AT);
}

function relativeOffset(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + RELATIVE_OFFSET_AT);
}
