import type { Clock } from '@tidelog/platform';

/** Rests shorter than this cost more than they are worth: they are saved up. */
const LEAST_REST_MS = 20;
/** Nobody is to wait for a task that rests very long. */
const LONGEST_REST_MS = 1000;

/** Keeps the bytes of a cleaning below a rate, over the whole of it. */
export class Throttle {
  readonly #maxBytesPerSecond: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #since: number;
  #bytes = 0;

  constructor(maxBytesPerSecond: number, clock: Pick<Clock, 'monotonic'>) {
    this.#maxBytesPerSecond = maxBytesPerSecond;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** How long to rest now that so many more bytes were read or written (ms). */
  rest(bytes: number): number {
    this.#bytes += bytes;
    const now = this.#clock.monotonic();
    const earned = (this.#bytes / this.#maxBytesPerSecond) * 1000;
    const aheadMs = earned - (now - this.#since);
    // Time that was not used is not made up for in a burst.
    if (aheadMs < 0) {
      this.#since = now;
      this.#bytes = 0;
    }
    return aheadMs < LEAST_REST_MS ? 0 : Math.min(aheadMs, LONGEST_REST_MS);
  }
}
