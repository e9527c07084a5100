import { lend, type Lender } from './lent-memory.ts';

/** What one read takes from the file at most: a larger buffer costs more to get than it saves. */
export const READ_STEP_BYTES = 1 << 20;
/** Smaller reads get memory of their own size, which costs little. */
const LEAST_POOLED_BYTES = 1 << 16;
const MAX_POOLED = 32;

/**
 * The buffers of large reads, used again when they have been sent: fresh memory costs page faults for
 * each of its pages, and the garbage collector a look at it. Whoever does not give one back leaves it to
 * the garbage collector.
 */
class ReadBuffers implements Lender<Buffer> {
  readonly #free: Buffer[] = [];

  /** Lends `sizeBytes`, at most READ_STEP_BYTES, not initialised. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < LEAST_POOLED_BYTES) return Buffer.allocUnsafe(sizeBytes);
    const whole = this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_STEP_BYTES);
    return lend(whole.subarray(0, sizeBytes), this);
  }

  takeBack({ buffer }: Buffer): void {
    if (this.#free.length < MAX_POOLED) this.#free.push(Buffer.from(buffer as ArrayBuffer));
  }
}

/** Shared by all logs of the process: a buffer knows nothing of the log that it was read from. */
export const readBuffers = new ReadBuffers();
