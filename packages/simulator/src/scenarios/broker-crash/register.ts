/**
 * A value that one writer changes, one change at a time, as its readers may find it: a change that was
 * asked for and not acknowledged may have been made or not; one that was acknowledged has been made.
 */
export class Register<T> {
  #possible: T[];

  constructor(value: T) {
    this.#possible = [value];
  }

  /** A change to `value` is asked for. */
  propose(value: T): void {
    this.#possible.push(value);
  }

  /** The change was acknowledged, or seen while no other one was on its way. */
  settle(value: T): void {
    this.#possible = [value];
  }

  allows(value: T): boolean {
    return this.#possible.includes(value);
  }

  /** What is possible, for a complaint. */
  describe(): string {
    return this.#possible.map(String).join(' or ');
  }
}
