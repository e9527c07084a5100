import type { Clock, Timer } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';

interface Waiter {
  readonly offset: number;
  readonly deadlineMs: number;
  readonly resolve: (error: KafkaError | null) => void;
}

/**
 * Who waits for records of one partition to be replicated. Waiters come in the order of their
 * offsets, and are served from the front; one timer watches over all of them.
 */
export class ReplicationWaiters {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];
  #timer: Timer | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(offset: number, timeoutMs: number): Promise<KafkaError | null> {
    return new Promise((resolve) => {
      const deadlineMs = this.#clock.monotonic() + timeoutMs;
      this.#waiters.push({ offset, deadlineMs, resolve });
      this.#watch(deadlineMs);
    });
  }

  /** Serves those whose record lies below the high watermark. */
  replicatedTo(highWatermark: number): void {
    let served = 0;
    while (served < this.#waiters.length && this.#waiters[served]!.offset < highWatermark) served++;
    if (served > 0) this.#settle(this.#waiters.splice(0, served), null);
  }

  failAll(error: KafkaError): void {
    this.#settle(this.#waiters.splice(0), error);
  }

  #settle(waiters: readonly Waiter[], error: KafkaError | null): void {
    for (const { resolve } of waiters) resolve(error);
    if (this.#waiters.length === 0) this.#stopWatch();
  }

  #stopWatch(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #watch(deadlineMs: number): void {
    if (deadlineMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = deadlineMs;
    const delayMs = Math.max(1, deadlineMs - this.#clock.monotonic());
    this.#timer = this.#clock.setTimer(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#stopWatch();
    const now = this.#clock.monotonic();
    const late = this.#waiters.filter(({ deadlineMs }) => deadlineMs <= now);
    this.#waiters = this.#waiters.filter(({ deadlineMs }) => deadlineMs > now);
    this.#settle(late, errors.REQUEST_TIMED_OUT);
    for (const { deadlineMs } of this.#waiters) this.#watch(deadlineMs);
  }
}
