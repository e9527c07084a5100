import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { NodeDisk, NodeRandom } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultLogConfig, isFailure, LogDirectory, StorageError } from '../index.ts';
import { append, batch, kill, NOW, readAll, TestDirectory } from '../log.test-support.ts';

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

const read = (name: string) => readFileSync(join(place.path, name), 'utf8');

describe('a log directory', () => {
  it('is used by one at a time', async () => {
    const directory = place.open();
    expect(() => place.open()).toThrow(/in use/);
    await directory.close();
    expect(place.open().failure).toBeNull();
  });

  it('refuses what is none of ours', () => {
    mkdirSync(join(place.path, 'holiday pictures'));
    expect(() => place.open()).toThrow(/holiday pictures/);
  });

  it('leaves the metadata log to its owner', () => {
    mkdirSync(join(place.path, '__cluster_metadata-0'));
    expect([...place.open().logs]).toEqual([]);
  });

  it('writes the checkpoints of a clean stop, and takes the mark of it away', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 3, { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', now: NOW });
    for (let i = 0; i < 20; i++) append(log, { values: ['x', 'y', 'z'] });
    log.updateHighWatermark(59);
    log.deleteRecords(4);
    await directory.close(42);
    expect(read('recovery-point-offset-checkpoint')).toBe('0\n1\nt 3 60\n');
    expect(read('replication-offset-checkpoint')).toBe('0\n1\nt 3 59\n');
    expect(read('log-start-offset-checkpoint')).toBe('0\n1\nt 3 4\n');
    expect(read('t-3/leader-epoch-checkpoint')).toBe('0\n1\n1 4\n');
    expect(read('t-3/partition.metadata')).toBe('version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ');
    expect(JSON.parse(read('.kafka_cleanshutdown'))).toEqual({ version: 0, brokerEpoch: 42 });
    const again = place.open();
    expect(again.lastBrokerEpoch).toBe(42);
    expect(again.log('t', 3)).toMatchObject({ highWatermark: 59, logStartOffset: 4 });
    expect(existsSync(join(place.path, '.kafka_cleanshutdown'))).toBe(false);
  });

  it('renames a deleted partition at once, and removes it later', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    append(log, { values: ['x'] });
    directory.deleteLog('t', 0, NOW);
    const partitions = () => readdirSync(place.path).filter((name) => name.startsWith('t-0'));
    expect(partitions()).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-delete$/)]);
    const late = log.appendAsLeader(batch({ values: ['y'] }), { leaderEpoch: 1, now: NOW });
    expect(isFailure(late) && late.error.name).toBe('KAFKA_STORAGE_ERROR');
    expect(directory.createLog('t', 0, { now: NOW }).logEndOffset).toBe(0);
    directory.tick(NOW + place.config.fileDeleteDelayMs);
    await expect.poll(partitions).toEqual(['t-0']);
  });

  it('removes partitions at the start whose removal a stop came before', async () => {
    const directory = place.open();
    directory.createLog('t', 0, { now: NOW });
    directory.deleteLog('t', 0, NOW);
    await directory.close();
    place.open().tick(NOW);
    const partitions = () => readdirSync(place.path).filter((name) => name.startsWith('t-0'));
    await expect.poll(partitions).toEqual([]);
  });

  it('sets aside what the metadata does not know', () => {
    const directory = place.open();
    directory.createLog('t', 0, { now: NOW });
    directory.setAside('t', 0);
    expect(directory.log('t', 0)).toBeUndefined();
    expect(readdirSync(place.path)).toContainEqual(expect.stringMatching(/^t-0\.\w+-stray$/));
  });

  it('goes offline with the first sync that fails, and never tries again', async () => {
    class FailingDisk extends NodeDisk {
      override open(...args: Parameters<NodeDisk['open']>) {
        const file = super.open(...args);
        file.sync = () => Promise.reject(Object.assign(new Error('EIO: broken'), { code: 'EIO' }));
        return file;
      }
    }
    const failures: string[] = [];
    const directory = LogDirectory.open({
      disk: new FailingDisk(),
      random: new NodeRandom(),
      path: place.path,
      now: NOW,
      configOf: () => defaultLogConfig,
      onFailure: (reason) => failures.push(reason),
    });
    const log = directory.createLog('t', 0, { now: NOW });
    append(log, { values: ['x'] });
    await expect(log.flushed(1)).rejects.toBeInstanceOf(StorageError);
    await expect(log.flushed(1)).rejects.toThrow(/EIO: broken/);
    const result = log.appendAsLeader(batch({ values: ['y'] }), { leaderEpoch: 1, now: NOW });
    expect(isFailure(result) && result.error.name).toBe('KAFKA_STORAGE_ERROR');
    expect(failures).toEqual([expect.stringMatching(/EIO: broken/)]);
    await directory.close();
    expect(existsSync(join(place.path, '.kafka_cleanshutdown'))).toBe(false);
  });
});

