import {
  type CleanerSettings,
  defaultLogConfig,
  isFailure,
  type Log,
  LogCleaner,
  LogDirectory,
  StorageError,
} from '@tidelog/log';
import { type Disk, SteppedBackground } from '@tidelog/platform';
import {
  BatchBuilder,
  type BatchOptions,
  batchIsControl,
  batchProducerId,
  batchSizeBytes,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  readRecords,
} from '@tidelog/protocol';
import { type Scenario, Violation } from '../scenario.ts';
import { ignoreCrash } from '../world/failures.ts';
import type { Machine, SimulatedPlatform } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { crashPoints, type Extent } from './crash-points.ts';
import { withoutDirectorySync, withoutFileSync } from './planted-disk.ts';

const PATH = '/data';
const TOPIC = 'story';
/** Small, because a part of it is written to hold it back. */
const CAPACITY_BYTES = 1 << 20;
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const IDEMPOTENT = 9;
const TRANSACTIONAL = 5;
const ROUNDS = 6;

const UNSYNCED_CLEANED_FILES = 'unsynced-cleaned-files';
const NO_DIRECTORY_SYNC = 'no-directory-sync';

const settings: CleanerSettings = {
  enabled: true,
  threads: 1,
  dedupeBufferBytes: 4096,
  loadFactor: 0.9,
  ioBufferBytes: 1000,
  maxBytesPerSecond: Number.MAX_VALUE,
  backoffMs: 1,
};

/**
 * A compacted partition with transactions is written to and cleaned, again and again, and loses power in
 * changes on the disk. Whatever the disk keeps: the last value of each key is there, nothing is there
 * that was not written there, nothing aborted is shown, and producers are where they were.
 */
export const cleanerCrash: Scenario = {
  ...cleanerCrashAt({ sample: 40 }),
  thorough: cleanerCrashAt('whole'),
};

/** The same story with a crash in so many of its changes. */
export function cleanerCrashAt(extent: Extent): Scenario {
  return {
    name: 'cleaner-crash',
    plants: [UNSYNCED_CLEANED_FILES, NO_DIRECTORY_SYNC],
    async run(world, plant) {
      const rehearsal = world.machine('rehearsal');
      rehearsal.disk.capacityBytes = CAPACITY_BYTES;
      const platform = rehearsal.boot();
      await world.settle(new Life(platform, new Story(), plant).live());
      const operations = platform.disk.operationCount;
      rehearsal.kill();
      const random = world.random.fork('crash points');
      const points = crashPoints({ random, operations, extent, draws: 2 });
      for (const point of points) await crashAt(world, point, plant);
      return `${points.length} crash points`;
    },
  };
}

async function crashAt(world: World, at: { operation: number; draw: number }, plant?: string) {
  const machine = world.machine(`crash-${at.operation}-${at.draw}`);
  machine.disk.capacityBytes = CAPACITY_BYTES;
  const platform = machine.boot();
  const story = new Story();
  platform.disk.crashAtOperation(at.operation);
  let over = false;
  new Life(platform, story, plant)
    .live()
    .catch((error: unknown) => {
      if (machine.running) throw error;
      if (!(error instanceof StorageError)) ignoreCrash(error);
    })
    .finally(() => {
      over = true;
    });
  await world.runUntil(() => over || !machine.running);
  if (machine.running) machine.crash();
  await world.settle(examine(machine, story));
}

interface Written {
  readonly key: string;
  readonly value: string | null;
}

/** What was written, and what was promised. */
class Story {
  readonly written = new Map<number, Written>();
  readonly aborted = new Set<number>();
  /** Everything below was acknowledged as durable. */
  acknowledged = 0;
  /** What producers sent, in the order of the log. */
  readonly sent: { producerId: number; lastSequence: number; lastOffset: number }[] = [];

  nextSequence(producerId: number): number {
    return this.lastSequence(producerId, Number.POSITIVE_INFINITY) + 1;
  }

  lastSequence(producerId: number, endOffset: number): number {
    const batches = this.sent.filter((batch) => batch.producerId === producerId);
    return batches.findLast(({ lastOffset }) => lastOffset < endOffset)?.lastSequence ?? -1;
  }
}

/** A program that writes and cleans. */
class Life {
  readonly #platform: SimulatedPlatform;
  readonly #story: Story;
  readonly #disk: Disk;

  constructor(platform: SimulatedPlatform, story: Story, plant?: string) {
    this.#platform = platform;
    this.#story = story;
    this.#disk = platform.disk;
    if (plant === NO_DIRECTORY_SYNC) this.#disk = withoutDirectorySync(platform.disk);
    if (plant !== UNSYNCED_CLEANED_FILES) return;
    this.#disk = withoutFileSync(platform.disk, (path) => path.endsWith('.cleaned'));
  }

