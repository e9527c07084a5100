import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskFile, NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogDirectory } from '../index.ts';
import { append, kill, NOW, readAll, TestDirectory } from '../log.test-support.ts';

const PARTITIONS = 20;

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

/** Says what is synced, below the log directory, and how many files are open. */
class WatchedDisk extends NodeDisk {
  mostOpen = 0;
  private openFiles = 0;
  private synced: string[] = [];

  /** In the order of the names, and no more afterwards. */
  take(): string[] {
    return this.synced.splice(0).sort();
  }

  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = super.open(path, mode);
    const close = file.close.bind(file);
    this.mostOpen = Math.max(this.mostOpen, ++this.openFiles);
    const noted = {
      close: () => {
        this.openFiles--;
        close();
      },
      sync: () => this.noted(path, () => new Promise<void>((resolve) => setImmediate(resolve))),
      syncNow: () => this.noted(path, () => {}),
    };
    return Object.assign(file, noted);
  }

  override syncDirectory(path: string): void {
    this.noted(path, () => {});
  }

  override syncDirectoryLater(path: string): Promise<void> {
    return this.noted(path, () => Promise.resolve());
  }

  private noted<T>(path: string, sync: () => T): T {
    this.synced.push(path.slice(place.path.length) || '/');
    return sync();
  }
}

/** What is synced in the directories of partitions. */
function inPartitions(synced: readonly string[]): string[] {
  return synced.filter((path) => path.startsWith('/t-'));
}

function openAll(disk: WatchedDisk, leaderEpoch: number) {
  const directory = place.open(NOW, disk);
  for (let i = 0; i < PARTITIONS; i++) {
    const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
    directory.createLog('t', i, { topicId, now: NOW }).assignLeaderEpoch(leaderEpoch);
  }
  return directory;
}

function filesOf(partition: number): string[] {
  return readdirSync(join(place.path, `t-${partition}`)).sort();
}

describe('a directory with many partitions', () => {
  it('has files for those that get records', async () => {
    const first = openAll(new WatchedDisk(), 0);
    append(first.log('t', 7)!, { values: ['first'] });
    expect(filesOf(7)).toEqual(['00000000000000000000.log', 'partition.metadata']);
    await first.close();
    const second = openAll(new WatchedDisk(), 1);
    for (let i = 0; i < PARTITIONS; i++) {
      const log = second.log('t', i)!;
      expect(log.logEndOffset).toBe(i === 7 ? 1 : 0);
      expect(log.applyRetention(NOW)).toBe(0);
      expect(filesOf(i).length).toBe(i === 7 ? 6 : 1);
    }
    await kill(second);
    const third = openAll(new WatchedDisk(), 2);
    expect(filesOf(6)).toEqual(['partition.metadata']);
    append(third.log('t', 6)!, { values: ['second'] });
    await third.log('t', 6)!.flushed(1);
    expect(readAll(third.log('t', 6)!)).toEqual([[0, 'second']]);
  });

  it('lets one without files begin anywhere, be flushed, moved and deleted', async () => {
    const directory = place.open();
    const log = directory.createFuture('t', 0, { now: NOW });
    log.flushNow();
    log.truncateFullyAndStartAt(5, NOW);
    log.flushNow();
    directory.adoptFuture('t', 0);
    expect(append(log, { values: ['five'] }).baseOffset).toBe(5);
    expect(place.segments()).toEqual([5]);
    directory.createLog('t', 1, { now: NOW });
    directory.deleteLog('t', 1, NOW);
    expect(directory.failure).toBeNull();
    await directory.close();
    expect(readAll(place.open().log('t', 0)!)).toEqual([[5, 'five']]);
  });

  it('syncs for those that get records, and for no others', async () => {
    const disk = new WatchedDisk();
    const directory = openAll(disk, 0);
    expect(disk.take()).toEqual([]);
    const log = directory.log('t', 7)!;
    append(log, { values: ['first'] });
    await log.flushed(1);
    expect(disk.take()).toEqual([
      '/',
      '/t-7',
      '/t-7/00000000000000000000.log',
      '/t-7/leader-epoch-checkpoint',
      '/t-7/partition.metadata',
    ]);
    append(log, { values: ['second'] });
    await log.flushed(2);
    expect(disk.take()).toEqual(['/t-7/00000000000000000000.log']);
  });

  it('has so many files open as it may, be all of them written and flushed at once', async () => {
    const disk = new WatchedDisk();
    const maxOpenFiles = 130;
    const directory = LogDirectory.open({ ...place.options(disk), maxOpenFiles });
    const logs = Array.from({ length: 80 }, (_, i) => directory.createLog('t', i, { now: NOW }));
    for (const log of logs) append(log, { values: ['first'] });
    await Promise.all(logs.map((log) => log.flushed(1)));
    for (const log of logs) append(log, { values: ['second'] });
    await directory.close();
    expect(disk.mostOpen).toBeLessThanOrEqual(maxOpenFiles + 1); // and one for a moment
    expect(disk.mostOpen).toBeGreaterThan(maxOpenFiles / 2);
  });

  it('writes checkpoints when there is news', async () => {
    const disk = new WatchedDisk();
    const directory = openAll(disk, 0);
    for (const ms of [0, 5000]) directory.tick(NOW + ms);
    await directory.settled();
    expect(disk.take()).toEqual(['/', '/replication-offset-checkpoint.tmp']);
    directory.tick(NOW + 10_000);
    await directory.settled();
    expect(disk.take()).toEqual([]);
    const log = directory.log('t', 7)!;
    append(log, { values: ['first'] });
    log.updateHighWatermark(1);
    directory.tick(NOW + 15_000);
    await directory.settled();
    expect(disk.take()).toEqual(['/', '/replication-offset-checkpoint.tmp']);
    await directory.close();
  });

  it('notes at once, off the event loop, that many are gone', async () => {
    const disk = new WatchedDisk();
    const directory = openAll(disk, 0);
    for (const log of directory.logs) append(log, { values: ['x'] });
    await Promise.all(Array.from(directory.logs, (log) => log.flushed(1)));
    disk.take();
    for (let i = 1; i < PARTITIONS; i++) directory.deleteLog('t', i, NOW);
    expect(disk.take()).toEqual([]);
    await directory.settled();
    const once = ['/', '/log-start-offset-checkpoint.tmp', '/recovery-point-offset-checkpoint.tmp'];
    expect(new Set(disk.take())).toEqual(new Set([...once, '/replication-offset-checkpoint.tmp']));
    const points = () =>
      readFileSync(join(place.path, 'recovery-point-offset-checkpoint'), 'utf8')
        .split('\n')
        .slice(2, -1);
    expect(points()).toEqual(['t 0 1']);
    // A new one of that name must not find what is noted of the former.
    directory.deleteLog('t', 0, NOW);
    expect(points()).toEqual(['t 0 1']);
    directory.createLog('t', 0, { now: NOW });
    expect(points()).toEqual([]);
    await directory.close();
  });

  it('has nothing to do for those without news at a stop and at a clean start', async () => {
    const disk = new WatchedDisk();
    const first = openAll(disk, 0);
    append(first.log('t', 7)!, { values: ['first'] });
    await first.close();
    expect(inPartitions(disk.take()).filter((path) => !path.startsWith('/t-7'))).toEqual([]);
    await openAll(disk, 3).close();
    expect(inPartitions(disk.take())).toEqual([]);
  });
});
