import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchIsControl,
  batchLastOffset,
  batchMaxTimestamp,
  batchSizeBytes,
  LOG_OVERHEAD,
} from '@tidelog/protocol';
import type { FileHandle } from '../files/file-cache.ts';

/** Headers of small batches come many to a read; large batches are skipped over. */
export const WINDOW_BYTES = 16 * 1024;
/** Whoever looks for one batch finds it behind a header or two; a large one likely has a large one behind it. */
const HEADER_WINDOW_BYTES = 1024;
const LARGE_BATCH_BYTES = WINDOW_BYTES / 2;

/**
 * Walks over the batch headers of a log file without reading the records. Positioned on a batch
 * after `next()` returned true; false at the end, and where the bytes are no batch.
 */
export class BatchScan {
  position: number;
  private readonly file: FileHandle;
  private readonly end: number;
  private readonly memory: Buffer | null;
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;
  private at = 0;
  private nextPosition: number;

  /** With `memory`, of WINDOW_BYTES, nothing is allocated, and nobody else may scan with it meanwhile. */
  constructor(file: FileHandle, start: number, end: number, memory: Buffer | null = null) {
    this.file = file;
    this.memory = memory;
    this.end = end;
    this.position = start;
    this.nextPosition = start;
  }

  next(): boolean {
    const position = this.nextPosition;
    if (position + BATCH_HEADER_SIZE > this.end) return false;
    const loaded = position + BATCH_HEADER_SIZE <= this.windowStart + this.window.length;
    if (!loaded) this.load(position);
    this.position = position;
    this.at = position - this.windowStart;
    const size = batchSizeBytes(this.window, this.at);
    if (size < BATCH_HEADER_SIZE || position + size > this.end) return false;
    this.nextPosition = position + size;
    return true;
  }

  /** Valid until `next()`. */
  get header(): Buffer {
    return this.window.subarray(this.at, this.at + BATCH_HEADER_SIZE);
  }

  get sizeBytes(): number {
    return batchSizeBytes(this.window, this.at);
  }

  get baseOffset(): number {
    return batchBaseOffset(this.window, this.at);
  }

  get lastOffset(): number {
    return batchLastOffset(this.window, this.at);
  }

  get isControl(): boolean {
    return batchIsControl(this.window, this.at);
  }

  get maxTimestamp(): number {
    return batchMaxTimestamp(this.window, this.at);
  }

  private load(position: number): void {
    const wantsHeader = this.window.length === 0 || position - this.position >= LARGE_BATCH_BYTES;
    const wanted = wantsHeader ? HEADER_WINDOW_BYTES : WINDOW_BYTES;
    const size = Math.min(wanted, this.end - position);
    const window = this.memory?.subarray(0, size) ?? Buffer.allocUnsafe(size);
    const read = this.file.get().read(window, 0, window.length, position);
    // A file shorter than it should be reads as zeros, which are no batch.
    if (read < window.length) window.fill(0, read);
    this.window = window;
    this.windowStart = position;
  }
}

/** The size of the whole batch at `at`, or 0 when `buffer` ends before it does. */
export function wholeBatchSize(buffer: Buffer, at: number): number {
  if (buffer.length - at < LOG_OVERHEAD) return 0;
  const size = batchSizeBytes(buffer, at);
  return size >= BATCH_HEADER_SIZE && size <= buffer.length - at ? size : 0;
}
