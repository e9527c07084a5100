import type { Client, Producer } from '@tidelog/client';
import type { Disk } from '@tidelog/platform';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { Cast } from './cast.ts';
import { CrashingBroker } from './crashing-broker.ts';
import {
  committedOffset,
  Copier,
  GROUP,
  INPUT,
  OUTPUT,
  OUTPUT_PARTITIONS,
} from './exactly-once/copier.ts';
import { type Findings, Ledger } from './exactly-once/ledger.ts';
import { readCommitted } from './exactly-once/reader.ts';
import type { Wire } from './exactly-once/wire.ts';
import { withMistakenMarkers, withoutFileSync } from './planted-disk.ts';
import { awaken, createTopics } from './preparing.ts';
import { scenarioOf } from './scenario-of.ts';
import { Source } from './source.ts';

const INPUT_PARTITIONS = 2;

const plants = {
  coordinatorWithoutFsync: 'coordinator-without-fsync',
  offsetsWithoutFsync: 'offsets-without-fsync',
  outputWithoutFsync: 'output-without-fsync',
  abortedRecordsRead: 'aborted-records-read',
  markersMistaken: 'markers-mistaken',
};

/** Coordinators and the cleaner have much to do, in logs of many small segments. */
const properties = {
  'transaction.state.log.num.partitions': '2',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.min.cleanable.ratio': '0.01',
  'log.cleaner.delete.retention.ms': '1000',
};

/**
 * Records are copied from one topic to another in transactions, while the broker crashes, transactions
 * are aborted, time out or are fenced, and the cleaner compacts. What readers of committed records find must be
 * each input once, of each transaction all or nothing, and the group's offset must say the same.
 */
export const exactlyOnce: Scenario = exactlyOnceFor({ rounds: 6 });

/** The same story with so many crashes, each with a check after it. */
export function exactlyOnceFor({ rounds }: { rounds: number }): Scenario {
  return scenarioOf({
    name: 'exactly-once',
    plants,
    rounds,
    tell: (world, plant) => new Story(world, plant),
  });
}

class Story {
  readonly #random: SeededRandom;
  readonly #broker: CrashingBroker;
  readonly #plant: string | undefined;
  readonly #ledger = new Ledger();
  readonly #cast: Cast;
  readonly #copiers: readonly Copier[];
  readonly #observer: Wire;
  readonly #client: Client;
  readonly #producer: Producer;
  readonly #source: Source;

  constructor(world: World, plant: string | undefined) {
    this.#plant = plant;
    this.#random = world.random.fork('exactly-once');
    const planted = (disk: Disk): Disk => plantedDisk(disk, plant);
    const server = new BrokerMachine(world, { properties, planted });
    const random = this.#random.fork('broker');
    const failure = (): Error | undefined =>
      this.#source.failure ?? this.#copiers.find((copier) => copier.failure !== undefined)?.failure;
    this.#broker = new CrashingBroker({ world, random, server, failure });
    this.#cast = new Cast(world);
    this.#observer = this.#cast.wire('observer');
    this.#copiers = Array.from(
      { length: INPUT_PARTITIONS },
      (_, partition) =>
        new Copier({
          partition,
          wire: this.#cast.wire(`copier-${partition}`),
          random: this.#random.fork(`copier ${partition}`),
          ledger: this.#ledger,
        }),
    );
    this.#client = this.#cast.client('source');
    this.#producer = this.#client.producer({ lingerMs: 2, allowAutoTopicCreation: false });
    this.#source = new Source({
      world,
      random: this.#random,
      producer: this.#producer,
      topic: INPUT,
      partitions: INPUT_PARTITIONS,
      mostInFlight: 10,
      longestPauseMs: 40,
      witness: {
        ack: (partition, offset, value) => this.#ledger.produced(partition, offset, value),
      },
    });
  }

  async play(rounds: number): Promise<string> {
    await this.#broker.comeUp();
    await this.#broker.finish(this.#createTopics());
    for (const copier of this.#copiers) copier.start();
    for (let round = 0; round < rounds; round++) {
      await this.#live(200 + this.#random.below(3000));
      await this.#broker.goDown((durationMs) => this.#live(durationMs));
      await this.#broker.comeUp();
      await this.#live(this.#random.below(500));
      await this.#examine();
    }
    const before = this.#ledger.promises;
    await this.#live(5000);
    await this.#examine();
    if (this.#ledger.promises < before + 10) throw new Violation('the broker does not go on');
    return `${this.#broker.crashes} crashes, ${this.#ledger.promises} promises`;
  }

  stop(): void {
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    this.#cast.leave();
  }

  async #createTopics(): Promise<void> {
    const compacted = [
      ['cleanup.policy', 'compact'],
      ['segment.ms', '300'],
    ] as const;
    const topics = [
      { topic: INPUT, partitions: INPUT_PARTITIONS },
      { topic: OUTPUT, partitions: OUTPUT_PARTITIONS },
      { topic: 'latest', partitions: 1, configs: new Map(compacted) },
    ];
    await createTopics(this.#client, topics);
    await awaken(this.#observer, 'group', GROUP);
    await awaken(this.#observer, 'transaction', 'copier');
  }

  /** Lets time pass while records come in, until the broker goes down. */
  #live(durationMs: number): Promise<void> {
    const isDown = (): boolean => !this.#broker.running;
    return this.#source.flow(durationMs, (ms) => this.#broker.runFor(ms), isDown);
  }

  /** Lets everything come to its end, and holds what is there against the ledger. */
  async #examine(): Promise<void> {
    for (const copier of this.#copiers) copier.paused = true;
    const isQuiet = (): boolean =>
      this.#source.inFlight === 0 && this.#copiers.every(({ quiet }) => quiet);
    await this.#broker.whileUp(isQuiet);
    await this.#broker.finish(this.#observe().then((findings) => this.#ledger.check(findings)));
    for (const copier of this.#copiers) copier.paused = false;
  }

  async #observe(): Promise<Findings> {
    const aborted = this.#plant === plants.abortedRecordsRead ? 'kept' : 'left out';
    const read = async (topic: string, partition: number) => {
      const options = { offset: 0, toTheEnd: true, aborted } as const;
      return readCommitted(this.#observer, { topic, partition }, options);
    };
    const outputs: string[] = [];
    for (let partition = 0; partition < OUTPUT_PARTITIONS; partition++) {
      for (const { value } of await read(OUTPUT, partition)) outputs.push(value!);
    }
    const latest = new Map<string, string>();
    for (const { key, value } of await read('latest', 0)) latest.set(key!, value!);
    const offsets = new Map<number, number>();
    const inputs = new Map<number, string[]>();
    for (let partition = 0; partition < INPUT_PARTITIONS; partition++) {
      offsets.set(partition, await committedOffset(this.#observer, partition));
      inputs.set(
        partition,
        (await read(INPUT, partition)).map(({ value }) => value!),
      );
    }
    return { outputs, latest, offsets, inputs };
  }
}

function plantedDisk(disk: Disk, plant: string | undefined): Disk {
  const unsynced = (topic: string): Disk =>
    withoutFileSync(disk, (path) => path.includes(`/${topic}-`));
  switch (plant) {
    case plants.coordinatorWithoutFsync:
      return unsynced('__transaction_state');
    case plants.offsetsWithoutFsync:
      return unsynced('__consumer_offsets');
    case plants.outputWithoutFsync:
      return unsynced(OUTPUT);
    case plants.markersMistaken:
      return withMistakenMarkers(disk, (path) => path.includes(`/${OUTPUT}-0/`));
    default:
      return disk;
  }
}
