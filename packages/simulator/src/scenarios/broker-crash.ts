import type { Client } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine, plants } from './broker-crash/server.ts';
import { GROUPS, Workload } from './broker-crash/workload.ts';
import { Cast } from './cast.ts';
import { CrashingBroker } from './crashing-broker.ts';
import { scenarioOf } from './scenario-of.ts';

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
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #broker: CrashingBroker;
  readonly #cast: Cast;
  readonly #history = new History();
  readonly #workload: Workload;
  readonly #observer: Client;

  constructor(world: World, plant: string | undefined) {
    this.#random = world.random.fork('broker-crash');
    this.#server = new BrokerMachine(world, { plant });
    this.#broker = new CrashingBroker({
      world,
      random: this.#random.fork('broker'),
      server: this.#server,
      failure: () => this.#workload.failure,
    });
    this.#cast = new Cast(world);
    this.#observer = this.#cast.client('observer');
    this.#workload = new Workload({
      producer: this.#cast.client('producer'),
      operator: this.#cast.client('operator'),
      clock: world.machine('workload').boot().clock,
      random: this.#random.fork('workload'),
      history: this.#history,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#broker.comeUp();
    this.#workload.start();
    for (let round = 0; round < rounds; round++) {
      await this.#broker.runFor(100 + this.#random.below(2000));
      await this.#broker.goDown((durationMs) => this.#broker.runFor(durationMs));
      await this.#broker.comeUp();
      if (this.#random.oneIn(2)) await this.#broker.runFor(this.#random.below(500));
      await this.#examine();
    }
    await this.#demandProgress();
    await this.#server.stop();
    await this.#server.start();
    await this.#examine();
    return `${this.#broker.crashes} crashes, ${this.#history.acks} promises`;
  }

  /** Nothing crashes any more: within a second there must be records that can be read, and the like. */
  async #demandProgress(): Promise<void> {
    const before = this.#history.acks;
    await this.#broker.runFor(1000);
    await this.#examine();
    if (this.#history.acks < before + 10) throw new Violation('the broker does not go on');
  }

  stop(): void {
    this.#workload.stop().catch(() => {});
    this.#cast.leave();
  }

  /** Lets everything that is on its way come to its end, and holds what is there against the history. */
  async #examine(): Promise<void> {
    this.#workload.paused = true;
    await this.#broker.whileUp(() => this.#workload.quiet);
    check(this.#history, await this.#broker.finish(observe(this.#observer, GROUPS)));
    this.#workload.paused = false;
  }
}
