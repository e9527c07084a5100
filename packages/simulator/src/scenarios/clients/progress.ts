import { Violation } from '../../scenario.ts';
import type { PartitionHistory } from '../broker-crash/history.ts';

/** How far a group has come with its work, which is done at least once and committed only then. */
export class Progress {
  readonly #history: readonly PartitionHistory[];
  readonly #worked: readonly Set<number>[];
  /** Messages that were worked on, each time. */
  count = 0;

  constructor(history: readonly PartitionHistory[]) {
    this.#history = history;
    this.#worked = history.map(() => new Set<number>());
  }

  /** Throws a Violation when the message is not the one that was acknowledged there. */
  worked(partition: number, offset: number, value: string): void {
    const { acked, sent } = this.#history[partition]!;
    const expected = acked.get(offset);
    if (expected === undefined ? !sent.has(value) : value !== expected) {
      throw new Violation(`read '${value}' at ${offset} of partition ${partition}`);
    }
    this.#worked[partition]!.add(offset);
    this.count++;
  }

  /** Throws a Violation when something is committed that nobody has worked on. */
  committed(partition: number, offset: number): void {
    for (let at = 0; at < offset; at++) {
      if (this.#worked[partition]!.has(at)) continue;
      throw new Violation(
        `partition ${partition} is committed to ${offset}, nobody worked on ${at}`,
      );
    }
  }

  /** All that was acknowledged is done. */
  get isComplete(): boolean {
    return this.#history.every(({ acked }, partition) => {
      const worked = this.#worked[partition]!;
      return [...acked.keys()].every((offset) => worked.has(offset));
    });
  }
}
