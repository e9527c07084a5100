import type { Random } from '@tidelog/platform';

/** How much waits for a partition that can be written to. */
export interface PartitionLoad {
  readonly partition: number;
  readonly queuedBatches: number;
}

/**
 * Chooses partitions for records without a key (KIP-794): it stays with one until a batch's worth of
 * bytes went there, then takes another at random, the likelier the shorter its queue.
 */
export class StickyPartitioner {
  readonly #random: Random;
  readonly #stickyBytes: number;
  #current = -1;
  #producedBytes = 0;

  constructor(random: Random, stickyBytes: number) {
    this.#random = random;
    this.#stickyBytes = stickyBytes;
  }

  /** The partition for the next record; -1 where one has to be chosen. */
  get current(): number {
    return this.#current;
  }

  /**
   * Counts what was appended. While the partition's batch is not ready to be sent it is filled further,
   * up to twice the size, so that no small batch is left behind.
   */
  appended(sizeBytes: number, batchIsReady: boolean): void {
    this.#producedBytes += sizeBytes;
    const enough = this.#producedBytes >= this.#stickyBytes && batchIsReady;
    if (enough || this.#producedBytes >= 2 * this.#stickyBytes) this.leave();
  }

  /** Chooses anew for the next record. */
  leave(): void {
    this.#current = -1;
    this.#producedBytes = 0;
  }

  /** Draws a partition from those that can be written to. */
  choose(load: readonly PartitionLoad[]): number {
    let longest = 0;
    for (const { queuedBatches } of load) longest = Math.max(longest, queuedBatches);
    let total = 0;
    for (const { queuedBatches } of load) total += longest + 1 - queuedBatches;
    let drawn = this.#random.below(total);
    for (const { partition, queuedBatches } of load) {
      drawn -= longest + 1 - queuedBatches;
      if (drawn < 0) {
        this.#current = partition;
        break;
      }
    }
    return this.#current;
  }
}
