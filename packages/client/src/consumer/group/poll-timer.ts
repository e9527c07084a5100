import type { Clock } from '@tidelog/platform';

/** How long the consumer has been at what it was given: a member that takes too long holds others up. */
export class PollTimer {
  readonly #clock: Clock;
  readonly #maxPollIntervalMs: number;
  #busySince: number | null = null;

  constructor(clock: Clock, maxPollIntervalMs: number) {
    this.#clock = clock;
    this.#maxPollIntervalMs = maxPollIntervalMs;
  }

  /** The consumer has been given something to work on, or is back for more. */
  setBusy(busy: boolean): void {
    this.#busySince = busy ? this.#clock.monotonic() : null;
  }

  /** Since when the oldest piece of work is in hand (monotonic); null where there is none. */
  setBusySince(since: number | null): void {
    this.#busySince = since;
  }

  get isExpired(): boolean {
    if (this.#busySince === null) return false;
    return this.#clock.monotonic() - this.#busySince > this.#maxPollIntervalMs;
  }
}
