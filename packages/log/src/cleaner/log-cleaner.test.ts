import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Background, NodeBackground, NodeClock, NodeRandom } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Log, LogConfig, LogDirectory } from '../index.ts';
import { append, kill, NOW, TestDirectory, UnsyncedDisk } from '../log.test-support.ts';
import { consume, settings, TestBackground } from './cleaner.test-support.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { CleanerSettings } from './log-cleaning.ts';
import { logToClean, needsCleaning } from './log-to-clean.ts';

/** Syncs of the partition's names end when they are told to. */
class HeldDisk extends UnsyncedDisk {
  holds = false;
  private readonly held: (() => void)[] = [];

  override syncDirectoryLater(path?: string): Promise<void> {
    if (!this.holds || path?.endsWith('t-0') !== true) return Promise.resolve();
    return new Promise((resolve) => this.held.push(resolve));
  }

  async next(): Promise<() => void> {
    await vi.waitFor(() => expect(this.held).toHaveLength(1));
    return this.held.pop()!;
  }
}

let place: TestDirectory;
let directory: LogDirectory;
let warnings: string[];

beforeEach(() => {
  place = new TestDirectory();
  configure({});
  directory = place.open();
  warnings = [];
});
afterEach(() => place.remove());

function configure(changed: Partial<LogConfig>): void {
  place.config = { ...place.config, compact: true, delete: false, ...changed };
  for (const log of directory?.logs ?? []) log.updateConfig(place.config);
}

function cleaner(
  changed: Partial<CleanerSettings> = {},
  background: Background = new TestBackground(),
): LogCleaner {
  return new LogCleaner({
    directories: [directory],
    background,
    clock: new NodeClock(),
    random: new NodeRandom(),
    settings: () => ({ ...settings, ...changed }),
    info: () => {},
    warn: (message) => warnings.push(message),
  });
}

/** The same five keys `rounds` times, with all but the last round in closed segments. */
async function fill(log: Log, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++)
    append(log, { values: ['a', 'b', 'c', 'd', 'e'], timestamp: NOW });
  log.roll(NOW);
  log.updateHighWatermark(log.logEndOffset);
  await log.flushed(log.logEndOffset);
}

const cleanOffset = (log: Log) => directory.cleanerOffsets.get(log.name);
const cleaned = (log: Log) => vi.waitFor(() => expect(cleanOffset(log)).toBe(log.logEndOffset));
const leftovers = () =>
  readdirSync(place.path, { recursive: true }).filter((name) =>
    /\.(cleaned|swap)$/.test(String(name)),
  );

