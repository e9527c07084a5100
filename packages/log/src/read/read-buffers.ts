/** What one read takes from the file at most: a larger buffer costs more to get than it saves. */
export const READ_STEP_BYTES = 1 << 20;
/** Smaller reads get memory of their own size, which costs little. */
const LEAST_POOLED_BYTES = 1 << 16;
const MAX_POOLED = 32;

/**
 * The buffers of large reads, used again when they have been sent: fresh memory costs page faults for
 * each of its pages, and the garbage collector a look at it. Whoever does not give one back leaves it to
 * the garbage collector; whoever does must not touch it any more.
 */
class ReadBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  take(sizeBytes: number): Buffer {
    if (sizeBytes < LEAST_POOLED_BYTES || sizeBytes > READ_STEP_BYTES) {
      return Buffer.allocUnsafe(sizeBytes);
    }
    const whole = this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_STEP_BYTES);
    this.#lent.add(whole.buffer);
    return whole.subarray(0, sizeBytes);
  }

  /** Takes back what `take` gave; other buffers, and those that are back already, are left alone. */
  giveBack(buffers: Iterable<Uint8Array>): void {
    for (const { buffer } of buffers) {
      if (!this.#lent.delete(buffer) || this.#free.length >= MAX_POOLED) continue;
      this.#free.push(Buffer.from(buffer as ArrayBuffer));
    }
  }
}

/** Shared by all logs of the process: a buffer knows nothing of the log that it was read from. */
export const readBuffers = new ReadBuffers();