describe('flushing', () => {
  it('serves all that was appended in a turn with one round', async () => {
    let syncs = 0;
    class CountingDisk extends NodeDisk {
      override open(...args: Parameters<NodeDisk['open']>) {
        const file = super.open(...args);
        const sync = file.sync.bind(file);
        file.sync = () => {
          if (file.path.endsWith('.log')) syncs++;
          return sync();
        };
        return file;
      }
    }
    const directory = LogDirectory.open({
      disk: new CountingDisk(),
      random: new NodeRandom(),
      path: place.path,
      now: NOW,
      configOf: () => defaultLogConfig,
    });
    const log = directory.createLog('t', 0, { now: NOW });
    const flushed = Array.from({ length: 50 }, () => {
      append(log, { values: ['x'] });
      return log.flushed(log.logEndOffset);
    });
    await Promise.all(flushed);
    expect(syncs).toBe(1);
    expect(log.recoveryPoint).toBe(50);
    await directory.close();
  });

  it('starts by itself where flush.messages or flush.ms says so', async () => {
    place.config = { ...place.config, segmentBytes: 1 << 20, flushMessages: 10, flushMs: 1000 };
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    const settled = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await log.flushed(log.recoveryPoint < log.logEndOffset ? log.logEndOffset : 0);
      return log.recoveryPoint;
    };
    for (let i = 0; i < 10; i++) append(log, { values: ['x'] });
    expect(await settled()).toBe(10);
    append(log, { values: ['x'] });
    directory.tick(NOW + 999);
    expect(log.recoveryPoint).toBe(10);
    directory.tick(NOW + 1000);
    expect(await settled()).toBe(11);
  });
});

describe('retention', () => {
  const fill = (timestamp: number) => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 60; i++) append(log, { values: ['x', 'y'], timestamp: timestamp + i * 10 });
    log.updateHighWatermark(log.logEndOffset);
    return { directory, log };
  };

  it('by time goes by the newest record of a segment, and may take them all', async () => {
    const { log, directory } = fill(NOW);
    const { retentionMs, fileDeleteDelayMs } = place.config;
    expect(log.applyRetention(NOW + retentionMs)).toBe(0);
    const [, second] = place.segments();
    expect(log.applyRetention(NOW + retentionMs + second! * 5)).toBe(1);
    expect(log.logStartOffset).toBe(second);
    await expect.poll(() => existsSync(place.file(0, '.log.deleted'))).toBe(true);
    log.applyRetention(NOW + 2 * retentionMs);
    expect(log).toMatchObject({ logStartOffset: 120, logEndOffset: 120, segmentCount: 1 });
    await expect.poll(() => place.segments()).toEqual([120]);
    directory.tick(NOW + 2 * retentionMs + fileDeleteDelayMs);
    const names = () => readdirSync(join(place.path, 't-0'));
    await expect.poll(() => names().filter((name) => name.includes('deleted'))).toEqual([]);
    expect(append(log, { values: ['x'] }).baseOffset).toBe(120);
  });

  it('by time goes by the last write where records have no timestamps', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    for (let i = 0; i < 60; i++) append(log, { values: ['x'], timestamp: -1 });
    log.updateHighWatermark(log.logEndOffset);
    utimesSync(place.file(0, '.log'), NOW / 1000, NOW / 1000);
    expect(log.applyRetention(NOW + place.config.retentionMs)).toBe(0);
    expect(log.applyRetention(NOW + place.config.retentionMs + 1)).toBe(1);
  });

  it('by size keeps at least that much', () => {
    const { log } = fill(NOW);
    log.updateConfig({ ...place.config, retentionBytes: 2500 });
    const before = log.sizeBytes;
    expect(log.applyRetention(NOW)).toBe(1);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(2500);
    expect(log.sizeBytes).toBeLessThan(before - 1800);
  });

  it('never passes the high watermark', () => {
    const { log } = fill(NOW);
    log.updateHighWatermark(3);
    expect(log.applyRetention(NOW + 2 * place.config.retentionMs)).toBe(0);
  });

  it('leaves a compacted topic alone, but for deleted records', () => {
    place.config = { ...place.config, compact: true, delete: false };
    const { log } = fill(NOW);
    expect(log.applyRetention(NOW + 2 * place.config.retentionMs)).toBe(0);
    log.deleteRecords(100);
    expect(log.applyRetention(NOW)).toBeGreaterThan(0);
    expect(readAll(log)[0]![0]).toBe(100);
  });
});

describe('rolling', () => {
  it('goes by the time of records where they have one', () => {
    const log = place.open().createLog('t', 0, { now: NOW });
    const { segmentMs } = place.config;
    append(log, { values: ['x'], timestamp: NOW - segmentMs });
    append(log, { values: ['x'], timestamp: NOW });
    expect(log.segmentCount).toBe(1);
    append(log, { values: ['x'], timestamp: NOW + 1 });
    expect(log.segmentCount).toBe(2);
  });

  it('keeps offsets within reach of a segment', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    const follow = (baseOffset: number) =>
      log.appendAsFollower(batch({ values: ['x'], baseOffset, leaderEpoch: 0 }), {
        maxLeaderEpoch: 0,
        now: NOW,
      });
    follow(5);
    follow(2 ** 31 + 10);
    expect(place.segments()).toEqual([0, 2 ** 31 + 10]);
    expect(readAll(log).map(([offset]) => offset)).toEqual([5, 2 ** 31 + 10]);
    await kill(directory);
  });

  it('reserves room where the topic wants it, and gives back what is left', async () => {
    place.config = { ...place.config, preallocate: true };
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    append(log, { values: ['x'] });
    expect(readFileSync(place.file(0, '.log')).length).toBe(2000);
    await directory.close();
    expect(readFileSync(place.file(0, '.log')).length).toBe(log.sizeBytes);
  });
});
