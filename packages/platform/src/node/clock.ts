import type { Clock, Timer } from '../ports/clock.ts';

/** setTimeout fires at once when asked to wait longer than this. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** The system's clocks and Node's timers. */
export class NodeClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    // As performance.now(), without loading what is behind `performance`.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return new NodeTimer(this, this.monotonic() + delayMs, fire);
  }
}

/** One object for each: a thousand long polls have a thousand of them. */
class NodeTimer implements Timer {
  readonly #clock: NodeClock;
  readonly #deadline: number;
  readonly #fire: () => void;
  #timeout: NodeJS.Timeout;

  constructor(clock: NodeClock, deadline: number, fire: () => void) {
    this.#clock = clock;
    this.#deadline = deadline;
    this.#fire = fire;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const remainingMs = Math.max(0, Math.ceil(this.#deadline - this.#clock.monotonic()));
    const timeout = setTimeout(NodeTimer.#wake, Math.min(remainingMs, LONGEST_TIMEOUT_MS), this);
    return timeout.unref();
  }

  /** setTimeout counts in whole milliseconds and may wake up to one too early. */
  static #wake(this: void, timer: NodeTimer): void {
    if (timer.#clock.monotonic() < timer.#deadline) timer.#timeout = timer.#arm();
    else timer.#fire();
  }
}
