import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRemovals } from './file-removals.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'tidelog-removals-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const large = Buffer.alloc(2 << 20);

/** Says which files went off the event loop. */
class WatchedDisk extends NodeDisk {
  readonly later: string[] = [];

  override unlinkLater(path: string): Promise<void> {
    this.later.push(path);
    return super.unlinkLater(path);
  }
}

describe('FileRemovals', () => {
  it('removes what is due: small files at once, large ones off the event loop', async () => {
    const disk = new WatchedDisk();
    const removals = new FileRemovals(disk);
    const [small, big, later] = ['small', 'big', 'later'].map((name) => join(directory, name));
    writeFileSync(small!, 'x');
    writeFileSync(big!, large);
    writeFileSync(later!, large);
    for (const path of [small!, big!]) removals.addFile(path, 100);
    removals.addFile(later!, 101);
    removals.run(99);
    expect(existsSync(small!)).toBe(true);
    removals.run(100);
    expect(existsSync(small!)).toBe(false);
    expect(disk.later).toEqual([big]);
    await expect.poll(() => existsSync(big!)).toBe(false);
    expect(existsSync(later!)).toBe(true);
    removals.run(101);
    await expect.poll(() => existsSync(later!)).toBe(false);
  });

  it('removes a directory when its large files are gone', async () => {
    const removals = new FileRemovals(new NodeDisk());
    const topic = join(directory, 'topic-0.id-delete');
    mkdirSync(topic);
    for (const name of ['0.log', '1.log']) writeFileSync(join(topic, name), large);
    writeFileSync(join(topic, '0.index'), 'x');
    removals.addDirectory(topic, 0);
    removals.run(1);
    removals.run(2);
    expect(existsSync(join(topic, '1.log'))).toBe(true);
    await expect.poll(() => existsSync(join(topic, '1.log'))).toBe(false);
    expect(existsSync(join(topic, '0.index'))).toBe(true);
    removals.run(3);
    expect(existsSync(topic)).toBe(false);
  });

  it('goes on when a file has another name by then', async () => {
    const removals = new FileRemovals(new NodeDisk());
    const [gone, next] = [join(directory, 'gone'), join(directory, 'next')];
    for (const path of [gone, next]) {
      writeFileSync(path, large);
      removals.addFile(path, 0);
    }
    removals.run(1);
    rmSync(gone, { force: true });
    await expect.poll(() => existsSync(next)).toBe(false);
  });
});
