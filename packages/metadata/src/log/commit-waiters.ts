interface Waiter {
  readonly endOffset: number;
  readonly resolve: (isCommitted: boolean) => void;
}

/** Who waits until the log is applied up to some offset. */
export class CommitWaiters {
  #waiters: Waiter[] = [];

  /** True once everything below `endOffset` is applied, false when that will not be known here. */
  wait(endOffset: number): Promise<boolean> {
    return new Promise((resolve) => this.#waiters.push({ endOffset, resolve }));
  }

  applied(offset: number): void {
    // They came in the order of their offsets: the log only grows while this node leads.
    let count = 0;
    while ((this.#waiters[count]?.endOffset ?? Number.POSITIVE_INFINITY) <= offset) count++;
    for (const { resolve } of this.#waiters.splice(0, count)) resolve(true);
  }

  giveUp(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve(false);
  }
}
