import type { FileHandle } from '../files/file-cache.ts';
import { IndexFile } from './index-file.ts';

export const OFFSET_ENTRY_BYTES = 8;
const RELATIVE_OFFSET_AT = 0;
const POSITION_AT = 4;
const MAX_RELATIVE_OFFSET = 0x7fffffff;

/**
 * `.index`: for about every `index.interval.bytes` of a segment, the last offset of a batch (int32,
 * relative to the segment's base) and the position of that batch in the file (int32).
 */
export class OffsetIndex extends IndexFile {
  private readonly baseOffset: number;
  /** Offset of the last entry; the segment's base when there is none. Unknown until asked for. */
  private last: number | null = null;

  constructor(file: FileHandle, baseOffset: number, fileSizeBytes: number) {
    super(file, OFFSET_ENTRY_BYTES, fileSizeBytes);
    this.baseOffset = baseOffset;
  }

  canHold(offset: number): boolean {
    return offset - this.baseOffset <= MAX_RELATIVE_OFFSET;
  }

  isFull(maxSizeBytes: number): boolean {
    return this.entries >= Math.floor(maxSizeBytes / OFFSET_ENTRY_BYTES);
  }

  get lastOffset(): number {
    this.last ??= this.entries === 0 ? this.baseOffset : this.offsetAt(this.entries - 1);
    return this.last;
  }

  append(offset: number, position: number): void {
    const entry = this.next();
    entry.writeInt32BE(offset - this.baseOffset, RELATIVE_OFFSET_AT);
    entry.writeInt32BE(position, POSITION_AT);
    this.last = offset;
  }

  /** Position of a batch at or before the one that holds `offset`. */
  lookup(offset: number): number {
    const found = this.floor(offset - this.baseOffset, relativeOffset);
    return found === -1 ? 0 : this.field(found, positionOf);
  }

  /** The offset of the first entry at `position` or behind it; null when there is none. */
  offsetFrom(position: number): number | null {
    const next = this.floor(position - 1, positionOf) + 1;
    return next === this.entries ? null : this.offsetAt(next);
  }

  /** Position of a batch at `position` or before it. */
  positionBefore(position: number): number {
    const found = this.floor(position, positionOf);
    return found === -1 ? 0 : this.field(found, positionOf);
  }

  /** Forgets all entries, whatever they may be. */
  clear(): void {
    this.cut(0);
    this.last = null;
  }

  /** Forgets all entries at `offset` and behind it. */
  truncateTo(offset: number): void {
    this.cut(this.floor(offset - 1 - this.baseOffset, relativeOffset) + 1);
    this.last = null;
  }

  /** Whether the entries can be those of a log file of this size. */
  plausible(logSizeBytes: number): boolean {
    if (this.entries === 0) return true;
    const last = this.entries - 1;
    const position = this.field(last, positionOf);
    return this.field(last, relativeOffset) >= 0 && position >= 0 && position < logSizeBytes;
  }

  private offsetAt(index: number): number {
    return this.baseOffset + this.field(index, relativeOffset);
  }
}

function relativeOffset(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + RELATIVE_OFFSET_AT);
}

function positionOf(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + POSITION_AT);
}
