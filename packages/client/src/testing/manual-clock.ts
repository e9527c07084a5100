import type { Clock, Timer } from '@tidelog/platform';

interface Pending {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: Pending[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const pending = { at: this.#now + delayMs, fire };
    this.#timers.push(pending);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((timer) => timer !== pending);
      },
    };
  }

  /** Fires what is due within the next `ms`, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
  }

  /** Lets everything happen that needs no time, and then moves on timer by timer until it holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let steps = 0; steps < 10_000; steps++) {
      for (let turns = 0; turns < 5; turns++) {
        if (condition()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const next = this.#next();
      if (next !== undefined) this.advance(Math.max(0, next.at - this.#now));
    }
    throw new Error('the condition did not come true');
  }

  /** As `until` the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    await this.until(() => settled);
    return promise;
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }
}
