import type { Client } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine, plants } from './broker-crash/server.ts';
import { GROUPS, Workload } from './broker-crash/workload.ts';
import { connect } from './connect.ts';
import { scenarioOf } from './scenario-of.ts';
import { finish, Watch } from './watch.ts';

/**
 * A broker lives through crashes while clients produce, create and delete topics, change configs,
 * delete records and commit offsets. Its machine loses power or its process is killed: at any time, in
 * any change of the disk, while it formats, starts, recovers and stops. After each restart all that was
 * acknowledged must be there, and nothing that was never asked for.
 */
export const brokerCrash: Scenario = brokerCrashFor({ rounds: 10 });

/** The same story with so many crashes, each with a check after it. */
export function brokerCrashFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'broker-crash',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}

class Story {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #watch: Watch;
  readonly #clients: Client[] = [];
  readonly #history = new History();
  readonly #workload: Workload;
  readonly #observer: Client;
  #crashes = 0;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#random = world.random.fork('broker-crash');
    this.#server = new BrokerMachine(world, { plant });
    this.#watch = new Watch(world, this.#server, () => this.#workload.failure);
    this.#observer = this.#open('observer');
    this.#workload = new Workload({
      producer: this.#open('producer'),
      operator: this.#open('operator'),
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
    for (const client of this.#clients) client.close().catch(() => {});
  }

  #open(name: string): Client {
    const client = connect(this.#world, name);
    this.#clients.push(client);
    return client;
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
    await this.#watch.pass(durationMs, () => !this.#server.running);
  }

  /** Lets everything that is on its way come to its end, and holds what is there against the history. */
  async #examine(): Promise<void> {
    this.#workload.paused = true;
    await this.#whileUp(() => this.#workload.quiet);
    const findings = observe(this.#observer, GROUPS);
    check(this.#history, await finish(findings, (condition) => this.#whileUp(condition)));
    this.#workload.paused = false;
  }

  /** A crash that was still to come may come now. */
  async #whileUp(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await this.#watch.until(() => condition() || !this.#server.running);
      if (!this.#server.running) {
        this.#crashes++;
        await this.#comeUp();
      }
    }
  }
}
