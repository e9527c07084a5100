import type { Client, Producer } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History, TopicHistory } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { Progress } from './clients/progress.ts';
import { GROUP, Reader, TOPIC } from './clients/reader.ts';
import { Weather } from './clients/weather.ts';
import { connect, PATIENCE_MS } from './connect.ts';
import { scenarioOf } from './scenario-of.ts';
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
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #watch: Watch;
  readonly #weather: Weather;
  readonly #history = new History();
  readonly #topic = new TopicHistory(TOPIC, PARTITIONS);
  readonly #progress = new Progress(this.#topic.partitions);
  readonly #clients: Client[] = [];
  readonly #readers: readonly Reader[];
  readonly #observer: Client;
  readonly #producer: Producer;
  #sending = 0;
  #next = 0;
  #failure: Error | undefined;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#random = world.random.fork('clients');
    this.#server = new BrokerMachine(world, { properties });
    const failure = (): Error | undefined =>
      this.#failure ?? this.#readers.find((reader) => reader.failure !== undefined)?.failure;
    this.#watch = new Watch(world, this.#server, failure);
    this.#weather = new Weather(world, this.#random.fork('weather'), {
      machines: ['producer', ...READERS],
      brokers: ['broker'],
    });
    this.#history.topics.set(TOPIC, this.#topic);
    const protocol = this.#random.oneIn(2) ? 'classic' : 'consumer';
    this.#readers = READERS.map((name) => {
      return new Reader({
        client: this.#connect(name),
        protocol,
        clock: world.machine(`${name} at work`).boot().clock,
        random: this.#random.fork(name),
        progress: this.#progress,
        commitsAhead: plant === plants.commitsAhead,
      });
    });
    this.#observer = this.#connect('observer');
    this.#producer = this.#connect('producer').producer({
      lingerMs: 5,
      idempotence: plant !== plants.withoutSequences,
      requestTimeoutMs: 2000,
      deliveryTimeoutMs: PATIENCE_MS,
      maxBlockMs: PATIENCE_MS,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#server.start();
    await this.#watch.finish(this.#createTopic());
    for (const reader of this.#readers) reader.start();
    for (let round = 0; round < rounds; round++) {
      this.#weather.getRough();
      await this.#live(2000 + this.#random.below(12_000));
      this.#weather.calm();
      await this.#examine();
    }
    return `${this.#weather.cuts} cuts, ${this.#next} records, read ${this.#progress.count} times`;
  }

  stop(): void {
    this.#weather.calm();
    for (const reader of this.#readers) reader.stop();
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    for (const client of this.#clients) client.close().catch(() => {});
  }

  #connect(name: string): Client {
    const client = connect(this.#world, name, { requestTimeoutMs: 3000 });
    this.#clients.push(client);
    return client;
  }

  async #createTopic(): Promise<void> {
    await using admin = this.#observer.admin();
    await admin.createTopics([{ topic: TOPIC, partitions: PARTITIONS }]);
    this.#topic.present.settle(true);
  }

  /** Lets time pass while records are sent. */
  async #live(durationMs: number): Promise<void> {
    const endMs = this.#world.nowMs + durationMs;
    while (this.#world.nowMs < endMs) {
      if (this.#sending < MOST_IN_FLIGHT) this.#send();
      await this.#watch.pass(1 + this.#random.below(60));
    }
  }

  #send(): void {
    const partition = this.#random.below(PARTITIONS);
    const value = `record ${this.#next++}`;
    const history = this.#topic.partitions[partition]!;
    history.send(value);
    this.#sending++;
    this.#producer.send({ topic: TOPIC, partition, value }).then(
      ({ offset }) => {
        this.#sending--;
        history.ack(offset, value);
      },
      (error: unknown) => {
        this.#failure ??= new Violation(`'${value}' was refused: ${String(error)}`);
      },
    );
  }

  /** The network is well: all comes to its end. */
  async #examine(): Promise<void> {
    for (const reader of this.#readers) reader.steady = true;
    await this.#watch.until(() => this.#sending === 0);
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
