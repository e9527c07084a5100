import type { Clock } from '@tidelog/platform';
import type { SeededRandom } from '../world/seeded-random.ts';

export interface VisitorOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
}

/** One that does its work with the broker until it leaves, and comes back after a while as another. */
export abstract class Visitor {
  failure: Error | undefined;
  /** It does not leave by itself. */
  steady = false;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #longestPauseMs: number;
  #isOver = false;

  constructor({ clock, random }: VisitorOptions, longestPauseMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#longestPauseMs = longestPauseMs;
  }

  /** Resolves when it has left. */
  protected abstract visit(): Promise<void>;

  start(): void {
    this.#run().catch((error: unknown) => {
      if (!this.#isOver) this.failure = error as Error;
    });
  }

  /** A visit comes to an end, which the visitor may hasten. */
  stop(): void {
    this.#isOver = true;
  }

  protected sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(ms, resolve));
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.visit();
      await this.sleep(this.#random.below(this.#longestPauseMs));
    }
  }
}
