interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What is to happen, by time; at one time in the order of scheduling. */
export class EventHeap {
  #entries: Entry[] = [];
  #order = 0;
  now = 0;

  schedule(delayMs: number, run: () => void): void {
    this.#order += 1;
    const entry = { at: this.now + delayMs, order: this.#order, run };
    this.#entries.push(entry);
    for (let i = this.#entries.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Runs the next event; false when there is none until `end`. */
  runNext(end: number): boolean {
    const next = this.#entries[0];
    if (next === undefined || next.at > end) return false;
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink();
    }
    this.now = next.at;
    next.run();
    return true;
  }

  #sink(): void {
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#entries.length && this.#isBefore(child, least)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#entries[a], this.#entries[b]];
    if (x === undefined || y === undefined) return false;
    return x.at - y.at < 0 || (x.at === y.at && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#entries[a], this.#entries[b]];
    if (x === undefined || y === undefined) return;
    this.#entries[a] = y;
    this.#entries[b] = x;
  }
}
