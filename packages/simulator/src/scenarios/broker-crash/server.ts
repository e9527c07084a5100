import { Broker, defaultProperties } from '@tidelog/broker';
import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import type { Disk } from '@tidelog/platform';
import { Violation } from '../../scenario.ts';
import type { SimulatedDisk } from '../../disk/simulated-disk.ts';
import type { Machine, SimulatedPlatform } from '../../world/machine.ts';
import type { World } from '../../world/world.ts';
import { withoutDirectorySync, withoutFileSync, withoutProducers } from '../planted-disk.ts';

export const BOOTSTRAP = 'broker:9092';
/** Small, because a part of it is written to hold it back. */
const CAPACITY_BYTES = 16 << 20;

/** Bugs that any story of a broker can have planted. */
export const plants = {
  ackWithoutFsync: 'ack-without-fsync',
  metadataWithoutFsync: 'metadata-without-fsync',
  noDirectorySync: 'no-directory-sync',
  producersForgotten: 'producers-forgotten',
};

export interface BrokerMachineOptions {
  readonly plant?: string | undefined;
  /** On top of what all stories have. */
  readonly properties?: Readonly<Record<string, string>>;
  /** A disk with a bug of the story's own. */
  readonly planted?: (disk: Disk) => Disk;
  /** Told what the broker logs as an error, which else must never happen. */
  readonly onError?: (problem: string) => void;
  /** Told that the process must end, which else must never happen. */
  readonly onFatal?: (error: Error) => void;
}

/** Everything that a log does from time to time is done often, so that crashes hit it. */
const properties: Readonly<Record<string, string>> = {
  listeners: `PLAINTEXT://${BOOTSTRAP},CONTROLLER://broker:9093`,
  'controller.quorum.bootstrap.servers': 'broker:9093',
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': '2',
  'log.roll.ms': '700',
  'log.segment.delete.delay.ms': '300',
  'log.retention.check.interval.ms': '400',
  'log.flush.offset.checkpoint.interval.ms': '300',
  'log.flush.start.offset.checkpoint.interval.ms': '300',
  'replica.high.watermark.checkpoint.interval.ms': '300',
  'metadata.log.max.record.bytes.between.snapshots': '2000',
  'metadata.log.segment.ms': '1000',
  'internal.metadata.delete.delay.millis': '300',
};

/** The broker on its machine: started, cut off, started again. */
export class BrokerMachine {
  readonly machine: Machine;
  readonly #world: World;
  readonly #options: BrokerMachineOptions;
  readonly #config: BrokerConfig;
  #platform: SimulatedPlatform | undefined;
  #broker: Broker | undefined;
  #fault: string | undefined;
  /** Another number whenever a run of the broker begins, or is about to end cleanly. */
  life = 0;

  constructor(world: World, options: BrokerMachineOptions = {}) {
    this.#world = world;
    this.#options = options;
    this.machine = world.machine('broker');
    this.machine.disk.capacityBytes = CAPACITY_BYTES;
    const layers = new Map([
      ...defaultProperties({ port: 9092, dataDirectory: '/data' }),
      ...Object.entries({ ...properties, ...options.properties }),
    ]);
    if (options.plant === plants.ackWithoutFsync) layers.set('tidelog.durability', 'relaxed');
    const loaded = BrokerConfig.load(staticLayers(layers));
    if ('problems' in loaded) throw new Error(loaded.problems.join(' '));
    this.#config = loaded.config;
  }

  get running(): boolean {
    return this.machine.running;
  }

  /** Something that must never happen, as the broker reported it. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Boots, and crashes in the change of that number of the disk, which may be after the start.
   * `prepare` may have the disk fail from the start on.
   * @returns false when that was before the broker served.
   */
  async start(crashAt = Infinity, prepare?: (disk: SimulatedDisk) => void): Promise<boolean> {
    const platform = this.machine.boot();
    this.life++;
    this.#platform = platform;
    platform.disk.crashAtOperation(crashAt, { silent: true });
    prepare?.(platform.disk);
    const report = (problem: string): void => {
      if (!platform.disk.crashed) this.#fault ??= problem;
    };
    let outcome: { broker: Broker } | { error: unknown } | undefined;
    Broker.start({
      platform: { ...platform, disk: this.#planted(platform.disk) },
      config: this.#config,
      hostName: 'broker',
      log: { info: () => {}, warn: () => {}, error: this.#options.onError ?? report },
      onFatal: this.#options.onFatal ?? ((error) => report(`fatal: ${error.stack}`)),
    }).then(
      (broker) => (outcome = { broker }),
      (error: unknown) => (outcome = { error }),
    );
    await this.#world.runUntil(() => outcome !== undefined || !this.running);
    if (!this.running) return false;
    if ('error' in outcome!) {
      throw new Violation(`the broker does not come up again: ${textOf(outcome.error)}`);
    }
    this.#broker = outcome!.broker;
    return true;
  }

  /** Crashes in one of the next changes of the disk. */
  crashWithin(operations: number): void {
    const { disk } = this.#platform!;
    disk.crashAtOperation(disk.operationCount + operations, { silent: true });
  }

  /** Ends the process cleanly; a crash may come in between. */
  async stop(): Promise<void> {
    this.life++;
    let stopped = false;
    const finish = (): void => {
      stopped = true;
    };
    this.#broker!.stop().then(finish, finish);
    await this.#world.runUntil(() => stopped || !this.running);
    if (this.running) this.machine.kill();
  }

  #planted(disk: Disk): Disk {
    const { plant, planted } = this.#options;
    if (planted !== undefined) return planted(disk);
    if (plant === plants.noDirectorySync) return withoutDirectorySync(disk);
    if (plant === plants.producersForgotten) return withoutProducers(disk);
    if (plant !== plants.metadataWithoutFsync) return disk;
    return withoutFileSync(disk, (path) => path.includes('__cluster_metadata-0/'));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
