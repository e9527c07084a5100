import type { Client, Producer } from '@tidelog/client';
import type { Scenario } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History, TopicHistory } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { Progress } from './clients/progress.ts';
import { GROUP, Reader, TOPIC } from './clients/reader.ts';
import { Weather } from './clients/weather.ts';
import { Cast } from './cast.ts';
import { PATIENCE_MS } from './connect.ts';
import { createTopics } from './preparing.ts';
import { scenarioOf } from './scenario-of.ts';
import { Source } from './source.ts';
import { Watch } from './watch.ts';

const PARTITIONS = 4;
const MOST_IN_FLIGHT = 40;
const READERS = ['reader-0', 'reader-1', 'reader-2'];

const plants = { withoutSequences: 'without-sequences', commitsAhead: 'commits-ahead' };

const properties = {
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '5000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '300',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '300',
};

/**
 * Our own producer and a group of our own consumers on a network that delays, breaks connections and is cut
 * one way or both. What was sent is there once and in order; the group works on all of it at least
 * once, and commits nothing that it has not worked on.
 */
export const clients: Scenario = clientsFor({ rounds: 4 });

/** The same story with so many stretches of rough weather. */
export function clientsFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'clients',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}

class Story {
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #watch: Watch;
  readonly #weather: Weather;
  readonly #history = new History();
  readonly #topic = new TopicHistory(TOPIC, PARTITIONS);
  readonly #progress = new Progress(this.#topic.partitions);
  readonly #cast: Cast;
  readonly #readers: readonly Reader[];
  readonly #observer: Client;
  readonly #producer: Producer;
  readonly #source: Source;

  constructor(world: World, plant: string | undefined) {
    this.#random = world.random.fork('clients');
    this.#server = new BrokerMachine(world, { properties });
    const failure = (): Error | undefined =>
      this.#source.failure ?? this.#readers.find((reader) => reader.failure !== undefined)?.failure;
    this.#watch = new Watch(world, this.#server, failure);
    this.#weather = new Weather(world, this.#random.fork('weather'), {
      machines: ['producer', ...READERS],
      brokers: ['broker'],
    });
    this.#cast = new Cast(world);
    this.#history.topics.set(TOPIC, this.#topic);
    const protocol = this.#random.oneIn(2) ? 'classic' : 'consumer';
    this.#readers = READERS.map((name) => {
      return new Reader({
        client: this.#client(name),
        protocol,
        clock: world.machine(`${name} at work`).boot().clock,
        random: this.#random.fork(name),
        progress: this.#progress,
        commitsAhead: plant === plants.commitsAhead,
      });
    });
    this.#observer = this.#client('observer');
    this.#producer = this.#client('producer').producer({
      lingerMs: 5,
      idempotence: plant !== plants.withoutSequences,
      requestTimeoutMs: 2000,
      deliveryTimeoutMs: PATIENCE_MS,
      maxBlockMs: PATIENCE_MS,
    });
    this.#source = new Source({
      world,
      random: this.#random,
      producer: this.#producer,
      topic: TOPIC,
      partitions: PARTITIONS,
      mostInFlight: MOST_IN_FLIGHT,
      longestPauseMs: 60,
      witness: this.#topic,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#server.start();
    await this.#watch.finish(
      createTopics(this.#observer, [{ topic: TOPIC, partitions: PARTITIONS }]),
    );
    this.#topic.present.settle(true);
    for (const reader of this.#readers) reader.start();
    for (let round = 0; round < rounds; round++) {
      this.#weather.getRough();
      await this.#source.flow(2000 + this.#random.below(12_000), (ms) => this.#watch.pass(ms));
      this.#weather.calm();
      await this.#examine();
    }
    return `${this.#weather.cuts} cuts, ${this.#source.sent} records, read ${this.#progress.count} times`;
  }

  stop(): void {
    this.#weather.calm();
    for (const reader of this.#readers) reader.stop();
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    this.#cast.leave();
  }

  #client(name: string): Client {
    return this.#cast.client(name, { requestTimeoutMs: 3000 });
  }

  /** The network is well: all comes to its end. */
  async #examine(): Promise<void> {
    for (const reader of this.#readers) reader.steady = true;
    await this.#watch.until(() => this.#source.inFlight === 0);
    await this.#watch.finish(this.#checkCommits());
    await this.#watch.until(() => this.#progress.isComplete);
    await this.#watch.finish(this.#checkCommits());
    await this.#watch.finish(
      observe(this.#observer, []).then((found) => check(this.#history, found)),
    );
    for (const reader of this.#readers) reader.steady = false;
  }

  async #checkCommits(): Promise<void> {
    await using admin = this.#observer.admin();
    for (const { partition, offset } of await admin.listGroupOffsets(GROUP)) {
      this.#progress.committed(partition, offset);
    }
  }
}
