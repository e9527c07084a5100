import {
  type AppendResult,
  defaultLogConfig,
  isFailure,
  type Log,
  LogDirectory,
  StorageError,
} from '@tidelog/log';
import {
  BatchBuilder,
  type BatchOptions,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
} from '@tidelog/protocol';
import type { Disk } from '@tidelog/platform';
import { type Scenario, Violation } from '../scenario.ts';
import { ignoreCrash } from '../world/failures.ts';
import type { Machine, SimulatedPlatform } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { crashPoints, type Extent } from './crash-points.ts';
import { withoutDirectorySync, withoutFiles } from './planted-disk.ts';
import { readAll } from './read-all.ts';

const PATH = '/data';
const TOPIC = 'story';
/** Small, because a part of it is written to hold it back. */
const CAPACITY_BYTES = 1 << 20;

const ACK_WITHOUT_FSYNC = 'ack-without-fsync';
const NO_DIRECTORY_SYNC = 'no-directory-sync';
const EPOCHS_UNSAVED = 'epochs-unsaved';

/**
 * One partition lives through appends, rolls, transactions, new leaders, truncations, retention and restarts,
 * and loses power in changes that it makes on the disk. Whatever the disk keeps, the log must come back as
 * it was at some moment not before the last acknowledgement.
 */
export const logCrash: Scenario = {
  ...logCrashAt({ sample: 40 }),
  thorough: logCrashAt('whole'),
};

/** The same story with a crash in so many of its changes. */
export function logCrashAt(extent: Extent): Scenario {
  return {
    name: 'log-crash',
    plants: [ACK_WITHOUT_FSYNC, NO_DIRECTORY_SYNC, EPOCHS_UNSAVED],
    async run(world, plant) {
      const rehearsal = world.machine('rehearsal');
      rehearsal.disk.capacityBytes = CAPACITY_BYTES;
      const platform = rehearsal.boot();
      await world.settle(live(platform, new Story(plant)));
      const operations = platform.disk.operationCount;
      rehearsal.kill();
      const random = world.random.fork('crash points');
      const points = crashPoints({ random, operations, extent, draws: 4 });
      for (const { operation, draw } of points) await crashAt(world, operation, draw, plant);
      return `${points.length} crash points`;
    },
  };
}

async function crashAt(world: World, operation: number, draw: number, plant?: string) {
  const machine = world.machine(`crash-${operation}-${draw}`);
  machine.disk.capacityBytes = CAPACITY_BYTES;
  const platform = machine.boot();
  const story = new Story(plant);
  platform.disk.crashAtOperation(operation);
  let over = false;
  live(platform, story)
    .catch((error: unknown) => {
      if (machine.running) throw error;
      // What goes on off the stack meets the crash first, and then every append is refused.
      if (!(error instanceof StorageError || error instanceof Violation)) ignoreCrash(error);
    })
    .finally(() => {
      over = true;
    });
  await world.runUntil(() => over || !machine.running);
  // Syncs take other times than in the rehearsal, so the story may need fewer changes.
  if (machine.running) machine.crash();
  await world.settle(examine(machine, story));
}

/** What the program did, and what it was promised. */
class Story {
  readonly plant: string | undefined;
  /** The value at each offset, for all that was ever appended and not truncated. */
  values: string[] = [];
  /** Values that a truncation or restart may bring back or not, by offset. */
  readonly former = new Map<number, Set<string>>();
  /** Everything below was acknowledged as durable. */
  acknowledged = 0;
  /** No read below was promised any more. */
  startAtMost = 0;
  truncations = 0;
  leaderEpoch = 0;
  /** What producers sent, in the order of the log. */
  private readonly sent: { producerId: number; lastSequence: number; lastOffset: number }[] = [];

  constructor(plant: string | undefined) {
    this.plant = plant;
  }

  /** Notes what is about to be appended, because a crash may keep it. */
  append(offset: number, values: readonly string[]): void {
    values.forEach((value, i) => this.values.splice(offset + i, 1, value));
  }

  noteSequence(producerId: number, lastSequence: number, lastOffset: number): void {
    this.sent.push({ producerId, lastSequence, lastOffset });
  }

  /** The last sequence of a producer in a log that ends at `endOffset`. */
  lastSequence(producerId: number, endOffset: number): number {
    const batches = this.sent.filter((batch) => batch.producerId === producerId);
    return batches.findLast((batch) => batch.lastOffset < endOffset)?.lastSequence ?? -1;
  }

