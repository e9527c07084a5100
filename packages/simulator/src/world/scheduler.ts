import type { Clock, Timer } from '@tidelog/platform';

/** Where a simulated part puts what it lets happen later. */
export interface Scheduler {
  /** Simulated monotonic milliseconds. */
  readonly nowMs: number;
  /** Runs `run` after `delayMs`; `label` is its line in the trace. */
  schedule(delayMs: number, label: string, run: () => void): Timer;
  /** Adds a line to the trace. */
  note(line: string): void;
}

/** A program's clock in the simulated world. */
export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;
  /** Wall-clock time at monotonic zero. Change it to let the wall clock jump. */
  epochMs: number;

  constructor(scheduler: Scheduler, epochMs: number) {
    this.#scheduler = scheduler;
    this.epochMs = epochMs;
  }

  now(): number {
    return this.epochMs + Math.floor(this.#scheduler.nowMs);
  }

  monotonic(): number {
    return this.#scheduler.nowMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.#scheduler.schedule(Math.max(0, delayMs), 'timer', fire);
  }
}
