import type { Clock } from '@tidelog/platform';
import type { Partition } from '../partition/partition.ts';

/** A long poll: woken by what becomes visible in its partitions, not by looking again and again. */
export class FetchWait {
  readonly #clock: Clock;
  readonly #partitions: readonly Partition[];
  readonly #committed: boolean;
  readonly #onGone: Set<() => void>;

  constructor(
    clock: Clock,
    { partitions, committed }: { partitions: readonly Partition[]; committed: boolean },
    onGone: Set<() => void>,
  ) {
    this.#clock = clock;
    this.#partitions = partitions;
    this.#committed = committed;
    this.#onGone = onGone;
  }

  /**
   * Resolves when `sizeBytes` more are visible, a partition has moved away, the time is over, or
   * nobody is there any more to be answered.
   */
  until(sizeBytes: number, maxWaitMs: number): Promise<void> {
    const partitions = this.#partitions;
    const goal = this.#visibleBytes() + sizeBytes;
    const epochs = partitions.map(({ leaderEpoch }) => leaderEpoch);
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel();
        this.#onGone.delete(finish);
        for (const partition of partitions) partition.offVisible(wake);
        resolve();
      };
      const wake = () => {
        const moved = partitions.some(
          (partition, i) => !partition.isLeader || partition.leaderEpoch !== epochs[i],
        );
        if (moved || this.#visibleBytes() >= goal) finish();
      };
      const timer = this.#clock.setTimer(maxWaitMs, finish);
      for (const partition of partitions) partition.onVisible(wake);
      this.#onGone.add(finish);
    });
  }

  #visibleBytes(): number {
    let sum = 0;
    for (const partition of this.#partitions) {
      sum += this.#committed ? partition.stableBytes : partition.visibleBytes;
    }
    return sum;
  }
}