  truncate(offset: number): void {
    this.truncations++;
    this.values.forEach((value, at) => {
      if (at < offset) return;
      const known = this.former.get(at) ?? new Set();
      this.former.set(at, known.add(value));
    });
    this.values.length = Math.min(this.values.length, offset);
    this.acknowledged = Math.min(this.acknowledged, offset);
  }
}

function open(platform: SimulatedPlatform, plant: string | undefined): LogDirectory {
  const { disk, random, clock } = platform;
  const config = {
    ...defaultLogConfig,
    segmentBytes: 700,
    indexIntervalBytes: 100,
    fileDeleteDelayMs: 10,
  };
  return LogDirectory.open({
    disk: planted(disk, plant),
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

function planted(disk: Disk, plant: string | undefined): Disk {
  if (plant === NO_DIRECTORY_SYNC) return withoutDirectorySync(disk);
  if (plant !== EPOCHS_UNSAVED) return disk;
  return withoutFiles(disk, (path) => path.includes('leader-epoch-checkpoint'));
}

/** The scripted history. */
async function live(platform: SimulatedPlatform, story: Story): Promise<void> {
  for (let life = 0; life < 3; life++) {
    const directory = open(platform, story.plant);
    const log = directory.createLog(TOPIC, 0, {
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      now: platform.clock.now(),
    });
    lead(log, story);
    for (let round = 0; round < 6; round++) await playRound(platform, directory, log, story);
    await directory.close();
  }
}

async function playRound(
  platform: SimulatedPlatform,
  directory: LogDirectory,
  log: Log,
  story: Story,
): Promise<void> {
  const now = platform.clock.now();
  const round = log.logEndOffset;
  if (round % 2 === 0) lead(log, story);
  const producer = { producerId: 9, producerEpoch: 0, baseSequence: -1 };
  produce(log, story, now, { values: valuesAt(log, story, 2) });
  produce(log, story, now, {
    values: valuesAt(log, story, 1),
    ...producer,
    ...nextSequence(log, 9),
  });
  await acknowledge(log, story);
  const transactional = { producerId: 5, producerEpoch: 0, transactional: true };
  produce(log, story, now, {
    values: valuesAt(log, story, 3),
    ...transactional,
    ...nextSequence(log, 5),
  });
  endTransaction(log, story, now, round % 2 === 0 ? 'abort' : 'commit');
  await acknowledge(log, story);
  log.updateHighWatermark(log.logEndOffset);
  if (round % 3 === 1) {
    produce(log, story, now, { values: valuesAt(log, story, 2) });
    const target = log.logEndOffset - 2;
    story.truncate(target);
    log.truncateTo(target, now);
  }
  if (round % 4 === 2) {
    story.startAtMost = Math.max(story.startAtMost, log.highWatermark - 4);
    log.deleteRecords(Math.max(log.logStartOffset, log.highWatermark - 4));
    log.applyRetention(now);
  }
  directory.tick(now);
}

/** Another epoch begins, at times without any record. */
function lead(log: Log, story: Story): void {
  story.leaderEpoch++;
  log.assignLeaderEpoch(story.leaderEpoch);
}

/** A value says of which epoch it is. */
function valuesAt(log: Log, story: Story, count: number): string[] {
  const { truncations, leaderEpoch } = story;
  return Array.from(
    { length: count },
    (_, i) => `${log.logEndOffset + i} try ${truncations} epoch ${leaderEpoch}`,
  );
}

function nextSequence(log: Log, producerId: number): { baseSequence: number } {
  const known = log.producers().find((producer) => producer.producerId === producerId);
  return { baseSequence: (known?.lastSequence ?? -1) + 1 };
}

interface Produced extends BatchOptions {
  readonly values: readonly string[];
}

function produce(log: Log, story: Story, now: number, { values, ...options }: Produced): void {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(now, 'key', value);
  const { producerId, baseSequence } = options;
  if (producerId !== undefined && baseSequence !== undefined) {
    const last = values.length - 1;
    story.noteSequence(producerId, baseSequence + last, log.logEndOffset + last);
  }
  story.append(log.logEndOffset, values);
  const records = Buffer.from(builder.finish(options));
  const { leaderEpoch } = story;
  expectAppended(log.appendAsLeader(records, { leaderEpoch, now, verified: 'waived' }));
}

function endTransaction(log: Log, story: Story, now: number, type: 'abort' | 'commit'): void {
  const builder = new BatchBuilder();
  builder.append(now, controlRecordKey(controlRecordTypes[type]), endTxnMarkerValue(0));
  story.append(log.logEndOffset, [endTxnMarkerValue(0).toString()]);
  const records = Buffer.from(
    builder.finish({ producerId: 5, producerEpoch: 0, transactional: true, control: true }),
  );
  const options = { leaderEpoch: story.leaderEpoch, now, origin: 'coordinator' as const };
  expectAppended(log.appendAsLeader(records, options));
}

async function acknowledge(log: Log, story: Story): Promise<void> {
  const end = log.logEndOffset;
  if (story.plant !== ACK_WITHOUT_FSYNC) await log.flushed(end);
  story.acknowledged = Math.max(story.acknowledged, end);
}

function expectAppended(result: AppendResult): void {
  if (isFailure(result)) throw new Violation(`an append failed: ${result.message}`);
}

/** Starts again on what the crash left, and holds it against the story. */
async function examine(machine: Machine, story: Story): Promise<void> {
  const platform = machine.boot();
  const directory = open(platform, undefined);
  for (const [name, reason] of directory.offline) {
    throw new Violation(`${machine.name}: ${name} is offline without any damage: ${reason}`);
  }
  const log = directory.log(TOPIC, 0);
  if (log === undefined) {
    if (story.acknowledged > 0) throw new Violation(`${machine.name}: the partition is gone`);
  } else {
    compare(machine.name, log, story);
    await goOn(machine.name, log, story, platform);
  }
  await directory.close();
  checkEpochs(`${machine.name}, stopped cleanly`, open(platform, undefined).log(TOPIC, 0));
  machine.kill();
}

/** Epochs are what the records say, be it by the checkpoint or because they were read. */
function checkEpochs(where: string, log: Log | undefined): void {
  for (const [offset, value] of log === undefined ? [] : readAll(log)) {
    const expected = / epoch (\d+)$/.exec(value)?.[1];
    const epoch = log?.leaderEpochAt(offset);
    if (expected === undefined || Number(expected) === epoch) continue;
    throw new Violation(`${where}: offset ${offset} has leader epoch ${epoch}, not ${expected}`);
  }
}

function compare(where: string, log: Log, story: Story): void {
  if (log.logEndOffset < story.acknowledged) {
    throw new Violation(
      `${where}: the log ends at ${log.logEndOffset}, but ${story.acknowledged} was acknowledged`,
    );
  }
  if (log.logStartOffset > story.startAtMost) {
    throw new Violation(
      `${where}: the log starts at ${log.logStartOffset}, not up to ${story.startAtMost}`,
    );
  }
  checkEpochs(where, log);
  const found = readAll(log);
  let truncated = false;
  found.forEach(([offset, value], i) => {
    const expected = log.logStartOffset + i;
    const current = story.values[offset] === value;
    truncated ||= !current;
    // A truncation may be undone by the crash, but then nothing that came after it is there.
    const allowed = truncated ? !current && story.former.get(offset)?.has(value) === true : current;
    if (offset !== expected || !allowed || (truncated && offset < story.acknowledged)) {
      throw new Violation(`${where}: found '${value}' at ${offset}, expected offset ${expected}`);
    }
  });
  for (const { producerId, lastSequence } of log.producers()) {
    const expected = story.lastSequence(producerId, log.logEndOffset);
    if (lastSequence !== expected) {
      throw new Violation(`${where}: producer ${producerId} at ${lastSequence}, not ${expected}`);
    }
  }
  if (log.logStartOffset + found.length !== log.logEndOffset) {
    throw new Violation(
      `${where}: ${found.length} records in a log that ends at ${log.logEndOffset}`,
    );
  }
}

/** The recovered log must be one that can be written to, closed and opened without a difference. */
async function goOn(where: string, log: Log, story: Story, platform: SimulatedPlatform) {
  const end = log.logEndOffset;
  story.truncate(end);
  lead(log, story);
  const values = [`after the crash, in epoch ${story.leaderEpoch}`];
  produce(log, story, platform.clock.now(), { values, ...nextProducer(log) });
  await log.flushed(log.logEndOffset);
  const last = readAll(log).at(-1);
  if (last?.[0] !== end) throw new Violation(`${where}: the append after the crash is not there`);
}

function nextProducer(log: Log): BatchOptions {
  return { producerId: 9, producerEpoch: 0, ...nextSequence(log, 9) };
}
