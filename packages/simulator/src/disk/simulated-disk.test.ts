import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignoreCrash } from '../world/failures.ts';
import { SeededRandom } from '../world/seeded-random.ts';
import { World } from '../world/world.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });
const boot = (seed = 1) => {
  const world = new World(seed);
  return { world, machine: world.machine('a'), ...world.machine('a').boot() };
};
/** The disks that many crashes at this moment would leave. */
const survivors = (disk: SimulatedDisk): SimulatedDisk[] =>
  Array.from({ length: 200 }, (_, seed) => disk.survivor(new SeededRandom(seed)));
const contents = (disk: SimulatedDisk, path: string): Set<string> =>
  new Set(
    survivors(disk).map((left) => (left.exists(path) ? left.readFile(path).toString() : 'absent')),
  );

/** A file whose name is durable. */
function durableFile(disk: SimulatedDisk, path = '/x') {
  const file = disk.open(path, 'create');
  disk.syncDirectory('/');
  return file;
}

describe('a file that is removed later', () => {
  it('is there until its turn comes, and for good after a crash before it', async () => {
    const { world, disk } = boot();
    durableFile(disk).close();
    const removed = disk.unlinkLater('/x');
    expect(disk.exists('/x')).toBe(true);
    await world.settle(removed);
    expect(disk.exists('/x')).toBe(false);
    await expect(world.settle(disk.unlinkLater('/x'))).rejects.toEqual(failsWith('ENOENT'));
    durableFile(disk, '/y').close();
    void disk.unlinkLater('/y');
    disk.crash();
    await world.runFor(1000);
    expect(disk.survivor().exists('/y')).toBe(true);
  });
});

describe('the content of a file', () => {
  it('may be lost until it is synced, and never after', () => {
    const { disk } = boot();
    const file = durableFile(disk);
    file.write(Buffer.from('one'), 0);
    expect(contents(disk, '/x')).toEqual(new Set(['', 'one', '\0\0\0']));
    file.syncNow();
    expect(contents(disk, '/x')).toEqual(new Set(['one']));
    file.write(Buffer.from('two'), 0);
    expect(contents(disk, '/x')).toEqual(new Set(['one', 'two']));
  });

  it('is torn between sectors, in any order, and never within one', () => {
    const { disk } = boot();
    const file = durableFile(disk);
    file.write(Buffer.alloc(2048, 'a'), 0);
    file.syncNow();
    file.write(Buffer.alloc(2048, 'b'), 0);
    const seen = new Set<string>();
    for (const left of survivors(disk)) {
      const content = left.readFile('/x').toString();
      const sectors = [0, 512, 1024, 1536].map((at) => content.slice(at, at + 512));
      for (const sector of sectors) expect(['a'.repeat(512), 'b'.repeat(512)]).toContain(sector);
      seen.add(sectors.map((sector) => sector[0]).join(''));
    }
    expect(seen).toEqual(
      new Set(
        Array.from({ length: 16 }, (_, i) => i.toString(2).padStart(4, '0')).map((bits) =>
          bits.replaceAll('0', 'a').replaceAll('1', 'b'),
        ),
      ),
    );
  });

  it('may come back after an unsynced cut', () => {
    const { disk } = boot();
    const file = durableFile(disk);
    file.write(Buffer.from('abcdef'), 0);
    file.syncNow();
    file.truncate(2);
    expect(disk.readFile('/x').toString()).toBe('ab');
    expect(contents(disk, '/x')).toEqual(new Set(['ab', 'abcdef', 'ab\0\0\0\0']));
    file.syncNow();
    expect(contents(disk, '/x')).toEqual(new Set(['ab']));
  });

  it('is durable as of the start of a sync that ends later', async () => {
    const { disk, world } = boot();
    const file = durableFile(disk);
    file.write(Buffer.from('one'), 0);
    const synced = file.sync();
    file.write(Buffer.from('two'), 0);
    expect(contents(disk, '/x')).toContain('');
    await world.settle(synced);
    expect(contents(disk, '/x')).toEqual(new Set(['one', 'two']));
  });

  it('is gone for good where a sync failed, although the next one succeeds', async () => {
    const { disk, world } = boot();
    const file = durableFile(disk);
    file.write(Buffer.from('lost?'), 0);
    disk.fail('EIO', ({ kind }) => kind === 'sync');
    await expect(world.settle(file.sync())).rejects.toEqual(failsWith('EIO'));
    expect(disk.readFile('/x').toString()).toBe('lost?');
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const other = boot(seed).disk;
      const again = durableFile(other);
      again.write(Buffer.from('lost?'), 0);
      other.fail('EIO', ({ kind }) => kind === 'sync');
      expect(() => again.syncNow()).toThrow(failsWith('EIO'));
      again.syncNow();
      const left = contents(other, '/x');
      expect(left.size).toBe(1); // decided at the failure
      for (const content of left) outcomes.add(content);
    }
    expect(outcomes).toContain('');
    expect(outcomes).toContain('lost?');
  });

  it('costs no memory where nothing was written', () => {
    const { disk } = boot();
    disk.capacityBytes = 8192;
    const file = durableFile(disk);
    file.truncate(10 * 1024 * 1024 * 1024);
    expect(disk.space().freeBytes).toBe(8192);
    file.write(Buffer.from('x'), 9 * 1024 * 1024 * 1024);
    expect(disk.space().freeBytes).toBe(4096);
    file.truncate(5);
    expect(disk.space().freeBytes).toBe(8192);
    expect(disk.readFile('/x')).toEqual(Buffer.alloc(5));
  });

  it('rots where it is told to', () => {
    const { disk } = boot();
    durableFile(disk).write(Buffer.from([0, 0, 0]), 0);
    disk.rot('/x', 1, 3);
    expect(disk.readFile('/x')).toEqual(Buffer.from([0, 8, 0]));
  });
});