describe('the cleaner', () => {
  it('takes the dirtiest log first, and notes how far it is clean', async () => {
    configure({ minCleanableDirtyRatio: 0.01 });
    const [some, much] = [0, 1].map((p) => directory.createLog('t', p, { now: NOW }));
    await fill(some!, 20);
    await fill(much!, 20);
    directory.cleanerOffsets.set('t-0', some!.segments.all[1]!.baseOffset);
    const running = cleaner();
    running.tick(NOW);
    await cleaned(much!);
    expect(cleanOffset(some!)).toBeLessThan(some!.logEndOffset);
    running.tick(NOW);
    await cleaned(some!);
    await directory.settled();
    const checkpoint = readFileSync(join(place.path, 'cleaner-offset-checkpoint'), 'utf8');
    expect(checkpoint).toBe('0\n2\nt 0 100\nt 1 100\n');
    expect(consume(some!, { committed: true }).map(({ key }) => key)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((value) => `key ${value}`),
    );
  });

  it('works in a thread', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 50);
    const running = cleaner({}, new NodeBackground());
    running.tick(NOW);
    await vi.waitFor(() => expect(cleanOffset(log)).toBe(250), { timeout: 10_000 });
    expect(consume(log, { committed: true })).toHaveLength(5);
    expect(leftovers()).toEqual([]);
    await running.stop();
  }, 30_000);

  it('rests when nothing is to be done, and does nothing when it is off', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    const running = cleaner();
    running.tick(NOW);
    await fill(log, 20);
    running.tick(NOW + 14_999);
    expect(log.isBeingCleaned).toBe(false);
    cleaner({ enabled: false }).tick(NOW);
    cleaner({ threads: 0 }).tick(NOW);
    expect(log.isBeingCleaned).toBe(false);
    running.tick(NOW + 15_000);
    await cleaned(log);
  });

  it('marks a log that it cannot read, and goes on with the rest', async () => {
    const [bad, good] = [0, 1].map((p) => directory.createLog('t', p, { now: NOW }));
    await fill(bad!, 20);
    await fill(good!, 20);
    const path = place.file(0, '.log');
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    const running = cleaner({ threads: 2 });
    running.tick(NOW);
    await cleaned(good!);
    await vi.waitFor(() => expect(running.uncleanable.get(bad!)).toMatch(/byte 0: .* wrong CRC/));
    expect(warnings).toHaveLength(1);
    expect(leftovers()).toEqual([]);
    running.tick(NOW + 60_000);
    expect(bad!.isBeingCleaned).toBe(false);
    directory.deleteLog('t', 0, NOW);
    running.tick(NOW + 120_000);
    expect(running.uncleanable.size).toBe(0);
  });

  it.each([
    ['truncated', (log: Log) => log.truncateTo(3, NOW)],
    ['truncated to nothing', (log: Log) => log.truncateFullyAndStartAt(7, NOW)],
    ['deleted', () => directory.deleteLog('t', 0, NOW)],
  ])('gives up when the log is %s meanwhile', async (_, change) => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 40);
    const running = cleaner();
    running.tick(NOW);
    expect(log.isBeingCleaned).toBe(true);
    change(log);
    const before = log.segments.all.slice();
    await vi.waitFor(() => expect(log.isBeingCleaned).toBe(false));
    expect(log.segments.all).toEqual(before);
    expect(running.uncleanable.size).toBe(0);
    expect(warnings).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it.each([
    ['names of new segments', 1],
    ['names of old segments', 2],
    ['last names', 3],
  ])('is over at once where a truncation meets it at the %s', async (_, step) => {
    const disk = new HeldDisk();
    await kill(directory);
    directory = place.open(NOW, disk);
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 40);
    for (const value of ['f', 'g']) append(log, { values: [value] });
    disk.holds = true;
    cleaner().tick(NOW);
    for (let held = 1; held < step; held++) (await disk.next())();
    const goOn = await disk.next();
    expect(leftovers().length > 0).toBe(step < 3);
    const values = () => consume(log, { committed: false }).map(({ key }) => key);
    expect(values()).toHaveLength(step === 1 ? 202 : 7);
    log.truncateTo(201, NOW);
    expect(leftovers()).toEqual([]);
    expect(values()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((value) => `key ${value}`));
    disk.holds = false;
    goOn();
    await vi.waitFor(() => expect(log.isBeingCleaned).toBe(false));
    expect(values()).toHaveLength(6);
    expect(directory.failure).toBeNull();
  });

  it('stops in the middle, and leaves nothing behind', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 400);
    const running = cleaner({ maxBytesPerSecond: 100_000 }, new NodeBackground());
    running.tick(NOW);
    await vi.waitFor(() => expect(leftovers()).not.toEqual([]), { timeout: 20_000 });
    await running.stop();
    expect(leftovers()).toEqual([]);
    expect(consume(log, { committed: true }).at(-1)).toMatchObject({ offset: 1999 });
  }, 30_000);

  it('lowers its checkpoint when a log is truncated', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 20);
    const running = cleaner();
    running.tick(NOW);
    await cleaned(log);
    log.truncateTo(97, NOW);
    expect(cleanOffset(log)).toBe(97);
  });

  it('opens after a crash what it has compacted, gaps and all', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 40);
    const running = cleaner();
    running.tick(NOW);
    await cleaned(log);
    const before = consume(log, { committed: false });
    // As a broker opens it, which does not know the topics' configs yet.
    place.config = { ...place.config, compact: false };
    await kill(directory);
    directory = place.open();
    const again = directory.log('t', 0)!;
    expect(again.cutTail).toBeNull();
    expect(again.logEndOffset).toBe(200);
    expect(consume(again, { committed: false })).toEqual(before);
  });

  it('removes old segments where the policy is compact and delete', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    configure({ delete: true, retentionMs: 1000 });
    await fill(log, 20);
    // The first segment will be empty; then its file is as old as what was in it.
    utimesSync(place.file(0, '.log'), NOW / 1000, NOW / 1000);
    const running = cleaner();
    running.tick(NOW + 5000);
    // Not while it is compacted.
    expect(log.logStartOffset).toBe(0);
    await cleaned(log);
    running.tick(NOW + 5000);
    expect(log.logStartOffset).toBe(100);
  });
});

