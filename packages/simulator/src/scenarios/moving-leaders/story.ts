import type { Client, Producer } from '@tidelog/client';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { World } from '../../world/world.ts';
import { History, TopicHistory } from '../broker-crash/history.ts';
import { BrokerMachine } from '../broker-crash/server.ts';
import { Progress } from '../clients/progress.ts';
import { TOPIC } from '../clients/reader.ts';
import { Weather } from '../clients/weather.ts';
import { Cast } from '../cast.ts';
import { PATIENCE_MS } from '../connect.ts';
import { Source } from '../source.ts';
import { Watch } from '../watch.ts';
import { BOOTSTRAP, FrontCluster, NODES } from './cluster.ts';
import { COPIES, NOTES } from './copier.ts';
import { Crew, MACHINES } from './crew.ts';
import { Examiner } from './examiner.ts';
import { Overseer } from './overseer.ts';
import { Shared, SHARERS } from './sharer.ts';

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
  readonly #watch: Watch;
  readonly #cluster: FrontCluster;
  readonly #weather: Weather;
  readonly #history = new History();
  readonly #topic = new TopicHistory(TOPIC, PARTITIONS);
  readonly #progress = new Progress(this.#topic.partitions);
  readonly #cast: Cast;
  readonly #crew: Crew;
  readonly #overseer: Overseer;
  readonly #examiner: Examiner;
  readonly #operator: Client;
  readonly #producer: Producer;
  readonly #source: Source;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#random = world.random.fork('moving-leaders');
    this.#server = new BrokerMachine(world, { properties });
    const failure = (): Error | undefined =>
      this.#source.failure ?? this.#crew.failure ?? this.#overseer.failure;
    this.#watch = new Watch(world, this.#server, failure);
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
    this.#cast = new Cast(world);
    this.#history.topics.set(TOPIC, this.#topic);
    const shared = new Shared(LOCK_MS);
    this.#operator = this.#client('source');
    this.#producer = this.#operator.producer({
      lingerMs: 5,
      idempotence: plant !== plants.withoutSequences,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
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
    this.#crew = new Crew({
      world,
      random: this.#random,
      connect: (name) => this.#client(name),
      progress: this.#progress,
      shared,
      bugs: {
        commitsAhead: plant === plants.commitsAhead,
        commitsApart: plant === plants.commitsApart,
      },
    });
    this.#overseer = new Overseer({
      admin: this.#client('overseer').admin(),
      clock: world.machine('overseer at work').boot().clock,
      random: this.#random.fork('overseer'),
      topic: this.#topic,
    });
    this.#examiner = new Examiner({
      client: this.#client('observer', ['broker:9092']),
      wire: this.#cast.wire('wire'),
      topic: this.#topic,
      progress: this.#progress,
      shared,
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#server.start();
    await this.#watch.finish(this.#cluster.start());
    await this.#watch.finish(this.#prepare());
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
    return `${moves} moves, ${this.#weather.cuts} cuts, ${this.#source.sent} records, ${transactions} transactions`;
  }

  stop(): void {
    this.#weather.calm();
    this.#cluster.endMoves();
    this.#crew.stop();
    this.#overseer.stop();
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    this.#cast.leave();
  }

  #client(name: string, bootstrapServers: readonly string[] = BOOTSTRAP): Client {
    return this.#cast.client(name, { requestTimeoutMs: REQUEST_TIMEOUT_MS, bootstrapServers });
  }

  async #prepare(): Promise<void> {
    await using admin = this.#operator.admin();
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
  #live(durationMs: number): Promise<void> {
    return this.#source.flow(durationMs, (ms) => this.#watch.pass(ms));
  }

  /** The network is well, and nothing moves: all comes to its end. */
  async #examine(): Promise<void> {
    this.#crew.steady = true;
    await this.#allIsSent(SENT_AFTER_MS);
    await this.#watch.finish(this.#examiner.checkCommits());
    await this.#allIsRead(OVER_AFTER_MS);
    const lateMs = this.#world.nowMs + OVER_AFTER_MS;
    while (!(await this.#watch.finish(this.#examiner.isOver()))) {
      if (this.#world.nowMs > lateMs) throw new Violation('copiers or sharers do not go on');
      await this.#watch.pass(200);
    }
    await this.#watch.finish(this.#examiner.checkCommits());
    await this.#watch.finish(this.#examiner.check(this.#history));
  }

  /** Leaders move while all else is well: that is no reason to wait for anything. */
  async #moveGently(): Promise<void> {
    this.#source.slowestMs = 0;
    this.#cluster.beginMoves('gently');
    await this.#live(GENTLE_MS);
    this.#cluster.endMoves();
    await this.#allIsSent(PROMPT_MS);
    await this.#allIsRead(PROMPT_MS);
    if (this.#source.slowestMs <= PROMPT_MS) return;
    throw new Violation(`a record has waited ${this.#source.slowestMs} ms, while leaders moved`);
  }

  async #allIsSent(limitMs: number): Promise<void> {
    const isSent = (): boolean => this.#source.inFlight === 0;
    await this.#watch.within(limitMs, isSent, 'what was sent does not arrive');
  }

  async #allIsRead(limitMs: number): Promise<void> {
    const isRead = (): boolean => this.#progress.isComplete;
    await this.#watch.within(limitMs, isRead, 'the group does not go on');
  }
}
