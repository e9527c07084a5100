/**
 * Memory in which frames are collected that span chunks, used again when the frame was handled: what is
 * allocated outside of the heap for each request makes the garbage collector look at all of the heap
 * again and again. The pieces are powers of two; a frame that is larger than the largest of them gets
 * memory of its own size, which goes to the garbage collector.
 */
const SMALLEST_BITS = 9;
const LARGEST_BITS = 20;
/** Above this, memory that comes back goes to the garbage collector. */
const MAX_FREE_BYTES = 8 << 20;

class FrameMemory {
  readonly #free: Buffer[][] = Array.from({ length: LARGEST_BITS + 1 }, () => []);
  #freeBytes = 0;

  /** At least `sizeBytes`, not initialised. */
  take(sizeBytes: number): Buffer {
    const bits = bitsOf(sizeBytes);
    if (bits > LARGEST_BITS) return Buffer.allocUnsafeSlow(sizeBytes);
    const piece = this.#free[bits]!.pop();
    if (piece === undefined) return Buffer.allocUnsafeSlow(2 ** bits);
    this.#freeBytes -= piece.length;
    return piece;
  }

  /** Takes back what `take` gave, once: its bytes are another frame's from now on. */
  giveBack(piece: Buffer): void {
    const bits = bitsOf(piece.length);
    if (bits > LARGEST_BITS || this.#freeBytes + piece.length > MAX_FREE_BYTES) return;
    this.#freeBytes += piece.length;
    this.#free[bits]!.push(piece);
  }
}

function bitsOf(sizeBytes: number): number {
  return Math.max(SMALLEST_BITS, 32 - Math.clz32(sizeBytes - 1));
}

/** Shared by all connections of the process. */
export const frameMemory = new FrameMemory();
