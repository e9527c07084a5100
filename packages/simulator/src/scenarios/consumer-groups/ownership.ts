import { Violation } from '../../scenario.ts';

/** Who has owned which partition in which epoch, as members were told. */
export class Ownership {
  readonly #owners = new Map<string, string>();
  /** How often a member was told what it owns. */
  claims = 0;

  /** Throws a Violation when another member owned the partition in the same epoch. */
  claim(memberId: string, epoch: number, partitions: Iterable<number>): void {
    for (const partition of partitions) {
      const key = `${partition} in epoch ${epoch}`;
      const owner = this.#owners.get(key);
      if (owner !== undefined && owner !== memberId) {
        throw new Violation(`partition ${key} is owned by ${owner} and by ${memberId}`);
      }
      this.#owners.set(key, memberId);
      this.claims++;
    }
  }
}
