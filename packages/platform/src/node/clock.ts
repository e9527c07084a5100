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
    const deadline = this.monotonic() + delayMs;
    let timeout: NodeJS.Timeout;
    const arm = (): void => {
      const remainingMs = Math.max(0, Math.ceil(deadline - this.monotonic()));
      timeout = setTimeout(wake, Math.min(remainingMs, LONGEST_TIMEOUT_MS));
      timeout.unref();
    };
    // setTimeout counts in whole milliseconds and may wake up to one too early.
    const wake = (): void => {
      if (this.monotonic() < deadline) arm();
      else fire();
    };
    arm();
    return { cancel: () => clearTimeout(timeout) };
  }
}
