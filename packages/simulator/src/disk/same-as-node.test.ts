import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryDisk, NodeDisk } from '@tidelog/platform';
import type { Disk, DiskFile } from '@tidelog/platform';
import { World } from '../world/world.ts';

const root = mkdtempSync(join(tmpdir(), 'tidelog-same-'));
afterAll(() => rmSync(root, { recursive: true }));

const path = fc.constantFrom('/a', '/b', '/d', '/d/a', '/d/e', '/d/e/a', '/a/x');
const position = fc.nat(10_000);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 5000 });
const handle = fc.nat(2);

/** One call, made on a disk with a prefix before all paths and with the files opened so far. */
type Call = (disk: Disk, prefix: string, files: DiskFile[]) => unknown;
const named = (name: string, call: Call): Call =>
  Object.assign(call, { [fc.toStringMethod]: () => name });
const onFile = (files: DiskFile[], at: number, call: (file: DiskFile) => unknown): unknown => {
  const file = files[at];
  return file === undefined ? 'not open' : call(file);
};

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(path, fc.constantFrom('read', 'write', 'create')).map(([p, mode]) =>
    named(`open ${p} ${mode}`, (disk, prefix, files) => {
      // POSIX opens a directory to read, and then reads fail; there is nothing to imitate.
      const isDirectory = disk.exists(prefix + p) && disk.stat(prefix + p).isDirectory;
      if (isDirectory && mode === 'read') return;
      files.unshift(disk.open(prefix + p, mode));
    }),
  ),
  fc
    .tuple(handle, fc.array(bytes, { maxLength: 3 }), position)
    .map(([at, buffers, where]) =>
      named(`write ${at} ${buffers.map((b) => b.length).join('+')} at ${where}`, (_, __, files) =>
        onFile(files, at, (file) => file.writev(buffers, where)),
      ),
    ),
  fc.tuple(handle, position, fc.nat(4000)).map(([at, where, length]) =>
    named(`read ${at} ${length} at ${where}`, (_, __, files) =>
      onFile(files, at, (file) => {
        const target = Buffer.alloc(length + 7);
        return [file.read(target, 7, length, where), target.toString('hex')];
      }),
    ),
  ),
  fc
    .tuple(handle, position)
    .map(([at, sizeBytes]) =>
      named(`truncate ${at} ${sizeBytes}`, (_, __, files) =>
        onFile(files, at, (file) => file.truncate(sizeBytes)),
      ),
    ),
  handle.map((at) =>
    named(`close ${at}`, (_, __, files) => onFile(files, at, (file) => file.close())),
  ),
  handle.map((at) =>
    named(`size ${at}`, (_, __, files) => onFile(files, at, (file) => file.sizeBytes())),
  ),
  path.map((p) => named(`readFile ${p}`, (disk, prefix) => disk.readFile(prefix + p))),
  path.map((p) => named(`replaceFile ${p}`, (disk, prefix) => disk.replaceFile(prefix + p, p))),
  path.map((p) => named(`exists ${p}`, (disk, prefix) => disk.exists(prefix + p))),
  path.map((p) => named(`list ${p}`, (disk, prefix) => disk.list(prefix + p).toSorted())),
  path.map((p) =>
    named(`directories of ${p}`, (disk, prefix) => disk.listDirectories(prefix + p).toSorted()),
  ),
  path.map((p) => named(`makeDirectory ${p}`, (disk, prefix) => disk.makeDirectory(prefix + p))),
  path.map((p) => named(`unlink ${p}`, (disk, prefix) => disk.unlink(prefix + p))),
  path.map((p) => named(`syncDirectory ${p}`, (disk, prefix) => disk.syncDirectory(prefix + p))),
  path.map((p) =>
    named(`removeDirectory ${p}`, (disk, prefix) => disk.removeDirectory(prefix + p)),
  ),
  fc
    .tuple(path, path)
    .map(([from, to]) =>
      named(`rename ${from} ${to}`, (disk, prefix) => disk.rename(prefix + from, prefix + to)),
    ),
  path.map((p) =>
    named(`stat ${p}`, (disk, prefix) => {
      const { sizeBytes, isDirectory } = disk.stat(prefix + p);
      return isDirectory ? 'directory' : sizeBytes;
    }),
  ),
);

function outcome(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

const disks: readonly [string, () => Disk][] = [
  ['the simulated disk', () => new World(1).machine('a').boot().disk],
  ['the memory disk', () => new MemoryDisk({ now: () => 0 })],
];

describe.each(disks)('%s', (_, newDisk) => {
  // The codes of refused calls are Linux's.
  it.skipIf(process.platform !== 'linux')('answers every call as the real one does', () => {
    let history = 0;
    const node = new NodeDisk();
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
        const directory = mkdtempSync(join(root, String(history++)));
        const other = newDisk();
        const [nodeFiles, otherFiles]: [DiskFile[], DiskFile[]] = [[], []];
        other.makeDirectory(directory);
        try {
          for (const make of calls) {
            expect(outcome(() => make(other, directory, otherFiles))).toEqual(
              outcome(() => make(node, directory, nodeFiles)),
            );
          }
        } finally {
          for (const file of nodeFiles) file.close();
        }
      }),
      { numRuns: 100 },
    );
  });
});
