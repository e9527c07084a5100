import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import type { BrokerMachine } from './broker-crash/server.ts';
import { finish, Watch } from './watch.ts';

/** A broker that goes down and comes up again, while a story goes on with its clients. */
export class CrashingBroker {
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #watch: Watch;
  crashes = 0;

  /** `failure` is what went wrong with a client, and ends the story. */
  constructor(given: {
    readonly world: World;
    readonly random: SeededRandom;
    readonly server: BrokerMachine;
    readonly failure: () => Error | undefined;
  }) {
    this.#random = given.random;
    this.#server = given.server;
    this.#watch = new Watch(given.world, given.server, given.failure);
  }

  get running(): boolean {
    return this.#server.running;
  }

  /** Starts until a start is not cut off. */
  async comeUp(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const isCut = attempt < 5 && this.#random.oneIn(2);
      const operations = this.#random.oneIn(2) ? 20 : 150;
      if (await this.#server.start(isCut ? 1 + this.#random.below(operations) : undefined)) return;
      this.crashes++;
    }
  }

  /** Ends it in one of many ways; `live` lets time pass until a crash in a change of the disk. */
  async goDown(live: (durationMs: number) => Promise<void>): Promise<void> {
    this.crashes++;
    if (this.#random.oneIn(2)) {
      this.#server.crashWithin(1 + this.#random.below(100));
      await live(1000);
    }
    if (!this.#server.running) return;
    const how = this.#random.below(4);
    if (how === 0) {
      if (this.#random.oneIn(2)) this.#server.crashWithin(1 + this.#random.below(60));
      await this.#server.stop();
    } else if (how === 1) this.#server.machine.kill();
    else this.#server.machine.crash();
  }

  /** Lets time pass, or less when the broker goes down. */
  async runFor(durationMs: number): Promise<void> {
    await this.#watch.pass(durationMs, () => !this.#server.running);
  }

  /** Until `condition`; a crash that was still to come may come now. */
  async whileUp(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await this.#watch.until(() => condition() || !this.#server.running);
      if (this.#server.running) continue;
      this.crashes++;
      await this.comeUp();
    }
  }

  /** The same for what is asked of the broker. */
  finish<T>(promise: Promise<T>): Promise<T> {
    return finish(promise, (condition) => this.whileUp(condition));
  }

  /** Until `condition`, whether it is up or not. */
  async until(condition: () => boolean): Promise<void> {
    await this.#watch.until(condition);
  }

  /** Until `condition`, which is violated when it does not hold in time. */
  async within(limitMs: number, condition: () => boolean, complaint: string): Promise<void> {
    await this.#watch.within(limitMs, condition, complaint);
  }
}