describe('a crash at any moment of any history', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        position: fc.nat(3000),
        length: fc.integer({ min: 1, max: 1500 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('truncate' as const), sizeBytes: fc.nat(4000) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('sync' as const) }) },
  );

  it('leaves each sector as it was at some moment since the last sync', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.nat(), (history, seed) => {
        const { disk } = boot(seed);
        const file = durableFile(disk);
        // All states since the last sync, each padded with zeros behind its end.
        let states = [{ sizeBytes: 0, content: Buffer.alloc(5120) }];
        history.forEach((action, i) => {
          if (action.kind === 'sync') file.syncNow();
          else if (action.kind === 'truncate') file.truncate(action.sizeBytes);
          else file.write(Buffer.alloc(action.length, i + 1), action.position);
          const live = disk.readFile('/x');
          const content = Buffer.alloc(5120);
          live.copy(content);
          if (action.kind === 'sync') states = [];
          states.push({ sizeBytes: live.length, content });
        });
        const left = disk.survivor().readFile('/x');
        expect(states.map(({ sizeBytes }) => sizeBytes)).toContain(left.length);
        for (let at = 0; at < left.length; at += 512) {
          const end = Math.min(at + 512, left.length);
          const sector = left.subarray(at, end);
          expect(states.some(({ content }) => content.subarray(at, end).equals(sector))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('names', () => {
  const namesLeft = (disk: SimulatedDisk): Set<string> =>
    new Set(survivors(disk).map((left) => left.list('/').toSorted().join(' ')));

  it('may be there or not until their directory is synced', () => {
    const { disk } = boot();
    disk.open('/a', 'create').syncNow();
    disk.open('/b', 'create').syncNow();
    expect(namesLeft(disk)).toEqual(new Set(['', 'a', 'b', 'a b']));
    disk.syncDirectory('/');
    expect(namesLeft(disk)).toEqual(new Set(['a b']));
    disk.unlink('/a');
    expect(namesLeft(disk)).toEqual(new Set(['a b', 'b']));
    disk.syncDirectory('/');
    expect(namesLeft(disk)).toEqual(new Set(['b']));
  });

  it('are renamed whole or not at all', () => {
    const { disk } = boot();
    for (const name of ['old', 'new']) {
      const file = disk.open(`/${name}`, 'create');
      file.write(Buffer.from(name), 0);
      file.syncNow();
    }
    disk.syncDirectory('/');
    disk.rename('/new', '/old');
    expect(namesLeft(disk)).toEqual(new Set(['new old', 'old']));
    expect(contents(disk, '/old')).toEqual(new Set(['old', 'new']));
    disk.syncDirectory('/');
    expect(namesLeft(disk)).toEqual(new Set(['old']));
    expect(contents(disk, '/old')).toEqual(new Set(['new']));
  });

  it('rest on the earlier changes of the same names', () => {
    const { disk } = boot();
    disk.open('/a', 'create');
    disk.rename('/a', '/b');
    disk.rename('/b', '/c');
    expect(namesLeft(disk)).toEqual(new Set(['', 'a', 'b', 'c']));
  });

  it('follow a rename across directories when either is synced', () => {
    const { disk } = boot();
    disk.makeDirectory('/from');
    disk.makeDirectory('/to');
    disk.syncDirectory('/');
    disk.open('/from/x', 'create');
    disk.rename('/from/x', '/to/x');
    disk.syncDirectory('/to');
    for (const left of survivors(disk)) {
      expect([left.list('/from'), left.list('/to')]).toEqual([[], ['x']]);
    }
  });

  it('are lost with the directory that holds them', () => {
    const { disk } = boot();
    disk.makeDirectory('/d/e');
    disk.syncDirectory('/d');
    expect(namesLeft(disk)).toEqual(new Set(['', 'd']));
    disk.syncDirectory('/');
    disk.removeDirectory('/d');
    expect(disk.exists('/d')).toBe(false);
  });

  it('lead to what they led to at some moment since the last sync, after any history', () => {
    const name = fc.constantFrom('/a', '/b', '/c');
    const change = fc.oneof(
      fc.record({ kind: fc.constant('create' as const), name }),
      fc.record({ kind: fc.constant('unlink' as const), name }),
      fc.record({ kind: fc.constant('rename' as const), name, to: name }),
      fc.record({ kind: fc.constant('sync' as const) }),
    );
    const bindings = (disk: SimulatedDisk): Map<string, string> =>
      new Map(disk.list('/').map((found) => [`/${found}`, disk.readFile(found).toString()]));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 15 }), fc.nat(), (history, seed) => {
        const { disk } = boot(seed);
        let states = [bindings(disk)];
        for (const [i, action] of history.entries()) {
          if (action.kind === 'create' && !disk.exists(action.name)) {
            const file = disk.open(action.name, 'create');
            file.write(Buffer.from(`file ${i}`), 0);
            file.syncNow();
          } else if (action.kind === 'unlink' && disk.exists(action.name)) {
            disk.unlink(action.name);
          } else if (action.kind === 'rename' && disk.exists(action.name)) {
            disk.rename(action.name, action.to);
          } else if (action.kind === 'sync') {
            disk.syncDirectory('/');
            states = [];
          }
          states.push(bindings(disk));
        }
        const left = bindings(disk.survivor());
        for (const path of ['/a', '/b', '/c']) {
          expect(states.map((state) => state.get(path))).toContain(left.get(path));
        }
        expect(new Set(left.values()).size).toBe(left.size); // no rename is half made
      }),
      { numRuns: 300 },
    );
  });

  it('fail as those of a real file system', () => {
    const { disk } = boot();
    disk.makeDirectory('/d/e');
    disk.open('/x', 'create').close();
    expect(() => disk.open('/x', 'create')).toThrow(failsWith('EEXIST'));
    expect(() => disk.open('/y', 'read')).toThrow(failsWith('ENOENT'));
    expect(() => disk.open('/no/y', 'write')).toThrow(failsWith('ENOENT'));
    expect(() => disk.open('/d', 'write')).toThrow(failsWith('EISDIR'));
    expect(() => disk.list('/x')).toThrow(failsWith('ENOTDIR'));
    expect(() => disk.makeDirectory('/x')).toThrow(failsWith('EEXIST'));
    expect(() => disk.rename('/y', '/z')).toThrow(failsWith('ENOENT'));
    expect(() => disk.rename('/x', '/d')).toThrow(failsWith('EISDIR'));
    expect(() => disk.rename('/d/e', '/x')).toThrow(failsWith('ENOTDIR'));
    expect(() => disk.unlink('/d')).toThrow(failsWith('EISDIR'));
    const file = disk.open('/x', 'read');
    expect(() => file.write(Buffer.from('x'), 0)).toThrow(failsWith('EBADF'));
    file.close();
    expect(() => file.sizeBytes()).toThrow(failsWith('EBADF'));
  });
});

