import type { StorageError } from './results.ts';

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: StorageError) => void;
}

/** Those who wait until the records below an offset are on stable storage. */
export class FlushWaiters {
  private waiting: Waiter[] = [];

  add(offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ offset, resolve, reject });
    });
  }

  resolveUpTo(offset: number): void {
    for (const waiter of this.take((waiting) => waiting.offset <= offset)) waiter.resolve();
  }

  /** Those who wait for records at `offset` and behind it. */
  rejectFrom(offset: number, error: StorageError): void {
    for (const waiter of this.take((waiting) => waiting.offset > offset)) waiter.reject(error);
  }

  private take(taken: (waiter: Waiter) => boolean): Waiter[] {
    const found = this.waiting.filter(taken);
    if (found.length > 0) this.waiting = this.waiting.filter((waiter) => !taken(waiter));
    return found;
  }
}
