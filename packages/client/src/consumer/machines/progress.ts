/** Something that was handed out of a partition. */
export interface Step {
  readonly offset: number;
  done: boolean;
}

/**
 * How far the work on a partition has come, where later messages may be done before earlier ones. Only what
 * is done without a gap counts: whoever goes on after a crash must find each message that was not done.
 */
export class Progress {
  /** In the order of their offsets; those that are done at the beginning are gone. */
  #steps: Step[] = [];
  #first = 0;

  /** Handed out and not counted as done. */
  get size(): number {
    return this.#steps.length - this.#first;
  }

  /** `offset`: of its first message, higher than all before. */
  begin(offset: number): Step {
    const step = { offset, done: false };
    this.#steps.push(step);
    return step;
  }

  finish(step: Step): void {
    step.done = true;
    while (this.#first < this.#steps.length && this.#steps[this.#first]!.done) this.#first++;
    if (this.#first > 1024 || this.#first === this.#steps.length) {
      this.#steps = this.#steps.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The first offset that is not done, where all before `handedOut` were handed out. */
  position(handedOut: number): number {
    return this.#steps[this.#first]?.offset ?? handedOut;
  }
}
