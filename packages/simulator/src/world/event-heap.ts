import type { Timer } from '@tidelog/platform';

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly label: string;
  run: (() => void) | undefined; // undefined once cancelled
}

/** What is going to happen, soonest first; at the same time, in the order of its scheduling. */
export class EventHeap {
  readonly #events: Event[] = [];
  #sequence = 0;

  add(atMs: number, label: string, run: () => void): Timer {
    const event: Event = { atMs, sequence: this.#sequence++, label, run };
    this.#events.push(event);
    this.#rise(this.#events.length - 1);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Takes the next event out, or undefined when nothing is left to happen. */
  take(): { atMs: number; label: string; run: () => void } | undefined {
    for (;;) {
      const event = this.#takeTop();
      if (event === undefined) return undefined;
      const { atMs, label, run } = event;
      if (run !== undefined) return { atMs, label, run };
    }
  }

  /** The time of the next event, Infinity when there is none. */
  nextMs(): number {
    while (this.#events[0] !== undefined && this.#events[0].run === undefined) this.#takeTop();
    return this.#events[0]?.atMs ?? Infinity;
  }

  #takeTop(): Event | undefined {
    const top = this.#events[0];
    const last = this.#events.pop();
    if (top !== last && last !== undefined) {
      this.#events[0] = last;
      this.#sink();
    }
    return top;
  }

  #rise(start: number): void {
    const events = this.#events;
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(events[at] as Event, events[parent] as Event)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    const events = this.#events;
    for (let at = 0; ; ) {
      let soonest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < events.length && isBefore(events[child] as Event, events[soonest] as Event)) {
          soonest = child;
        }
      }
      if (soonest === at) return;
      this.#swap(at, soonest);
      at = soonest;
    }
  }

  #swap(a: number, b: number): void {
    const events = this.#events;
    [events[a], events[b]] = [events[b] as Event, events[a] as Event];
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
