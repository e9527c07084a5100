import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { NodeDisk } from './disk.ts';

const root = mkdtempSync(join(tmpdir(), 'tidelog-disk-'));
afterAll(() => rmSync(root, { recursive: true }));
let fileCount = 0;
const freshPath = (): string => join(root, `file-${fileCount++}`);
const disk = new NodeDisk();
const failsWith = (code: string): unknown => expect.objectContaining({ code });

it.runIf(process.platform === 'linux')('knows how many files may be open', () => {
  const files = Array.from({ length: 100 }, () => disk.open(freshPath(), 'write'));
  for (const file of files) file.close();
  expect(disk.openFileLimit()).toBeGreaterThan(100);
});

describe('a file', () => {
  it('reads what was written, at any positions and in any pieces', () => {
    const writes = fc.array(
      fc.record({
        position: fc.nat(300),
        pieces: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
      }),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(writes, (history) => {
        const path = freshPath();
        const file = disk.open(path, 'create');
        const model = Buffer.alloc(600);
        let sizeBytes = 0;
        for (const { position, pieces } of history) {
          const joined = Buffer.concat(pieces);
          file.writev(pieces, position);
          joined.copy(model, position);
          if (joined.length > 0) sizeBytes = Math.max(sizeBytes, position + joined.length);
        }
        const target = Buffer.alloc(600);
        expect(file.read(target, 0, 600, 0)).toBe(sizeBytes);
        expect(target.equals(model)).toBe(true);
        expect(file.sizeBytes()).toBe(sizeBytes);
        file.close();
        expect(disk.readFile(path).equals(model.subarray(0, sizeBytes))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('takes more buffers than one system call does', () => {
    const file = disk.open(freshPath(), 'create');
    file.writev(
      Array.from({ length: 3000 }, (_, i) => Buffer.from([i & 0xff])),
      5,
    );
    const target = Buffer.alloc(3005);
    expect(file.read(target, 0, 3005, 0)).toBe(3005);
    expect(target.subarray(5).every((byte, i) => byte === (i & 0xff))).toBe(true);
    file.close();
  });

  it('says ENOSPC when only a part can be written', () => {
    if (!existsSync('/dev/full')) return;
    const file = disk.open('/dev/full', 'write');
    expect(() => file.write(Buffer.from('x'), 0)).toThrow(failsWith('ENOSPC'));
    file.close();
  });

  it('is cut, and extended with zeros', () => {
    const file = disk.open(freshPath(), 'create');
    file.write(Buffer.from('abcdef'), 0);
    file.truncate(2);
    file.truncate(4);
    expect(disk.readFile(file.path)).toEqual(Buffer.from('ab\0\0'));
    file.close();
  });

  it('may be closed while it syncs, and then takes no more calls', async () => {
    const file = disk.open(freshPath(), 'create');
    file.write(Buffer.from('x'), 0);
    const synced = Promise.all([file.sync(), file.sync()]);
    file.syncNow();
    file.close();
    file.close();
    await synced;
    expect(() => file.write(Buffer.from('x'), 0)).toThrow(failsWith('EBADF'));
    expect(() => file.sizeBytes()).toThrow(failsWith('EBADF'));
  });

  it('opens as asked', () => {
    const path = freshPath();
    expect(() => disk.open(path, 'read')).toThrow(failsWith('ENOENT'));
    disk.open(path, 'write').close();
    expect(() => disk.open(path, 'create')).toThrow(failsWith('EEXIST'));
    const file = disk.open(path, 'read');
    expect(() => file.write(Buffer.from('x'), 0)).toThrow(failsWith('EBADF'));
    file.close();
  });
});

describe('a directory', () => {
  it('is made with its parents, listed, and removed with what it holds', () => {
    const top = join(root, 'a');
    disk.makeDirectory(join(top, 'b', 'c'));
    disk.makeDirectory(join(top, 'b', 'c'));
    writeFileSync(join(top, 'b', 'x'), '12345');
    expect(disk.list(join(top, 'b')).toSorted()).toEqual(['c', 'x']);
    symlinkSync(join(top, 'b'), join(top, 'b', 'link'));
    expect(disk.listDirectories(join(top, 'b')).toSorted()).toEqual(['c', 'link']);
    expect(disk.stat(join(top, 'b')).isDirectory).toBe(true);
    expect(disk.stat(join(top, 'b', 'x'))).toMatchObject({ sizeBytes: 5, isDirectory: false });
    disk.rename(join(top, 'b', 'x'), join(top, 'y'));
    disk.syncDirectory(top);
    disk.unlink(join(top, 'y'));
    disk.removeDirectory(top);
    expect(disk.exists(top)).toBe(false);
    expect(() => disk.removeDirectory(top)).toThrow(failsWith('ENOENT'));
    expect(() => disk.list(top)).toThrow(failsWith('ENOENT'));
  });

  it('has space', () => {
    const { freeBytes, totalBytes } = disk.space(root);
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
  });
});

describe('replaceFile', () => {
  it('leaves the new content and nothing else, also over the rest of a crash', () => {
    const directory = join(root, 'replace');
    disk.makeDirectory(directory);
    const path = join(directory, 'checkpoint');
    writeFileSync(`${path}.tmp`, 'half of something that was longer');
    disk.replaceFile(path, 'one');
    disk.replaceFile(path, Buffer.from('two'));
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(disk.list(directory)).toEqual(['checkpoint']);
  });
});
