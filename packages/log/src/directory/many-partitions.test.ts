import { type DiskFile, NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { append, NOW, TestDirectory } from '../log.test-support.ts';

const PARTITIONS = 20;

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

/** Says what is synced, below the log directory. */
class WatchedDisk extends NodeDisk {
  private synced: string[] = [];

  /** In the order of the names, and no more afterwards. */
  take(): string[] {
    return this.synced.splice(0).sort();
  }

  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = super.open(path, mode);
    const sync = file.sync.bind(file);
    const syncNow = file.syncNow.bind(file);
    const noted = { sync: () => this.noted(path, sync), syncNow: () => this.noted(path, syncNow) };
    return Object.assign(file, noted);
  }

  override syncDirectory(path: string): void {
    this.noted(path, () => {});
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

describe('a directory with many partitions', () => {
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
