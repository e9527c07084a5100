import type { Disk, DiskFile } from '@tidelog/platform';
import {
  BATCH_HEADER_SIZE,
  batchCrcIsValid,
  batchMagic,
  batchSizeBytes,
  MAGIC_V2,
} from '@tidelog/protocol';

/** A segment that cannot be read: its log cannot be cleaned. */
export class DamagedSegmentError extends Error {
  override readonly name = 'DamagedSegmentError';
}

/** Reads a log file from `position` to its end, in windows of whole batches that are sound. */
export class BatchWindows {
  readonly #file: DiskFile;
  readonly #end: number;
  #position: number;
  #buffer: Buffer;

  constructor(disk: Disk, path: string, range: { from: number; to: number; bufferBytes: number }) {
    this.#file = disk.open(path, 'read');
    this.#position = range.from;
    this.#end = range.to;
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(BATCH_HEADER_SIZE, range.bufferBytes));
  }

  /**
   * The next batches, null behind the last. They are overwritten by the next call.
   * @throws DamagedSegmentError
   */
  next(): Buffer | null {
    const left = this.#end - this.#position;
    if (left === 0) return null;
    let read = this.#fill(left);
    let whole = this.#wholeBatches(read);
    if (whole === 0) {
      // The batch is larger than the buffer, whatever `max.message.bytes` is by now.
      this.#buffer = Buffer.allocUnsafeSlow(batchSizeBytes(this.#buffer, 0));
      read = this.#fill(left);
      whole = this.#wholeBatches(read);
    }
    this.#position += whole;
    return this.#buffer.subarray(0, whole);
  }

  close(): void {
    this.#file.close();
  }

  #fill(left: number): number {
    const wanted = Math.min(this.#buffer.length, left);
    const read = this.#file.read(this.#buffer, 0, wanted, this.#position);
    if (read < wanted) this.#damaged(read, 'the file ends here');
    return read;
  }

  #wholeBatches(end: number): number {
    const buffer = this.#buffer;
    for (let at = 0; ; ) {
      if (at + BATCH_HEADER_SIZE > end) {
        const isCut = this.#position + at < this.#end && this.#position + end === this.#end;
        if (isCut) this.#damaged(at, 'the last batch is not whole');
        return at;
      }
      const size = batchSizeBytes(buffer, at);
      if (size < BATCH_HEADER_SIZE || this.#position + at + size > this.#end) {
        this.#damaged(at, `a batch claims ${size} bytes`);
      }
      if (at + size > end) return at;
      if (batchMagic(buffer, at) !== MAGIC_V2) {
        this.#damaged(at, `a batch has magic ${batchMagic(buffer, at)}`);
      }
      if (!batchCrcIsValid(buffer, at)) this.#damaged(at, 'a batch has a wrong CRC');
      at += size;
    }
  }

  #damaged(at: number, what: string): never {
    throw new DamagedSegmentError(`${this.#file.path}, byte ${this.#position + at}: ${what}`);
  }
}
