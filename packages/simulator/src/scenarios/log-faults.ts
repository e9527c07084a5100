import { defaultLogConfig, isFailure, type Log, LogDirectory, StorageError } from '@tidelog/log';
import {
  BatchBuilder,
  type BatchOptions,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
} from '@tidelog/protocol';
import { type Scenario, Violation } from '../scenario.ts';
import type { Machine, SimulatedPlatform } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { crashPoints, type Extent } from './crash-points.ts';
import { withSyncsAgain } from './planted-disk.ts';
import { readAll } from './read-all.ts';

const PATH = '/data';
const TOPIC = 'story';
/** So many changes in a row find no space. */
const FULL_FOR = 7;
const ROUNDS = 8;
/** Small, because a part of it is written to hold it back. */
const CAPACITY_BYTES = 1 << 20;

const SYNC_AGAIN = 'sync-again';

/**
 * A log lives on a disk that fails in its changes: with an error of the device, after which the
 * directory is offline and says so, or for lack of space, after which it goes on by itself. What was
 * acknowledged is there in either case.
 */
export const logFaults: Scenario = {
  ...logFaultsAt({ sample: 30 }),
  thorough: logFaultsAt('whole'),
};

/** The same with a fault in so many of the changes. */
export function logFaultsAt(extent: Extent): Scenario {
  return {
    name: 'log-faults',
    plants: [SYNC_AGAIN],
    async run(world, plant) {
      const rehearsal = world.machine('rehearsal');
      const platform = rehearsal.boot();
      await world.settle(new Story(platform, plant).live());
      const operations = platform.disk.operationCount;
      rehearsal.kill();
      const random = world.random.fork('faults');
      const points = crashPoints({ random, operations, extent, draws: 1 });
      for (const { operation } of points) {
        await failAt(world, operation, plant);
        await fillAt(world, operation);
      }
      return `${2 * points.length} faults`;
    },
  };
}

/** The device fails once. */
async function failAt(world: World, number: number, plant?: string): Promise<void> {
  const machine = world.machine(`fails-${number}`);
  const platform = machine.boot();
  platform.disk.fail('EIO', (operation) => operation.number === number);
  const story = new Story(platform, plant);
  await world.settle(story.live());
  const isDown = story.directory?.failure !== null;
  if (isDown && story.appendsAfterFailure > 0) {
    throw new Violation(`${machine.name}: appended to a directory that is offline`);
  }
  await world.settle(examine(world, machine, story));
}

/** The disk is full for a while. */
async function fillAt(world: World, number: number): Promise<void> {
  const machine = world.machine(`full-${number}`);
  const platform = machine.boot();
  const needsSpace = new Set(['create', 'write', 'makeDirectory', 'rename']);
  platform.disk.fail(
    'ENOSPC',
    (operation) =>
      needsSpace.has(operation.kind) &&
      operation.number >= number &&
      operation.number < number + FULL_FOR,
    Number.POSITIVE_INFINITY,
  );
  const story = new Story(platform, undefined);
  await world.settle(story.live());
  if (story.directory?.failure !== null) {
    throw new Violation(`${machine.name}: offline for lack of space: ${story.directory?.failure}`);
  }
  story.holds(machine.name, story.log);
  if (!story.appends('when there is space again')) {
    throw new Violation(`${machine.name}: nothing is appended when there is space again`);
  }
  await world.settle(story.directory.close());
  await world.settle(examine(world, machine, story));
}

/** What the next program finds after a crash, or without one, and then the one after that. */
async function examine(world: World, machine: Machine, story: Story): Promise<void> {
  const isCrash = world.random.fork(machine.name).oneIn(2);
  for (const stop of isCrash ? (['crash'] as const) : (['kill', 'crash'] as const)) {
    machine[stop]();
    const platform = machine.boot();
    const directory = open(platform);
    for (const [name, reason] of directory.offline) {
      throw new Violation(`${machine.name}: ${name} is offline without any damage: ${reason}`);
    }
    const log = directory.log(TOPIC, 0);
    if (log !== undefined) {
      story.holds(machine.name, log);
      await story.acknowledge(log);
    } else if (story.acknowledged > 0)
      throw new Violation(`${machine.name}: the partition is gone`);
  }
  machine.kill();
}

function open({ disk, random, clock }: SimulatedPlatform, plant?: string): LogDirectory {
  const config = {
    ...defaultLogConfig,
    segmentBytes: 700,
    indexIntervalBytes: 100,
    fileDeleteDelayMs: 10,
  };
  return LogDirectory.open({
    disk: plant === SYNC_AGAIN ? withSyncsAgain(disk) : disk,
    random,
    path: PATH,
    now: clock.now(),
    configOf: () => config,
    intervals: {
      recoveryPointCheckpointMs: 20,
      highWatermarkCheckpointMs: 30,
      retentionCheckMs: 50,
    },
  });
}

/** What a program does, tries again and was told. */
class Story {
  directory: LogDirectory | null = null;
  acknowledged = 0;
  readonly #platform: SimulatedPlatform;
  readonly #plant: string | undefined;
  /** What may stand at each offset: what was appended, or else whatever was refused. */
  readonly #values: Set<string>[] = [];
  appendsAfterFailure = 0;
  #log: Log | null = null;

