/** A pending timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time, as a program sees it. Only shells hold a Clock; pure machines are handed `now`. */
export interface Clock {
  /** Wall-clock milliseconds since the epoch (may jump). Stamped on records. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. For deadlines and durations. */
  monotonic(): number;
  /** Calls `fire` once, after at least `delayMs` of monotonic time. Does not keep a process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}
