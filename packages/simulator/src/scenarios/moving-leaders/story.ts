import { type Client, KafkaClientError, type Producer } from '@tidelog/client';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { World } from '../../world/world.ts';
import { History, TopicHistory } from '../broker-crash/history.ts';
import { BrokerMachine } from '../broker-crash/server.ts';
import { Progress } from '../clients/progress.ts';
import { TOPIC } from '../clients/reader.ts';
import { Weather } from '../clients/weather.ts';
import { connect, PATIENCE_MS } from '../connect.ts';
import { Wire } from '../exactly-once/wire.ts';
import { BOOTSTRAP, FrontCluster, NODES } from './cluster.ts';
import { COPIES, NOTES } from './copier.ts';
import { Crew, MACHINES } from './crew.ts';
import { Examiner } from './examiner.ts';
import { Overseer } from './overseer.ts';
import { Shared, SHARERS } from './sharer.ts';

const CLOSE_MS = 1000;
const PARTITIONS = 3;
const MOST_IN_FLIGHT = 30;
const LOCK_MS = 2000;
const REQUEST_TIMEOUT_MS = 3000;
/** When the weather is well, what was sent is there after this, however the network was cut. */
const SENT_AFTER_MS = 8000;
/** Everything else, with members and transactions that have to time out. */
const OVER_AFTER_MS = 40_000;
/** How long a move of a leader may hold up a record: less than any request may wait for its answer. */
const PROMPT_MS = 2500;
const GENTLE_MS = 3000;

export const plants = {
  withoutSequences: 'without-sequences',
  commitsAhead: 'commits-ahead',
  staleMetadata: 'stale-metadata',
  formerLeaderAcks: 'former-leader-acks',
  commitsApart: 'commits-apart',
};

const properties = {
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '5000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '300',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '300',
  'group.share.min.session.timeout.ms': '1000',
  'group.share.session.timeout.ms': '5000',
  'group.share.min.heartbeat.interval.ms': '100',
  'group.share.heartbeat.interval.ms': '200',
  'group.share.assignment.interval.ms': '100',
  'group.share.min.record.lock.duration.ms': '1000',
  'group.share.record.lock.duration.ms': String(LOCK_MS),
  'group.share.delivery.count.limit': '10',
  'share.coordinator.state.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
};

