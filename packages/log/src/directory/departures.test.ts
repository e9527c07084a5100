import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskFile } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { append, NOW, TestDirectory, UnsyncedDisk } from '../log.test-support.ts';

let place: TestDirectory;
let disk: SlowDisk;

beforeEach(() => {
  place = new TestDirectory();
  disk = new SlowDisk();
});
afterEach(async () => {
  disk.isSlow = false;
  disk.endSyncs();
  await place.remove();
});

const read = (name: string) => readFileSync(join(place.path, name), 'utf8');

/** The syncs of files that are replaced end when they are told to, or fail for want of space. */
class SlowDisk extends UnsyncedDisk {
  isSlow = true;
  private waiting: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];

  get waitingCount(): number {
    return this.waiting.length;
  }

  endSyncs(): void {
    for (const { end } of this.waiting.splice(0)) end();
  }

  fillUp(): void {
    const full = Object.assign(new Error('ENOSPC: full'), { code: 'ENOSPC' });
    for (const { fail } of this.waiting.splice(0)) fail(full);
  }

  override open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = super.open(path, mode);
    if (path.endsWith('.tmp') && this.isSlow) {
      file.sync = () => new Promise((end, fail) => this.waiting.push({ end, fail }));
    }
    return file;
  }
}

/** A partition with a record and a cleaner offset has left, and that is being noted. */
async function oneIsLeaving() {
  const directory = place.open(NOW, disk);
  append(directory.createLog('t', 0, { now: NOW }), { values: ['x'] });
  directory.cleanerOffsets.set('t-0', 1);
  directory.deleteLog('t', 0, NOW);
  await expect.poll(() => disk.waitingCount).toBe(4);
  return directory;
}

describe('partitions that leave', () => {
  it('are noted once more when they come back and leave while that is under way', async () => {
    const directory = await oneIsLeaving();
    append(directory.createLog('t', 0, { now: NOW }), { values: ['y'] });
    directory.cleanerOffsets.set('t-0', 1);
    directory.deleteLog('t', 0, NOW);
    disk.isSlow = false;
    disk.endSyncs();
    await expect.poll(() => read('cleaner-offset-checkpoint')).toBe('0\n0\n');
  });

  it('are noted before one of that name comes, be it under way', async () => {
    const directory = await oneIsLeaving();
    expect(read('cleaner-offset-checkpoint')).toBe('0\n1\nt 0 1\n');
    directory.createLog('t', 0, { now: NOW });
    expect(read('cleaner-offset-checkpoint')).toBe('0\n0\n');
  });

  it('are noted before one of that name comes where there was no space until then', async () => {
    const directory = await oneIsLeaving();
    disk.fillUp();
    await directory.settled();
    directory.createLog('t', 0, { now: NOW });
    expect(read('cleaner-offset-checkpoint')).toBe('0\n0\n');
  });
});
