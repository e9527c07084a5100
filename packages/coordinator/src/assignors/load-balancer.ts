/**
 * Says who of a topic's subscribers is to get the next partition, and who is to give one up. Members
 * are numbers; `loads` has how many partitions each owns, and is kept by the caller.
 *
 * Subscribers are sorted by load. At the low end those with the least load form a range, and receive
 * partitions in turn; when each has received one, the range's level rises by one and takes in the
 * subscribers who are at that level already. The high end does the same downwards.
 */
export class LoadBalancer {
  readonly #loads: Int32Array;
  #sorted: number[] = [];

  #lowEnd = 0;
  #lowLevel = 0;
  #lowNext = 0;

  #highStart = 0;
  #highEnd = 0;
  #highLevel = 0;
  #highNext = 0;

  constructor(loads: Int32Array) {
    this.#loads = loads;
  }

  /** Begins with these subscribers, of which there are some. */
  begin(subscribers: readonly number[]): void {
    const loads = this.#loads;
    this.#sorted = subscribers.toSorted((a, b) => loads[a]! - loads[b]! || a - b);
    const { length } = this.#sorted;
    this.#lowEnd = 0;
    this.#lowLevel = this.#load(0) - 1;
    this.#lowNext = 0;
    this.#highStart = length;
    this.#highEnd = length;
    this.#highLevel = this.#load(length - 1) + 1;
    this.#highNext = length - 1;
  }

  /** How many partitions the most loaded subscriber has more than the least loaded one. */
  get imbalance(): number {
    return this.#load(this.#sorted.length - 1) - this.#load(0);
  }

  get balanced(): boolean {
    return this.#highLevel - this.#lowLevel <= 1;
  }

  /** Who is to receive a partition. */
  nextReceiver(): number {
    if (this.#lowNext >= this.#lowEnd) {
      this.#lowLevel++;
      while (this.#lowEnd < this.#sorted.length && this.#load(this.#lowEnd) === this.#lowLevel) {
        this.#lowEnd++;
      }
      this.#lowNext = 0;
    }
    return this.#sorted[this.#lowNext++]!;
  }

  /** Who is to give up a partition; -1 when nobody is left who could. */
  nextGiver(): number {
    if (this.#highNext < this.#highStart) {
      // A range that was emptied by `dropGiver` starts anew below.
      const empty = this.#highEnd <= this.#highStart && this.#highStart > 0;
      this.#highLevel = empty ? this.#load(this.#highStart - 1) : this.#highLevel - 1;
      while (this.#highStart > 0 && this.#load(this.#highStart - 1) === this.#highLevel) {
        this.#highStart--;
      }
      this.#highNext = this.#highEnd - 1;
    }
    return this.#highNext < 0 ? -1 : this.#sorted[this.#highNext--]!;
  }

  /** The last giver has no partition of the topic, and is not asked again. */
  dropGiver(): void {
    const at = this.#highNext + 1;
    const last = --this.#highEnd;
    const giver = this.#sorted[at]!;
    this.#sorted[at] = this.#sorted[last]!;
    this.#sorted[last] = giver;
  }

  #load(at: number): number {
    return this.#loads[this.#sorted[at]!]!;
  }
}
