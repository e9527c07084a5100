import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRemovals } from './file-removals.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'tidelog-removals-'))));
afterEach(() => rmSync(directory, { recursive: true }));

/** Says which files went off the event loop. */
class WatchedDisk extends NodeDisk {
  readonly later: string[] = [];

  override unlinkLater(path: string): Promise<void> {
    this.later.push(path);
    return super.unlinkLater(path);
  }

  override unlink(path: string): void {
    throw new Error(`the event loop waits for ${path}`);
  }
}

function files(...names: string[]): string[] {
  const paths = names.map((name) => join(directory, name));
  for (const path of paths) writeFileSync(path, 'x');
  return paths;
}

describe('FileRemovals', () => {
  it('removes what is due, one after the other', async () => {
    const disk = new WatchedDisk();
    const removals = new FileRemovals(disk);
    const [first, second, later] = files('first', 'second', 'later');
    for (const path of [first!, second!]) removals.addFile(path, 100);
    removals.addFile(later!, 101);
    removals.run(99);
    expect(disk.later).toEqual([]);
    removals.run(100);
    expect(disk.later).toEqual([first]);
    await expect.poll(() => existsSync(second!)).toBe(false);
    expect([existsSync(first!), existsSync(later!)]).toEqual([false, true]);
    removals.run(101);
    await expect.poll(() => existsSync(later!)).toBe(false);
  });

  it('removes a directory with all that is in it', async () => {
    const removals = new FileRemovals(new WatchedDisk());
    const topic = join(directory, 'topic-0.id-delete');
    mkdirSync(topic);
    files('topic-0.id-delete/0.log', 'topic-0.id-delete/0.index');
    removals.addDirectory(topic, 0);
    removals.run(1);
    await expect.poll(() => existsSync(topic)).toBe(false);
  });

  it('goes on when something has another name by then', async () => {
    const removals = new FileRemovals(new WatchedDisk());
    const [gone, next] = files('gone', 'next');
    removals.addDirectory(join(directory, 'never was'), 0);
    for (const path of [gone!, next!]) removals.addFile(path, 0);
    rmSync(gone!);
    removals.run(1);
    await expect.poll(() => existsSync(next!)).toBe(false);
  });

  it('removes nothing behind its stop', async () => {
    const disk = new WatchedDisk();
    const removals = new FileRemovals(disk);
    const topic = join(directory, 'topic-0.id-delete');
    mkdirSync(topic);
    const paths = files('topic-0.id-delete/0.log', 'topic-0.id-delete/1.log', 'next', 'due later');
    removals.addDirectory(topic, 0);
    removals.addFile(paths[2]!, 0);
    removals.addFile(paths[3]!, 1);
    removals.run(0);
    await removals.stop();
    removals.run(1);
    expect(disk.later).toHaveLength(1);
    expect(paths.filter((path) => existsSync(path))).toHaveLength(3);
  });

  it('forgets what is inside of a directory that has another name', async () => {
    const disk = new WatchedDisk();
    const removals = new FileRemovals(disk);
    const [kept, other] = files('kept', 'other');
    removals.addFile(kept!, 0);
    removals.forgetInside(directory);
    removals.addFile(other!, 0);
    removals.run(1);
    await expect.poll(() => existsSync(other!)).toBe(false);
    expect(disk.later).toEqual([other]);
  });
});
