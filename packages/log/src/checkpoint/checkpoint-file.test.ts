import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CheckpointFile } from './checkpoint-file.ts';

/** A directory's syncs end when they are told to. */
class HeldDisk extends NodeDisk {
  readonly held: (() => void)[] = [];
  fails = false;

  override syncDirectory(): void {}

  override syncDirectoryLater(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { fails } = this;
      this.held.push(() => (fails ? reject(new Error('EIO')) : resolve()));
    });
  }

  async syncing(count: number): Promise<void> {
    while (this.held.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

let place: string;
let disk: HeldDisk;
let content = 'first';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidelog-checkpoint-'));
  disk = new HeldDisk();
  content = 'first';
});
afterEach(() => rmSync(place, { recursive: true }));

const open = () => new CheckpointFile(disk, join(place, 'file'), () => content);
const found = () => readFileSync(join(place, 'file'), 'utf8');

it('has one save serve all who ask while another runs', async () => {
  const file = open();
  const first = file.save();
  await disk.syncing(1);
  expect(found()).toBe('first');
  const [second, third] = [file.save(), file.save()];
  content = 'second';
  disk.held[0]!();
  await first;
  await disk.syncing(2);
  disk.held[1]!();
  await Promise.all([second, third, file.settled()]);
  expect(found()).toBe('second');
  expect(disk.held).toHaveLength(2);
  expect(readdirSync(place)).toEqual(['file']);
});

it('never puts what is older over what is newer', async () => {
  const file = open();
  const older = file.save();
  content = 'second';
  file.saveNow();
  await older;
  expect(found()).toBe('second');
  file.saveNow('third');
  expect(found()).toBe('third');
  expect(disk.held).toEqual([]);
});

it('writes nothing for what is there already', async () => {
  const file = open();
  file.saveNow();
  await file.save();
  expect(disk.held).toEqual([]);
  content = 'second';
  const saved = file.save();
  await disk.syncing(1);
  // Not durable yet, so it is written once more.
  rmSync(join(place, 'file'));
  file.saveNow();
  expect(found()).toBe('second');
  disk.held[0]!();
  await saved;
});

it('says when it fails, and does better the next time', async () => {
  const file = open();
  disk.fails = true;
  const failing = file.save();
  await disk.syncing(1);
  const next = file.save();
  disk.held[0]!();
  await expect(failing).rejects.toThrow('EIO');
  disk.fails = false;
  await disk.syncing(2);
  disk.held[1]!();
  await next;
  expect(found()).toBe('first');
});
