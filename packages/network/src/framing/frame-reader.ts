import { allocateFrame } from './frame-memory.ts';

/** Up to this size a frame's buffer is allocated at once; above it, as its bytes arrive. */
const EAGER_BYTES = 1 << 20;
const LENGTH_BYTES = 4;

/** A frame whose announced size is not acceptable: nothing after it can be understood. */
export class FrameSizeError extends Error {
  constructor(sizeBytes: number, maxBytes: number) {
    super(`a frame of ${sizeBytes} bytes is outside 1 to ${maxBytes}`);
    this.name = 'FrameSizeError';
  }
}

/**
 * Cuts a byte stream into frames (int32 length, then that many bytes).
 *
 * Chunks are borrowed: a frame that lies whole in one chunk is handed out in place, without a copy,
 * and is valid as long as the chunk is; a frame that spans chunks is collected in memory of its own,
 * which grows with the bytes that have really arrived, never with the promise of a length.
 * Call `push(chunk)`, `next()` until it gives null, then `keep()` before the chunk becomes invalid.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #chunk: Buffer | null = null;
  #at = 0;
  /** The frame being collected, length prefix included. */
  #partial: Buffer | null = null;
  #filled = 0;
  #borrowed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The last frame lies in the chunk, and goes with it. */
  get isBorrowed(): boolean {
    return this.#borrowed;
  }

  /** Only when the chunk before has been used up or kept. */
  push(chunk: Buffer): void {
    if (this.#chunk === null) {
      this.#chunk = chunk;
      this.#at = 0;
    } else {
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
      this.#at = 0;
    }
  }

  /** The next whole frame without its length, or null. Throws FrameSizeError. */
  next(): Buffer | null {
    const chunk = this.#chunk;
    if (chunk === null) return null;
    if (this.#partial !== null) return this.#fill(chunk);
    const available = chunk.length - this.#at;
    if (available < LENGTH_BYTES) return available === 0 ? this.#exhaust() : this.#begin(chunk);
    const size = this.#checked(chunk.readInt32BE(this.#at));
    if (available < LENGTH_BYTES + size) return this.#begin(chunk);
    const start = this.#at + LENGTH_BYTES;
    this.#at = start + size;
    this.#borrowed = true;
    return chunk.subarray(start, start + size);
  }

  /** Copies what is left of the chunk, so that the caller may reuse its memory. */
  keep(): void {
    if (this.#chunk === null) return;
    this.#chunk =
      this.#at < this.#chunk.length ? Buffer.from(this.#chunk.subarray(this.#at)) : null;
    this.#at = 0;
  }

  #exhaust(): null {
    this.#chunk = null;
    return null;
  }

  #checked(size: number): number {
    if (size <= 0 || size > this.#maxBytes) throw new FrameSizeError(size, this.#maxBytes);
    return size;
  }

  #begin(chunk: Buffer): Buffer | null {
    this.#partial = Buffer.allocUnsafe(LENGTH_BYTES);
    this.#filled = 0;
    return this.#fill(chunk);
  }

  #fill(chunk: Buffer): Buffer | null {
    for (;;) {
      let partial = this.#partial!;
      const wanted =
        this.#filled < LENGTH_BYTES
          ? LENGTH_BYTES
          : LENGTH_BYTES + this.#checked(partial.readInt32BE(0));
      if (this.#filled === wanted && wanted > LENGTH_BYTES) {
        this.#partial = null;
        this.#borrowed = false;
        return partial.subarray(LENGTH_BYTES, wanted);
      }
      if (this.#at === chunk.length) return this.#exhaust();
      if (partial.length < wanted && this.#filled === partial.length) {
        partial = this.#grow(partial, wanted);
      }
      const take = Math.min(wanted, partial.length) - this.#filled;
      const end = Math.min(chunk.length, this.#at + take);
      chunk.copy(partial, this.#filled, this.#at, end);
      this.#filled += end - this.#at;
      this.#at = end;
    }
  }

  #grow(partial: Buffer, wanted: number): Buffer {
    const capacity = wanted <= EAGER_BYTES ? wanted : Math.max(EAGER_BYTES, 4 * partial.length);
    const larger = allocateFrame(Math.min(wanted, capacity));
    partial.copy(larger, 0, 0, this.#filled);
    this.#partial = larger;
    return larger;
  }
}