describe('replaceFile', () => {
  it('leaves the old content or the new one, wherever it is cut', () => {
    for (let cut = 1; cut <= 8; cut++) {
      for (let seed = 0; seed < 20; seed++) {
        const { disk, machine } = boot(seed);
        disk.replaceFile('/x', 'old');
        disk.crashAtOperation(disk.operationCount + cut);
        let done = false;
        try {
          disk.replaceFile('/x', 'new');
          done = true;
        } catch (error) {
          ignoreCrash(error);
        }
        const content = (done ? disk : machine.disk).readFile('/x').toString();
        expect(done ? ['new'] : ['old', 'new']).toContain(content);
        expect(done).toBe(cut > 6);
      }
    }
  });
});

describe('a disk that fails', () => {
  it('fails what is asked, as often as asked', () => {
    const { disk } = boot();
    const file = durableFile(disk);
    disk.fail('EIO', ({ kind, path }) => kind === 'write' && path === '/x', 2);
    expect(() => file.write(Buffer.from('abc'), 0)).toThrow(failsWith('EIO'));
    expect(() => file.write(Buffer.from('abc'), 0)).toThrow(failsWith('EIO'));
    file.write(Buffer.from('abc'), 0);
    const fault = disk.fail('EIO', ({ kind }) => kind === 'read', Infinity);
    expect(() => disk.readFile('/x')).toThrow(failsWith('EIO'));
    fault.stop();
    expect(disk.readFile('/x').toString()).toBe('abc');
    const next = disk.operationCount + 1;
    disk.fail('EROFS', ({ number }) => number === next);
    expect(() => disk.unlink('/x')).toThrow(failsWith('EROFS'));
    expect(disk.exists('/x')).toBe(true);
  });

  it('writes what fits when it is full, and frees what is removed', () => {
    const { disk } = boot();
    disk.capacityBytes = 3 * 4096;
    const file = durableFile(disk);
    expect(() => file.write(Buffer.alloc(20_000, 'x'), 100)).toThrow(failsWith('ENOSPC'));
    expect(file.sizeBytes()).toBe(3 * 4096);
    file.write(Buffer.alloc(3 * 4096), 0);
    expect(disk.space()).toEqual({ freeBytes: 0, totalBytes: 3 * 4096 });
    disk.unlink('/x');
    expect(disk.space().freeBytes).toBe(3 * 4096);
  });
});

describe('a lock', () => {
  it('has one holder, until it is released or the program is gone', () => {
    const { disk, machine } = boot();
    const lock = disk.lock('/.lock');
    expect(lock).not.toBeNull();
    expect(disk.lock('/.lock')).toBeNull();
    lock?.release();
    expect(disk.lock('/.lock')).not.toBeNull();
    machine.kill();
    expect(machine.boot().disk.lock('/.lock')).not.toBeNull();
  });
});

describe('killing a program', () => {
  it('leaves what it wrote, still unsynced', () => {
    const { disk, machine } = boot();
    durableFile(disk).write(Buffer.from('abc'), 0);
    machine.kill();
    expect(machine.disk.readFile('/x').toString()).toBe('abc');
    expect(contents(machine.disk, '/x')).toContain('');
  });
});
