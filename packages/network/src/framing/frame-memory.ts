/**
 * Memory in which frames are collected that span chunks, used again when the frame was handled: what is
 * allocated outside of the heap for each request makes the garbage collector look at all of the heap
 * again and again, and its pages are new to the process each time. The pieces have four sizes to each
 * power of two; a frame that is larger than the largest gets memory of its own size, which goes to the
 * garbage collector.
 */
const SMALLEST_BYTES = 1 << 9;
const LARGEST_BYTES = 1 << 22;
/** Above this, memory that comes back goes to the garbage collector. */
const MAX_FREE_BYTES = 16 << 20;

class FrameMemory {
  /** By their size. */
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** At least `sizeBytes`, not initialised. */
  take(sizeBytes: number): Buffer {
    const size = pieceSize(sizeBytes);
    return this.#takeFree(size) ?? Buffer.allocUnsafeSlow(size);
  }

  /** The same, only of what waits; null: there is none. */
  takeWaiting(sizeBytes: number): Buffer | null {
    return this.#takeFree(pieceSize(sizeBytes)) ?? null;
  }

  /** Takes back what `take` gave, once: its bytes are another frame's from now on. */
  giveBack(piece: Buffer): void {
    if (piece.length > LARGEST_BYTES || this.#freeBytes + piece.length > MAX_FREE_BYTES) return;
    const free = this.#free.get(piece.length);
    if (free === undefined) this.#free.set(piece.length, [piece]);
    else free.push(piece);
    this.#freeBytes += piece.length;
  }

  #takeFree(size: number): Buffer | undefined {
    const piece = this.#free.get(size)?.pop();
    if (piece !== undefined) this.#freeBytes -= size;
    return piece;
  }
}

/** The smallest of the sizes that holds so much. */
function pieceSize(sizeBytes: number): number {
  if (sizeBytes <= SMALLEST_BYTES) return SMALLEST_BYTES;
  if (sizeBytes > LARGEST_BYTES) return sizeBytes;
  const step = 2 ** (29 - Math.clz32(sizeBytes - 1));
  return Math.ceil(sizeBytes / step) * step;
}

/** Shared by all connections of the process. */
export const frameMemory = new FrameMemory();
