import { frameMemory } from './frame-memory.ts';

/** What has arrived of a frame gets at most so many times its memory, beyond the least. */
const MEMORY_FACTOR = 8;
const LEAST_MEMORY_BYTES = 4096;
const LENGTH_BYTES = 4;
/** From so many missing bytes on, a read of their own costs less than their copy. */
const LEAST_ROOM_BYTES = 32 * 1024;
/** After a frame of so many bytes another one is expected. */
const LARGE_BYTES = 256 * 1024;
/** Where large frames begin, of all connections: the less of one is read here, the less is copied. */
const beginning = Buffer.allocUnsafeSlow(LEAST_ROOM_BYTES);

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
 * A frame is lent: one that lies whole in a chunk is handed out in place, one that spans chunks in
 * memory that serves the next such frame again. Either is valid until the next call of `next` or
 * `keep`; whoever wants it for longer calls `take`. New memory for a frame grows with the bytes that
 * have really arrived, never with the promise of a length.
 * Call `push(chunk)`, `next()` until it gives null, then `keep()` before the chunk becomes invalid. Who
 * can choose where the next bytes arrive asks `room`: what lies there already is not copied.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #leastMemoryBytes: number;
  #chunk: Buffer | null = null;
  #at = 0;
  /** Of the frame that is being collected: the bytes of its length that are there, and its value. */
  #lengthBytes = 0;
  #size = 0;
  #partial: Buffer | null = null;
  #filled = 0;
  /** Where the next bytes of the frame were asked to be put. */
  #room: Buffer | null = null;
  /** The last frame, and its memory where it was collected. */
  #frame: Buffer | null = null;
  #collected: Buffer | null = null;
  /** The frame that was begun last. */
  #isLarge = false;

  /** `leastMemoryBytes`: so much a frame may have by its promise alone, where the peer is trusted that far. */
  constructor(maxBytes: number, leastMemoryBytes: number = LEAST_MEMORY_BYTES) {
    this.#maxBytes = maxBytes;
    this.#leastMemoryBytes = leastMemoryBytes;
  }

  /** Only when the chunk before has been used up or kept. */
  push(chunk: Buffer): void {
    const room = this.#room;
    this.#room = null;
    if (room !== null && room.buffer === chunk.buffer) {
      this.#filled += chunk.length;
      return;
    }
    const rest = this.#chunk?.subarray(this.#at);
    this.#chunk = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** The next whole frame without its length, or null. Throws FrameSizeError. */
  next(): Buffer | null {
    this.#release();
    const partial = this.#partial;
    if (partial !== null && this.#filled === this.#size) return this.#complete(partial);
    const chunk = this.#chunk;
    if (chunk === null) return null;
    const available = chunk.length - this.#at;
    if (this.#lengthBytes === 0 && available >= LENGTH_BYTES) {
      const size = this.#checked(chunk.readInt32BE(this.#at));
      if (available >= LENGTH_BYTES + size) {
        const start = this.#at + LENGTH_BYTES;
        this.#at = start + size;
        this.#frame = chunk.subarray(start, this.#at);
        return this.#frame;
      }
    }
    return this.#collect(chunk);
  }

  /**
   * Where the next bytes belong, at most `mostBytes`; null: anywhere, because few are missing or what is
   * here was not looked at yet. Pushed next, they must be at its start, and nowhere else in its memory.
   */
  room(mostBytes: number): Buffer | null {
    let partial = this.#partial;
    if (this.#chunk !== null) return null;
    if (partial === null)
      return this.#isLarge && this.#lengthBytes === 0 ? beginning.subarray(0, mostBytes) : null;
    // To the end of a large one however little that is, or the next one's beginning would come with it.
    if (this.#size - this.#filled < LEAST_ROOM_BYTES && !this.#isLarge) return null;
    if (this.#filled === partial.length) partial = this.#grow(partial, this.#size);
    const end = Math.min(this.#size, partial.length, this.#filled + mostBytes);
    this.#room = partial.subarray(this.#filled, end);
    return this.#room;
  }

  /** The last frame, in memory that is the caller's from now on. */
  take(): Buffer {
    const frame = this.#frame!;
    const isWorthIt = this.#collected !== null && frame.length * 2 > this.#collected.length;
    if (!isWorthIt) return Buffer.from(frame);
    this.#collected = null;
    return frame;
  }

  /** Copies what is left of the chunk, so that the caller may reuse its memory. */
  keep(): void {
    this.#release();
    if (this.#chunk === null) return;
    this.#chunk =
      this.#at < this.#chunk.length ? Buffer.from(this.#chunk.subarray(this.#at)) : null;
    this.#at = 0;
  }

  #release(): void {
    if (this.#collected !== null) frameMemory.giveBack(this.#collected);
    this.#collected = null;
    this.#frame = null;
  }

  #checked(size: number): number {
    if (size <= 0 || size > this.#maxBytes) throw new FrameSizeError(size, this.#maxBytes);
    this.#isLarge = size >= LARGE_BYTES;
    return size;
  }

  #collect(chunk: Buffer): Buffer | null {
    for (; this.#lengthBytes < LENGTH_BYTES; this.#lengthBytes++) {
      if (this.#at === chunk.length) return this.#exhaust();
      this.#size = (this.#size << 8) | chunk[this.#at++]!;
    }
    const size = this.#checked(this.#size);
    let partial = (this.#partial ??= this.#memoryFor(chunk.length - this.#at, size));
    for (;;) {
      const room = Math.min(size, partial.length) - this.#filled;
      const end = Math.min(chunk.length, this.#at + room);
      chunk.copy(partial, this.#filled, this.#at, end);
      this.#filled += end - this.#at;
      this.#at = end;
      if (this.#filled === size) return this.#complete(partial);
      if (this.#at === chunk.length) return this.#exhaust();
      partial = this.#grow(partial, size);
    }
  }

  #grow(partial: Buffer, size: number): Buffer {
    const larger = this.#memoryFor(this.#filled, size);
    partial.copy(larger, 0, 0, this.#filled);
    frameMemory.giveBack(partial);
    this.#partial = larger;
    return larger;
  }

  #complete(partial: Buffer): Buffer {
    this.#frame = partial.subarray(0, this.#filled);
    this.#collected = partial;
    this.#partial = null;
    this.#filled = 0;
    this.#lengthBytes = 0;
    this.#size = 0;
    return this.#frame;
  }

  #exhaust(): null {
    this.#chunk = null;
    return null;
  }

  /** For a frame of which so much has arrived: memory that is there already costs nothing. */
  #memoryFor(arrivedBytes: number, sizeBytes: number): Buffer {
    const whole = frameMemory.takeWaiting(sizeBytes);
    if (whole !== null) return whole;
    const most = Math.max(this.#leastMemoryBytes, MEMORY_FACTOR * arrivedBytes);
    return frameMemory.take(Math.min(sizeBytes, most));
  }
}
