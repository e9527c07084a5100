import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskFile, NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { append, NOW, TestDirectory } from '../log.test-support.ts';

let place: TestDirectory;

beforeEach(() => {
  place = new TestDirectory();
});
afterEach(() => place.remove());

/** Counts what a turn has to wait for the disk. */
class TimedDisk extends NodeDisk {
  waits = 0;

  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = super.open(path, mode);
    return Object.assign(file, { syncNow: () => this.waits++ });
  }

  override syncDirectory(): void {
    this.waits++;
  }

  override async syncDirectoryLater(): Promise<void> {}
}

describe('the upkeep of a directory', () => {
  it('makes no turn wait for the disk, and lets go of a few segments in each', async () => {
    const disk = new TimedDisk();
    const directory = place.open(NOW, disk);
    const logs = [0, 1].map((partition) => directory.createLog('t', partition, { now: NOW }));
    for (const log of logs) {
      for (let i = 0; i < 300; i++) append(log, { values: ['x'.repeat(100)] });
      await log.flushed(300);
      log.updateHighWatermark(300);
    }
    const segments = () => logs.reduce((sum, log) => sum + log.segmentCount, 0);
    const before = segments();
    expect(before).toBeGreaterThan(40);
    directory.tick(NOW);
    disk.waits = 0;
    const later = NOW + 2 * place.config.retentionMs;
    const counts = [before];
    while (counts.length < 10) {
      directory.tick(later + counts.length);
      counts.push(segments());
      await directory.settled();
    }
    const taken = counts.slice(1).map((count, i) => counts[i]! - count);
    expect(Math.max(...taken)).toBeLessThanOrEqual(16);
    expect(counts.at(-1)).toBe(2);
    for (const log of logs) expect(log).toMatchObject({ logStartOffset: 300, segmentCount: 1 });
    await expect.poll(() => place.segments()).toEqual([300]);
    await expect.poll(() => place.segments('t-1')).toEqual([300]);
    expect(disk.waits).toBe(0);
  });

  it('notes a log start offset before the files below it get another name', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    for (let i = 0; i < 60; i++) append(log, { values: ['x'.repeat(100)] });
    log.updateHighWatermark(60);
    const renamed = () => existsSync(place.file(0, '.log.deleted'));
    log.deleteRecords(50);
    expect(log.applyRetention(NOW)).toBeGreaterThan(1);
    expect([log.firstSegmentOffset, renamed()]).toEqual([0, false]);
    await expect.poll(renamed).toBe(true);
    const noted = readFileSync(join(place.path, 'log-start-offset-checkpoint'), 'utf8');
    expect(noted).toBe('0\n1\nt 0 50\n');
    await expect.poll(() => log.firstSegmentOffset).toBe(log.segments.first.baseOffset);
  });

  it('saves one checkpoint in a turn, each in its time', async () => {
    const directory = place.open();
    const log = directory.createLog('t', 0, { now: NOW });
    const names = ['recovery-point', 'log-start', 'replication'];
    const texts = () =>
      names.map((name) => {
        const path = join(place.path, `${name}-offset-checkpoint`);
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      });
    const minute = 60_000;
    directory.tick(NOW);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 4; i++) append(log, { values: ['x'] });
      log.updateHighWatermark(4 * round - 1);
      await log.flushed(log.logEndOffset);
      const saved = [];
      for (let turn = 0; turn < 4; turn++) {
        const before = texts();
        directory.tick(NOW + round * minute + turn);
        await directory.settled();
        saved.push(texts().filter((text, i) => text !== before[i]).length);
      }
      expect(saved).toEqual([1, round === 1 ? 1 : 0, 1, 0]);
      const line = (offset: number) => `0\n1\nt 0 ${offset}\n`;
      expect(texts()).toEqual([line(4 * round), '0\n0\n', line(4 * round - 1)]);
    }
  });
});