  open(): LogDirectory {
    const { random, clock } = this.#platform;
    const config = {
      ...defaultLogConfig,
      segmentBytes: 700,
      indexIntervalBytes: 100,
      fileDeleteDelayMs: 5,
      // As a broker opens a directory: before it knows the topics' configs.
      compact: false,
    };
    return LogDirectory.open({
      disk: this.#disk,
      random,
      path: PATH,
      now: clock.now(),
      configOf: () => config,
      intervals: { recoveryPointCheckpointMs: 1000, highWatermarkCheckpointMs: 30 },
    });
  }

  async live(): Promise<void> {
    for (let life = 0; life < 2; life++) {
      const directory = this.open();
      const log = directory.createLog(TOPIC, 0, { now: this.#platform.clock.now() });
      for (let round = 0; round < ROUNDS; round++) {
        await this.#write(log, round);
        directory.tick(this.#platform.clock.now());
        if (round % 3 === 2) await this.clean(directory, log);
      }
      await directory.close();
    }
  }

  async #write(log: Log, round: number): Promise<void> {
    const key = (i: number) => KEYS[(round + i) % KEYS.length]!;
    const value = (i: number) => ((round + i) % 6 === 5 ? null : `${log.logEndOffset} ${i}`);
    const records = [0, 1, 2].map((i) => ({ key: key(i), value: value(i) }));
    this.#append(log, records.slice(0, 1), {});
    this.#append(log, records.slice(0, 2), { producerId: IDEMPOTENT, producerEpoch: 0 });
    const identity = { producerId: TRANSACTIONAL, producerEpoch: 0, transactional: true };
    const first = log.logEndOffset;
    this.#append(log, records, identity);
    if (round % 3 === 1) records.forEach((_, i) => this.#story.aborted.add(first + i));
    this.#end(log, round % 3 === 1 ? 'abort' : 'commit');
    await log.flushed(log.logEndOffset);
    this.#story.acknowledged = log.logEndOffset;
    log.updateHighWatermark(log.logEndOffset);
  }

  /** The crash came before the marker of a transaction: it is aborted. */
  decide(log: Log): void {
    const open = log.producers().find((producer) => producer.currentTxnStartOffset >= 0);
    if (open !== undefined) {
      for (let at = open.currentTxnStartOffset; at < log.logEndOffset; at++) {
        this.#story.aborted.add(at);
      }
      this.#end(log, 'abort');
    }
    log.updateHighWatermark(log.logEndOffset);
  }

  #end(log: Log, type: 'abort' | 'commit'): void {
    const builder = new BatchBuilder();
    const now = this.#platform.clock.now();
    builder.append(now, controlRecordKey(controlRecordTypes[type]), endTxnMarkerValue(0));
    const identity = { producerId: TRANSACTIONAL, producerEpoch: 0, transactional: true };
    const marker = Buffer.from(builder.finish({ ...identity, control: true }));
    this.#appendAsLeader(log, marker, 'coordinator');
  }

  #append(log: Log, records: readonly Written[], options: BatchOptions): void {
    const builder = new BatchBuilder();
    const now = this.#platform.clock.now();
    for (const { key, value } of records) builder.append(now, key, value);
    records.forEach((record, i) => this.#story.written.set(log.logEndOffset + i, record));
    const { producerId } = options;
    let sequenced = options;
    if (producerId !== undefined) {
      const baseSequence = this.#story.nextSequence(producerId);
      const last = records.length - 1;
      const lastOffset = log.logEndOffset + last;
      this.#story.sent.push({ producerId, lastSequence: baseSequence + last, lastOffset });
      sequenced = { ...options, baseSequence };
    }
    this.#appendAsLeader(log, Buffer.from(builder.finish(sequenced)), 'client');
  }

  #appendAsLeader(log: Log, records: Buffer, origin: 'client' | 'coordinator'): void {
    const now = this.#platform.clock.now();
    const result = log.appendAsLeader(records, { leaderEpoch: 1, now, origin, verified: 'waived' });
    if (isFailure(result)) throw new Violation(`an append failed: ${result.message}`);
  }

  /** Cleans all that may be cleaned. */
  async clean(directory: LogDirectory, log: Log): Promise<void> {
    const { clock, random } = this.#platform;
    log.updateConfig({
      ...log.config,
      compact: true,
      delete: false,
      minCleanableDirtyRatio: 0,
      deleteRetentionMs: 20,
    });
    log.roll(clock.now());
    await log.flushed(log.logEndOffset);
    const problems: string[] = [];
    const cleaner = new LogCleaner({
      directories: [directory],
      background: new SteppedBackground({ clock, disk: this.#disk }),
      clock,
      random,
      settings: () => settings,
      info: () => {},
      warn: (message) => problems.push(message),
    });
    while ((directory.cleanerOffsets.get(log.name) ?? 0) !== log.logEndOffset) {
      cleaner.tick(clock.now());
      await new Promise<void>((resolve) => clock.setTimer(5, resolve));
      directory.tick(clock.now());
      if (problems.length > 0) throw new Violation(problems.join());
    }
    await cleaner.stop();
  }
}

/** Starts again on what the crash left, holds it against the story, and goes on with cleaning. */
async function examine(machine: Machine, story: Story): Promise<void> {
  const platform = machine.boot();
  const life = new Life(platform, story);
  const directory = life.open();
  for (const [name, reason] of directory.offline) {
    throw new Violation(`${machine.name}: ${name} is offline without any damage: ${reason}`);
  }
  const log = directory.log(TOPIC, 0);
  if (log === undefined) {
    if (story.acknowledged > 0) throw new Violation(`${machine.name}: the partition is gone`);
  } else {
    compare(machine.name, log, story);
    life.decide(log);
    await life.clean(directory, log);
    compare(`${machine.name}, cleaned again`, log, story);
    const left = platform.disk.list(log.directory).filter((name) => /\.(cleaned|swap)$/.test(name));
    if (left.length > 0) throw new Violation(`${machine.name}: ${left.join()} are left`);
  }
  await directory.close();
  machine.kill();
}

function compare(where: string, log: Log, story: Story): void {
  const end = log.logEndOffset;
  if (end < story.acknowledged) {
    throw new Violation(`${where}: ends at ${end}, but ${story.acknowledged} was acknowledged`);
  }
  const found = readAll(where, log);
  for (const [offset, { key, value }] of found) {
    const written = story.written.get(offset);
    if (written?.key === key && written.value === value) continue;
    throw new Violation(`${where}: found ${key}=${value} at ${offset}`);
  }
  const last = new Map<string, number>();
  for (const [offset, { key }] of story.written) {
    if (offset < end && !story.aborted.has(offset)) last.set(key, offset);
  }
  for (const [key, offset] of last) {
    if (found.has(offset) || story.written.get(offset)!.value === null) continue;
    throw new Violation(`${where}: the last of ${key}, at ${offset}, is gone`);
  }
  for (const { producerId, lastSequence } of log.producers()) {
    const expected = story.lastSequence(producerId, end);
    if (lastSequence === expected) continue;
    throw new Violation(`${where}: producer ${producerId} at ${lastSequence}, not ${expected}`);
  }
  checkAborted(where, log, story, found);
}

/** What is left of an aborted transaction must be known to be, or read_committed would show it. */
function checkAborted(
  where: string,
  log: Log,
  story: Story,
  found: ReadonlyMap<number, Written>,
): void {
  const firstOffsets = log
    .abortedTransactions(log.logStartOffset, log.logEndOffset)
    .map(({ firstOffset }) => firstOffset);
  for (const offset of found.keys()) {
    if (!story.aborted.has(offset) || offset >= log.lastStableOffset) continue;
    if (firstOffsets.some((first) => first <= offset && offset < first + KEYS.length)) continue;
    throw new Violation(`${where}: the aborted record at ${offset} would be shown`);
  }
}

function readAll(where: string, log: Log): Map<number, Written> {
  const found = new Map<number, Written>();
  for (let at = log.logStartOffset; ; ) {
    const limits = { maxBytes: 500, maxOffset: log.logEndOffset, minOneMessage: true };
    const result = log.read(at, limits);
    if (isFailure(result)) throw new Violation(`${where}: reading at ${at}: ${result.message}`);
    const bytes = Buffer.concat(result.records);
    if (bytes.length === 0) return found;
    for (let i = 0; i + 12 <= bytes.length && i + batchSizeBytes(bytes, i) <= bytes.length; ) {
      const isControl = batchIsControl(bytes, i) && batchProducerId(bytes, i) === TRANSACTIONAL;
      for (const { offset, key, value } of readRecords(bytes, i)) {
        if (offset < at || isControl) continue;
        found.set(offset, { key: String(key), value: value === null ? null : String(value) });
      }
      const lastOffset = Number(bytes.readBigInt64BE(i)) + bytes.readInt32BE(i + 23);
      if (lastOffset < at) throw new Violation(`${where}: a batch ends at ${lastOffset} < ${at}`);
      at = lastOffset + 1;
      i += batchSizeBytes(bytes, i);
    }
  }
}
