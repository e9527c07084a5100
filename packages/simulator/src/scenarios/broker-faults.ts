import { type Client, KafkaClientError } from '@tidelog/client';
import { type Scenario, Violation } from '../scenario.ts';
import type { DiskOperation } from '../disk/operation-gate.ts';
import type { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { check } from './broker-crash/checker.ts';
import { History, TopicHistory } from './broker-crash/history.ts';
import { observe } from './broker-crash/observe.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { StubbornProducer } from './broker-faults/stubborn-producer.ts';
import { Cast } from './cast.ts';
import { CrashingBroker } from './crashing-broker.ts';
import { withSyncsAgain, withWriteErrorsHidden } from './planted-disk.ts';
import { createTopics } from './preparing.ts';
import { scenarioOf } from './scenario-of.ts';

const TOPIC = 'kept';
const PARTITIONS = 6;
/** The first one has the metadata log. */
const DIRECTORIES = ['/data/a', '/data/b', '/data/c'];
/** Whoever can be written to has been within this time (simulated). */
const PROGRESS_MS = 10_000;
const PAGE_BYTES = 4096;
const SYNCS = new Set(['sync', 'syncDirectory']);

const plants = { syncAgain: 'sync-again', writeErrorsHidden: 'write-errors-hidden' };

/**
 * A broker with three log directories, whose disks fail or are full for a while. A directory that has
 * failed is offline and its partitions say so, the others go on, and without the metadata log the
 * process ends; when the disks are full nothing is lost but time. What was acknowledged is there afterwards.
 */
export const brokerFaults: Scenario = brokerFaultsFor({ rounds: 6 });

/** The same story with so many faults. */
export function brokerFaultsFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'broker-faults',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}

