import type { Clock, Timer } from '@tidelog/platform';

interface Pending extends Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: Pending[] = [];

  now(): number {
    return 1_000_000 + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer: Pending = {
      at: this.#now + delayMs,
      fire,
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
    this.#timers.push(timer);
    return timer;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      due.cancel();
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = end;
  }
}
