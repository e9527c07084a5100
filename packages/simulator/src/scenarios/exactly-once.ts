import { type Client, type KafkaClientError, type Producer } from '@tidelog/client';
import type { Disk } from '@tidelog/platform';
import type { ResponseOutput } from '@tidelog/protocol';
import { type Scenario, Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { BrokerMachine } from './broker-crash/server.ts';
import { connect } from './connect.ts';
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
import { Wire } from './exactly-once/wire.ts';
import { withMistakenMarkers, withoutFileSync } from './planted-disk.ts';
import { scenarioOf } from './scenario-of.ts';

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
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #broker: CrashingBroker;
  readonly #plant: string | undefined;
  readonly #ledger = new Ledger();
  readonly #wires: Wire[] = [];
  readonly #copiers: readonly Copier[];
  readonly #observer: Wire;
  readonly #client: Client;
  readonly #producer: Producer;
  #sending = 0;
  #next = 0;
  #failure: Error | undefined;

  constructor(world: World, plant: string | undefined) {
    this.#world = world;
    this.#plant = plant;
    this.#random = world.random.fork('exactly-once');
    const planted = (disk: Disk): Disk => plantedDisk(disk, plant);
    const server = new BrokerMachine(world, { properties, planted });
    const random = this.#random.fork('broker');
    const failure = (): Error | undefined =>
      this.#failure ?? this.#copiers.find((copier) => copier.failure !== undefined)?.failure;
    this.#broker = new CrashingBroker({ world, random, server, failure });
    this.#observer = this.#wire('observer');
    this.#copiers = Array.from(
      { length: INPUT_PARTITIONS },
      (_, partition) =>
        new Copier({
          partition,
          wire: this.#wire(`copier-${partition}`),
          random: this.#random.fork(`copier ${partition}`),
          ledger: this.#ledger,
        }),
    );
    this.#client = connect(world, 'source');
    this.#producer = this.#client.producer({ lingerMs: 2, allowAutoTopicCreation: false });
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
    for (const wire of this.#wires) wire.close();
    this.#producer.close({ timeoutMs: 0 }).catch(() => {});
    this.#client.close().catch(() => {});
  }

  #wire(name: string): Wire {
    const wire = new Wire(this.#world.machine(name).boot(), name);
    this.#wires.push(wire);
    return wire;
  }

  async #createTopics(): Promise<void> {
    await using admin = this.#client.admin();
    const compacted = [
      ['cleanup.policy', 'compact'],
      ['segment.ms', '300'],
    ] as const;
    const topics = [
      { topic: INPUT, partitions: INPUT_PARTITIONS },
      { topic: OUTPUT, partitions: OUTPUT_PARTITIONS },
      { topic: 'latest', partitions: 1, configs: new Map(compacted) },
    ];
    await admin.createTopics(topics).catch((error: unknown) => {
      // An attempt before was not answered.
      if ((error as KafkaClientError).code !== 'TOPIC_ALREADY_EXISTS') throw error;
    });
    // Who asks for a coordinator brings its topic into being.
    for (const [keyType, key] of [
      [0, GROUP],
      [1, 'copier'],
    ] as const) {
      const request = { keyType, coordinatorKeys: [key] };
      const codeOf = (response: ResponseOutput<'FindCoordinator'>): number =>
        response.coordinators[0]!.errorCode;
      await this.#observer.ask('FindCoordinator', 4, request, codeOf);
    }
  }

  /** Lets time pass while records come in. */
  async #live(durationMs: number): Promise<void> {
    const endMs = this.#world.nowMs + durationMs;
    this.#world.schedule(durationMs, 'the story goes on', () => {});
    while (this.#world.nowMs < endMs && this.#broker.running) {
      if (this.#sending < 10) this.#send();
      const pauseMs = 1 + this.#random.below(40);
      const untilMs = Math.min(endMs, this.#world.nowMs + pauseMs);
      this.#world.schedule(pauseMs, 'the source goes on', () => {});
      await this.#broker.until(() => this.#world.nowMs >= untilMs || !this.#broker.running);
    }
  }

  #send(): void {
    const partition = this.#random.below(INPUT_PARTITIONS);
    const value = `record ${this.#next++}`;
    this.#sending++;
    this.#producer.send({ topic: INPUT, partition, value }).then(
      ({ offset }) => {
        this.#sending--;
        this.#ledger.produced(partition, offset, value);
      },
      (error: unknown) => {
        this.#failure ??= new Violation(`a record was refused: ${String(error)}`);
      },
    );
  }

  /** Lets everything come to its end, and holds what is there against the ledger. */
  async #examine(): Promise<void> {
    for (const copier of this.#copiers) copier.paused = true;
    const isQuiet = (): boolean => this.#sending === 0 && this.#copiers.every(({ quiet }) => quiet);
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
