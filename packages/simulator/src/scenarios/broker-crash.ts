import type { Client } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine, plants } from './broker-crash/server.ts';
import { GROUPS, Workload } from './broker-crash/workload.ts';
import { connect, PATIENCE_MS } from './connect.ts';

/** Within this time clients that are closed are gone (simulated). */
const CLOSE_MS = 1000;

/**
 * A broker lives through crashes while clients produce, create and delete topics, change configs,
 * delete records and commit offsets. Its machine loses power or its process is killed: at any time, in
 * any change of the disk, while it formats, starts, recovers and stops. After each restart all that was
 * acknowledged must be there, and nothing that was never asked for.
 */
export const brokerCrash: Scenario = brokerCrashFor({ rounds: 10 });

/** The same story with so many crashes, each with a check after it. */
export function brokerCrashFor({ rounds }: { rounds: number }): Scenario {
  return {
    name: 'broker-crash',
    plants: Object.values(plants),
    async run(world, plant) {
      const clients: Client[] = [];
      const open = (name: string): Client => {
        const client = connect(world, name);
        clients.push(client);
        return client;
      };
      const story = new Story(world, plant, open);
      try {
        return await story.play(rounds);
      } finally {
        story.stop();
        for (const client of clients) client.close().catch(() => {});
        // A client that is open keeps the process alive.
        await world.runFor(CLOSE_MS);
      }
    },
  };
}

class Story {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #history = new History();
  readonly #workload: Workload;
  readonly #observer: Client;
  #crashes = 0;

  constructor(world: World, plant: string | undefined, open: (name: string) => Client) {
    this.#world = world;
    this.#random = world.random.fork('broker-crash');
    this.#server = new BrokerMachine(world, { plant });
    this.#observer = open('observer');
    this.#workload = new Workload({
      producer: open('producer'),
      operator: open('operator'),
      clock: world.machine('workload').boot().clock,
      random: this.#random.fork('workload'),
      history: this.#history,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#comeUp();
    this.#workload.start();
    for (let round = 0; round < rounds; round++) {
      await this.#goDown();
      await this.#comeUp();
      if (this.#random.oneIn(2)) await this.#runFor(this.#random.below(500));
      await this.#examine();
    }
    await this.#demandProgress();
    await this.#server.stop();
    await this.#server.start();
    await this.#examine();
    return `${this.#crashes} crashes, ${this.#history.acks} promises`;
  }

  /** Nothing crashes any more: within a second there must be records that can be read, and the like. */
  async #demandProgress(): Promise<void> {
    const before = this.#history.acks;
    await this.#runFor(1000);
    await this.#examine();
    if (this.#history.acks < before + 10) throw new Violation('the broker does not go on');
  }

  stop(): void {
    this.#workload.stop().catch(() => {});
  }

  /** Starts until a start is not cut off. */
  async #comeUp(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const isCut = attempt < 5 && this.#random.oneIn(2);
      const operations = this.#random.oneIn(2) ? 20 : 150;
      if (await this.#server.start(isCut ? 1 + this.#random.below(operations) : undefined)) return;
      this.#crashes++;
    }
  }

  async #goDown(): Promise<void> {
    this.#crashes++;
    const how = this.#random.below(5);
    if (how < 2) this.#server.crashWithin(1 + this.#random.below(400));
    await this.#runFor(100 + this.#random.below(2500));
    if (!this.#server.running) return;
    if (how === 4) {
      if (this.#random.oneIn(2)) this.#server.crashWithin(1 + this.#random.below(60));
      await this.#server.stop();
    } else if (how === 3) this.#server.machine.kill();
    else this.#server.machine.crash();
  }

  async #runFor(durationMs: number): Promise<void> {
    const endMs = this.#world.nowMs + durationMs;
    this.#world.schedule(durationMs, 'the story goes on', () => {});
    await this.#until(() => this.#world.nowMs >= endMs || !this.#server.running);
  }

  /** Lets everything that is on its way come to its end, and holds what is there against the history. */
  async #examine(): Promise<void> {
    this.#workload.paused = true;
    await this.#finish(() => this.#workload.quiet);
    let outcome: { error: unknown } | 'done' | undefined;
    const examine = async (): Promise<void> => {
      check(this.#history, await observe(this.#observer, GROUPS));
    };
    examine().then(
      () => (outcome = 'done'),
      (error: unknown) => (outcome = { error }),
    );
    await this.#finish(() => outcome !== undefined);
    if (typeof outcome === 'object') throw outcome.error;
    this.#workload.paused = false;
  }

  /** A crash that was still to come may come now. */
  async #finish(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await this.#until(() => condition() || !this.#server.running);
      if (!this.#server.running) {
        this.#crashes++;
        await this.#comeUp();
      }
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    const isOver = (): boolean =>
      condition() || this.#server.fault !== undefined || this.#workload.failure !== undefined;
    await this.#world.runUntil(isOver, PATIENCE_MS);
    if (this.#server.fault !== undefined) throw new Violation(this.#server.fault);
    if (this.#workload.failure !== undefined) throw this.#workload.failure;
  }
}