/** One run of the scenario: rounds of rough weather, and gentle moves at the end of each. */
export class Story {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #cluster: FrontCluster;
  readonly #weather: Weather;
  readonly #history = new History();
  readonly #topic = new TopicHistory(TOPIC, PARTITIONS);
  readonly #progress = new Progress(this.#topic.partitions);
  readonly #clients: Client[] = [];
  readonly #crew: Crew;
  readonly #overseer: Overseer;
  readonly #examiner: Examiner;
  readonly #wire: Wire;
  readonly #source: Client;
  readonly #producer: Producer;
  #sending = 0;
  #next = 0;
  #slowestMs = 0;
  #failure: Error | undefined;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#random = world.random.fork('moving-leaders');
    this.#server = new BrokerMachine(world, { properties });
    this.#cluster = new FrontCluster(world, this.#random.fork('cluster'), {
      hints: this.#random.oneIn(2),
      replicated: this.#random.oneIn(2),
      staleMetadata: plant === plants.staleMetadata,
      formerLeaderAcks: plant === plants.formerLeaderAcks,
    });
    this.#weather = new Weather(world, this.#random.fork('weather'), {
      machines: ['source', ...MACHINES],
      brokers: NODES,
    });
    this.#history.topics.set(TOPIC, this.#topic);
    const shared = new Shared(LOCK_MS);
    this.#source = this.#connect('source');
    this.#producer = this.#source.producer({
      lingerMs: 5,
      idempotence: plant !== plants.withoutSequences,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      deliveryTimeoutMs: PATIENCE_MS,
      maxBlockMs: PATIENCE_MS,
    });
    this.#crew = new Crew({
      world,
      random: this.#random,
      connect: (name) => this.#connect(name),
      progress: this.#progress,
      shared,
      bugs: {
        commitsAhead: plant === plants.commitsAhead,
        commitsApart: plant === plants.commitsApart,
      },
    });
    this.#overseer = new Overseer({
      admin: this.#connect('overseer').admin(),
      clock: world.machine('overseer at work').boot().clock,
      random: this.#random.fork('overseer'),
      topic: this.#topic,
    });
    this.#wire = new Wire(world.machine('wire').boot(), 'wire');
    this.#examiner = new Examiner({
      client: this.#connect('observer', ['broker:9092']),
      wire: this.#wire,
      topic: this.#topic,
      progress: this.#progress,
      shared,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#server.start();
    await this.#finish(this.#cluster.start());
    await this.#finish(this.#prepare());
    this.#crew.start();
    this.#overseer.start();
    for (let round = 0; round < rounds; round++) {
      this.#weather.getRough();
      this.#cluster.beginMoves('roughly');
      await this.#live(2000 + this.#random.below(5000));
      this.#cluster.endMoves();
      this.#weather.calm();
      await this.#examine();
      await this.#moveGently();
      this.#crew.steady = false;
    }
    const { moves } = this.#cluster;
    const { transactions } = this.#crew;
    return `${moves} moves, ${this.#weather.cuts} cuts, ${this.#next} records, ${transactions} transactions`;
  }

  async stop(): Promise<void> {
    this.#weather.calm();
    this.#cluster.endMoves();
    this.#crew.stop();
    this.#overseer.stop();
    this.#wire.close();
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    for (const client of this.#clients) client.close().catch(() => {});
    // A client that is open keeps the process alive.
    await this.#world.runFor(CLOSE_MS);
  }

  #connect(name: string, bootstrapServers: readonly string[] = BOOTSTRAP): Client {
    const options = { requestTimeoutMs: REQUEST_TIMEOUT_MS, bootstrapServers };
    const client = connect(this.#world, name, options);
    this.#clients.push(client);
    return client;
  }

  async #prepare(): Promise<void> {
    await using admin = this.#source.admin();
    await admin.createTopics([
      { topic: TOPIC, partitions: PARTITIONS },
      { topic: COPIES, partitions: PARTITIONS },
      { topic: NOTES, partitions: 1 },
    ]);
    this.#topic.present.settle(true);
    const change = {
      name: 'share.auto.offset.reset',
      operation: 'set',
      value: 'earliest',
    } as const;
    await admin.incrementalAlterConfigs([{ type: 'group', name: SHARERS, changes: [change] }]);
  }

  /** Lets time pass while records are sent. */
  async #live(durationMs: number): Promise<void> {
    const endMs = this.#world.nowMs + durationMs;
    while (this.#world.nowMs < endMs) {
      if (this.#sending < MOST_IN_FLIGHT) this.#send();
      await this.#pass(1 + this.#random.below(60));
    }
  }

  async #pass(durationMs: number): Promise<void> {
    const untilMs = this.#world.nowMs + durationMs;
    this.#world.schedule(durationMs, 'the story goes on', () => {});
    await this.#until(() => this.#world.nowMs >= untilMs);
  }

  #send(): void {
    const partition = this.#random.below(PARTITIONS);
    const value = `record ${this.#next++}`;
    const history = this.#topic.partitions[partition]!;
    history.send(value);
    this.#sending++;
    const sentAtMs = this.#world.nowMs;
    this.#producer.send({ topic: TOPIC, partition, value }).then(
      ({ offset }) => {
        this.#sending--;
        this.#slowestMs = Math.max(this.#slowestMs, this.#world.nowMs - sentAtMs);
        history.ack(offset, value);
      },
      (error: unknown) => {
        this.#failure ??= new Violation(`'${value}' was refused: ${String(error)}`);
      },
    );
  }

  /** The network is well, and nothing moves: all comes to its end. */
  async #examine(): Promise<void> {
    this.#crew.steady = true;
    await this.#within(SENT_AFTER_MS, 'what was sent', () => this.#sending === 0);
    await this.#finish(this.#examiner.checkCommits());
    await this.#within(OVER_AFTER_MS, 'the group', () => this.#progress.isComplete);
    const lateMs = this.#world.nowMs + OVER_AFTER_MS;
    while (!(await this.#isOver())) {
      if (this.#world.nowMs > lateMs) throw new Violation('copiers or sharers do not go on');
      await this.#pass(200);
    }
    await this.#finish(this.#examiner.checkCommits());
    await this.#finish(this.#examiner.check(this.#history));
  }

  async #isOver(): Promise<boolean> {
    const answers: boolean[] = [];
    await this.#finish(this.#examiner.isOver().then((isOver) => void answers.push(isOver)));
    return answers[0]!;
  }

  /** Leaders move while all else is well: that is no reason to wait for anything. */
  async #moveGently(): Promise<void> {
    this.#slowestMs = 0;
    this.#cluster.beginMoves('gently');
    await this.#live(GENTLE_MS);
    this.#cluster.endMoves();
    await this.#within(PROMPT_MS, 'what was sent', () => this.#sending === 0);
    await this.#within(PROMPT_MS, 'the group', () => this.#progress.isComplete);
    if (this.#slowestMs <= PROMPT_MS) return;
    throw new Violation(`a record has waited ${this.#slowestMs} ms, while leaders moved`);
  }

  async #within(limitMs: number, what: string, condition: () => boolean): Promise<void> {
    const lateMs = this.#world.nowMs + limitMs;
    this.#world.schedule(limitMs + 1, 'time is over', () => {});
    await this.#until(() => condition() || this.#world.nowMs > lateMs);
    if (!condition()) throw new Violation(`${what} does not go on, ${limitMs} ms long`);
  }

  async #finish(promise: Promise<void>): Promise<void> {
    let outcome: { error: unknown } | 'done' | undefined;
    promise.then(
      () => (outcome = 'done'),
      (error: unknown) => (outcome = { error }),
    );
    await this.#until(() => outcome !== undefined);
    if (typeof outcome === 'object') throw outcome.error;
  }

  async #until(condition: () => boolean): Promise<void> {
    const failure = (): Error | undefined =>
      this.#failure ?? this.#crew.failure ?? this.#overseer.failure;
    const isOver = (): boolean =>
      condition() || this.#server.fault !== undefined || failure() !== undefined;
    await this.#world.runUntil(isOver, PATIENCE_MS);
    if (this.#server.fault !== undefined) throw new Violation(this.#server.fault);
    const error = failure();
    if (error === undefined) return;
    if (!(error instanceof KafkaClientError)) throw error;
    throw new Violation(`a client has given up: ${error.message}`, { cause: error });
  }
}