  constructor(platform: SimulatedPlatform, plant: string | undefined) {
    this.#platform = platform;
    platform.disk.capacityBytes = CAPACITY_BYTES;
    this.#plant = plant;
  }

  get log(): Log {
    if (this.#log === null) throw new Violation('the partition was never opened');
    return this.#log;
  }

  async live(): Promise<void> {
    for (let tries = 0; tries < 2 * FULL_FOR && this.directory === null; tries++) {
      this.#mayFail(() => {
        this.directory = open(this.#platform, this.#plant);
      });
    }
    for (let round = 0; round < ROUNDS; round++) await this.#round(round);
  }

  /** Whether a record finds its place within a few tries, as a producer would try. */
  appends(value: string): boolean {
    for (let tries = 0; tries < 2 * FULL_FOR; tries++) {
      this.directory?.tick(this.#platform.clock.now());
      if (this.#produce([value], {})) return true;
    }
    return false;
  }

  /** The log has all that was acknowledged, and nothing that was not sent. */
  holds(where: string, log: Log): void {
    if (log.logEndOffset < this.acknowledged) {
      throw new Violation(`${where}: ends at ${log.logEndOffset}, not ${this.acknowledged}`);
    }
    const found = readAll(log);
    for (const [offset, value] of found) {
      if (this.#values[offset]?.has(value) === true) continue;
      throw new Violation(`${where}: found '${value}' at ${offset}`);
    }
    if (log.logStartOffset + found.length !== log.logEndOffset) {
      throw new Violation(`${where}: only ${found.length} records up to ${log.logEndOffset}`);
    }
  }

  async #round(round: number): Promise<void> {
    const now = this.#platform.clock.now();
    this.#mayFail(() => {
      this.#log ??=
        this.directory?.createLog(TOPIC, 0, { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', now }) ?? null;
      this.#log?.assignLeaderEpoch(round >> 1);
    });
    const log = this.#log;
    if (log === null) return;
    const transaction = { producerId: 5, producerEpoch: 0, transactional: true };
    this.#produce(['one', 'two '.repeat(40)], {});
    const known = log.producers().find(({ producerId }) => producerId === 5);
    const isOpen = this.#produce(['three'], {
      ...transaction,
      baseSequence: (known?.lastSequence ?? -1) + 1,
    });
    if (isOpen || (known?.currentTxnStartOffset ?? -1) >= 0) this.#abort(transaction);
    await this.acknowledge(log);
    log.updateHighWatermark(log.logEndOffset);
    if (round % 3 === 2) {
      this.#mayFail(() => {
        log.deleteRecords(Math.max(log.logStartOffset, log.highWatermark - 4));
        log.applyRetention(now);
      });
      await this.directory?.saveLogStartOffsets().catch(ignoreStorageError);
    }
    this.directory?.tick(now);
  }

  /** What is there by now is said to be durable. */
  async acknowledge(log: Log): Promise<void> {
    const end = log.logEndOffset;
    try {
      await log.flushed(end);
      this.acknowledged = Math.max(this.acknowledged, end);
    } catch (error) {
      ignoreStorageError(error);
    }
  }

  #produce(values: readonly string[], options: BatchOptions): boolean {
    const builder = new BatchBuilder();
    for (const value of values) builder.append(this.#platform.clock.now(), 'key', value);
    return this.#append(Buffer.from(builder.finish(options)), values, 'client');
  }

  #abort(transaction: BatchOptions): void {
    const builder = new BatchBuilder();
    const value = endTxnMarkerValue(0);
    builder.append(this.#platform.clock.now(), controlRecordKey(controlRecordTypes.abort), value);
    const marker = Buffer.from(builder.finish({ ...transaction, control: true }));
    this.#append(marker, [value.toString()], 'coordinator');
  }

  #append(records: Buffer, values: readonly string[], origin: 'client' | 'coordinator'): boolean {
    const { log, directory } = this;
    const wasDown = directory?.failure !== null;
    const offset = log.logEndOffset;
    values.forEach((value, i) => (this.#values[offset + i] ??= new Set()).add(value));
    const options = {
      leaderEpoch: log.latestLeaderEpoch,
      now: this.#platform.clock.now(),
      origin,
      verified: 'waived' as const,
    };
    const result = log.appendAsLeader(records, options);
    if (!isFailure(result)) {
      if (wasDown) this.appendsAfterFailure++;
      values.forEach((value, i) => (this.#values[offset + i] = new Set([value])));
      return true;
    }
    if (result.error.name !== 'KAFKA_STORAGE_ERROR') {
      throw new Violation(`an append is answered ${result.error.name}: ${result.message}`);
    }
    return false;
  }

  #mayFail(work: () => void): void {
    try {
      work();
    } catch (error) {
      const isDisk = error instanceof Error && 'code' in error;
      if (!isDisk && !(error instanceof StorageError)) throw error;
    }
  }
}

function ignoreStorageError(error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
}