describe('what may be cleaned', () => {
  const find = (log: Log, checkpoint?: number, now = NOW) => logToClean(log, checkpoint, now);

  it('ends at the active segment, the last stable offset and the synced end', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 20);
    const bases = log.segments.all.map(({ baseOffset }) => baseOffset);
    expect(find(log).firstUncleanableOffset).toBe(bases.at(-1));
    const transactional = { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true };
    append(log, { values: ['x'], ...transactional });
    await fill(log, 10);
    expect(find(log).firstUncleanableOffset).toBe(bases.at(-1));
    const other = directory.createLog('t', 1, { now: NOW });
    await fill(other, 20);
    other.updateHighWatermark(other.logEndOffset);
    append(other, { values: ['x'] });
    other.roll(NOW);
    append(other, { values: ['x'] });
    expect(other.recoveryPoint).toBe(100);
    expect(find(other).firstUncleanableOffset).toBe(100);
  });

  it('is not beyond a segment whose indexes are still being written, nor is the checkpoint', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    append(log, { values: ['a'] });
    log.updateHighWatermark(log.logEndOffset);
    await log.flushed(1);
    log.roll(NOW);
    expect(log.recoveryPoint).toBe(1);
    expect(log.recoverFrom).toBe(0);
    expect(find(log).firstUncleanableOffset).toBe(0);
    await vi.waitFor(() => expect(find(log).firstUncleanableOffset).toBe(1));
  });

  it('leaves records alone for min.compaction.lag.ms', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    configure({ minCompactionLagMs: 1000 });
    await fill(log, 20);
    expect(find(log, 0, NOW + 1000).cleanableBytes).toBe(0);
    expect(find(log, 0, NOW + 1005).cleanableBytes).toBe(log.sizeBytes);
  });

  it('needs the dirty ratio, or max.compaction.lag.ms', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 20);
    const last = log.segments.all.at(-2)!.baseOffset;
    expect(needsCleaning(find(log, 0))).toBe(true);
    expect(find(log, last).dirtyRatio).toBeLessThan(0.5);
    expect(needsCleaning(find(log, last))).toBe(false);
    configure({ maxCompactionLagMs: 1000 });
    expect(needsCleaning(find(log, last, NOW + 1000))).toBe(false);
    expect(needsCleaning(find(log, last, NOW + 1005))).toBe(true);
    expect(needsCleaning(find(log, log.logEndOffset, NOW + 9999))).toBe(false);
  });

  it('starts anew where the checkpoint cannot be', async () => {
    const log = directory.createLog('t', 0, { now: NOW });
    await fill(log, 20);
    expect(find(log, 101).firstDirtyOffset).toBe(0);
    log.deleteRecords(50);
    expect(find(log, 49).firstDirtyOffset).toBe(50);
    expect(find(log, 60).firstDirtyOffset).toBe(60);
  });
});