class Story {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #server: BrokerMachine;
  readonly #broker: CrashingBroker;
  readonly #history = new History();
  readonly #cast: Cast;
  readonly #producers: readonly StubbornProducer[];
  readonly #client: Client;
  /** Why the process ended by itself. */
  #end: Error | undefined;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#random = world.random.fork('broker-faults');
    this.#server = new BrokerMachine(world, {
      properties: { 'log.dirs': DIRECTORIES.join(',') },
      onError: () => {}, // a directory that is offline is one
      onFatal: (error) => this.#ended(error),
      planted: (disk) => {
        if (plant === plants.syncAgain) return withSyncsAgain(disk);
        return plant === plants.writeErrorsHidden ? withWriteErrorsHidden(disk) : disk;
      },
    });
    const failure = (): Error | undefined =>
      this.#producers.find((producer) => producer.failure !== undefined)?.failure;
    const random = this.#random.fork('broker');
    this.#broker = new CrashingBroker({ world, random, server: this.#server, failure });
    const topic = new TopicHistory(TOPIC, PARTITIONS);
    topic.present.settle(true);
    this.#history.topics.set(TOPIC, topic);
    this.#cast = new Cast(world);
    this.#producers = topic.partitions.map((history, partition) => {
      const name = `producer-${partition}`;
      const wire = this.#cast.wire(name);
      const own = { partition, wire, random: this.#random.fork(name), history };
      return new StubbornProducer({ topic: TOPIC, ...own });
    });
    this.#client = this.#cast.client('observer');
  }

  async play(rounds: number): Promise<string> {
    await this.#server.start();
    const topics = [{ topic: TOPIC, partitions: PARTITIONS }];
    await this.#broker.finish(createTopics(this.#client, topics));
    for (const producer of this.#producers) producer.start();
    let [failures, fillings] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      await this.#broker.runFor(this.#random.below(2000));
      if (this.#random.oneIn(3)) {
        await this.#fill();
        fillings++;
      } else {
        await this.#fail();
        failures++;
      }
      await this.#thrive(this.#producers);
      await this.#examine();
    }
    return `${failures} failures, ${fillings} full disks, ${this.#acks()} promises`;
  }

  stop(): void {
    this.#cast.leave();
  }

  /** The disk of one directory fails: once, or from some moment on. */
  async #fail(): Promise<void> {
    const path = DIRECTORIES[this.#random.below(DIRECTORIES.length)]!;
    const onlySyncs = this.#random.oneIn(3);
    const times = this.#random.oneIn(2) ? 1 : Number.POSITIVE_INFINITY;
    let [before, isFailing] = [this.#random.below(60), false];
    const fault = this.#server.machine.disk.fail(
      'EIO',
      (operation) => {
        const isHit = changes(operation, path) && (!onlySyncs || SYNCS.has(operation.kind));
        if (isHit && before-- <= 0) isFailing = true;
        return isHit && isFailing;
      },
      times,
    );
    await this.#demand(() => isFailing, `nothing is written to ${path}`);
    await this.#broker.runFor(1000);
    if (path === DIRECTORIES[0]) {
      await this.#demand(() => !this.#server.running, 'goes on without its metadata log');
    } else {
      await this.#goOnWithout(path);
      this.#takeDown();
      if (this.#random.oneIn(3)) await this.#startWithout(path);
    }
    fault.stop();
    this.#end = undefined;
    await this.#server.start();
  }

  async #startWithout(path: string): Promise<void> {
    await this.#server.start(Infinity, (disk: SimulatedDisk) => {
      disk.fail('EIO', (operation) => isIn(operation, path), Number.POSITIVE_INFINITY);
    });
    await this.#goOnWithout(path);
    this.#takeDown();
  }

  /** What is in the directory is refused, and what is elsewhere goes on. */
  async #goOnWithout(path: string): Promise<void> {
    const names = new Set(this.#server.machine.disk.list(path));
    const isGone = (_: unknown, partition: number): boolean => names.has(`${TOPIC}-${partition}`);
    const gone = this.#producers.filter(isGone);
    const acks = gone.map((producer) => producer.acks);
    const refusals = gone.map((producer) => producer.refusals);
    await this.#thrive(this.#producers.filter((producer) => !gone.includes(producer)));
    const areRefused = (): boolean => gone.every(({ refusals: now }, i) => now > refusals[i]!);
    await this.#demand(areRefused, `nothing is refused, though ${path} is offline`);
    if (gone.some((producer, i) => producer.acks !== acks[i])) {
      throw new Violation(`a record was acknowledged in ${path}, which is offline`);
    }
  }

  /** The disks are full for some seconds. */
  async #fill(): Promise<void> {
    const { disk } = this.#server.machine;
    const capacityBytes = disk.capacityBytes;
    const usedBytes = capacityBytes - disk.space().freeBytes;
    disk.capacityBytes = usedBytes + this.#random.below(20) * PAGE_BYTES;
    const refusals = this.#refusals();
    await this.#demand(() => this.#refusals() > refusals, 'nothing is refused on a full disk');
    await this.#broker.runFor(this.#random.below(4000));
    disk.capacityBytes = capacityBytes;
  }

  #takeDown(): void {
    const { machine } = this.#server;
    if (this.#random.oneIn(2)) machine.kill();
    else machine.crash();
  }

  /** Each of them gets another two records acknowledged; the second was sent after now. */
  async #thrive(producers: readonly StubbornProducer[]): Promise<void> {
    const before = producers.map(({ acks }) => acks);
    const haveMore = (): boolean => producers.every(({ acks }, i) => acks >= before[i]! + 2);
    await this.#demand(haveMore, 'a partition does not go on');
    if (!this.#server.running) throw new Violation(`the broker has ended: ${this.#end?.message}`);
  }

  async #examine(): Promise<void> {
    for (const producer of this.#producers) producer.paused = true;
    await this.#broker.until(() => this.#producers.every(({ quiet }) => quiet));
    await this.#broker.finish(this.#observe());
    for (const producer of this.#producers) producer.paused = false;
  }

  async #observe(): Promise<void> {
    try {
      check(this.#history, await observe(this.#client, []));
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      throw new Violation(`what is there cannot be read: ${error.message}`, { cause: error });
    }
  }

  /** Within some time. */
  async #demand(condition: () => boolean, complaint: string): Promise<void> {
    await this.#broker.within(PROGRESS_MS, condition, complaint);
  }

  /** As the process does, a moment later. */
  #ended(error: Error): void {
    this.#end ??= error;
    const { machine } = this.#server;
    this.#world.schedule(0, 'the process ends', () => {
      if (machine.running) machine.kill();
    });
  }

  #acks(): number {
    return this.#producers.reduce((sum, { acks }) => sum + acks, 0);
  }

  #refusals(): number {
    return this.#producers.reduce((sum, { refusals }) => sum + refusals, 0);
  }
}

function isIn({ path }: DiskOperation, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

function changes(operation: DiskOperation, directory: string): boolean {
  return operation.kind !== 'read' && isIn(operation, directory);
}
