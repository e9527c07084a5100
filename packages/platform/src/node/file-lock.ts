import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants as system } from 'node:os';
import { startListening } from './listen.ts';
import { native } from './native.ts';

/** BSD's `open` flag for an exclusive advisory lock; macOS keeps its bits, Node does not name it. */
const O_EXLOCK = 0x20;
const RETRY_MS = 5;
const PATIENCE_MS = 200;

/**
 * Takes an exclusive lock on a file, which is created when absent and never written to. Null when
 * another Tidelog, in this process or another, or a running Apache Kafka holds it.
 *
 * There are two halves. Between Tidelogs the lock is a listening local socket named after the
 * file's device and inode: the kernel gives a name to one holder, in whatever process, and takes it
 * back when the holder dies by any means, so no lock is ever stale. The other half is the lock that
 * Kafka takes (Java's FileChannel.lock, a POSIX record lock). Node has no call for it; the addon
 * has. Without the addon it is looked up in the kernel's table, which is one-way: Kafka does not
 * see our lock. Names and the table end at the borders of a container (network and process
 * namespaces). The table may be that of a moment ago (`lockTable`): one-way it is anyway.
 */
export function lockFile(path: string, lockTable?: string): { release(): void } | null {
  if (process.platform === 'darwin') return lockByOpening(path);
  const { fd, isNew } = openOrCreate(path);
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const lock = holdWithPatience(`tidelog-lock-${dev}-${ino}`);
  if (lock !== null && takeRecordLock(fd, isNew, lockTable)) return closing(fd, lock);
  lock?.release();
  closeSync(fd);
  return null;
}

/** As long as the file is open, no other gets its inode, and the name with it: it may be deleted. */
function closing(fd: number, lock: { release(): void }): { release(): void } {
  let held = true;
  return {
    release: () => {
      lock.release();
      if (!held) return;
      held = false;
      // A process that is just being started may have a copy of the descriptor for a moment.
      native?.unlock(fd);
      closeSync(fd);
    },
  };
}

/** False when somebody else has it. Where there is no way to take it, it is enough that nobody has. */
function takeRecordLock(fd: number, isNew: boolean, lockTable: string | undefined): boolean {
  const { errno } = system;
  const failure = -(native?.lock(fd) ?? -errno.ENOSYS);
  if (failure === 0) return true;
  if (failure === errno.EAGAIN || failure === errno.EACCES) return false;
  // Reading the kernel's table takes 10 ms, so a file that nobody knows yet is spared it.
  return isNew || !hasRecordLock(fd, lockTable?.split('\n') ?? readProc('locks'));
}

function openOrCreate(path: string): { fd: number; isNew: boolean } {
  const flags = constants.O_RDWR | constants.O_CREAT;
  try {
    return { fd: openSync(path, flags | constants.O_EXCL, 0o644), isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { fd: openSync(path, flags, 0o644), isNew: false };
  }
}

/**
 * A process that this one is just starting has a copy of all sockets until it runs its own program, so
 * what was released may seem to be held for a moment longer.
 */
function holdWithPatience(name: string): { release(): void } | null {
  const stillness = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    const lock = holdName(name);
    if (lock !== null || waitedMs >= PATIENCE_MS) return lock;
    Atomics.wait(stillness, 0, 0, RETRY_MS);
  }
}

function holdName(name: string): { release(): void } | null {
  const server = createServer((visitor) => visitor.destroy());
  server.on('error', () => {}); // a taken name is reported a turn later, too late to be of use
  const path = process.platform === 'win32' ? `\\\\?\\pipe\\${name}` : `\0${name}`;
  startListening(server, { path });
  if (!server.listening) return null;
  server.unref();
  return { release: () => void server.close() };
}

function lockByOpening(path: string): { release(): void } | null {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
  try {
    const fd = openSync(path, flags, 0o644);
    let held = true;
    return {
      release: () => {
        if (held) closeSync(fd);
        held = false;
      },
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}

/** Whether some process holds a record lock on the open file (Linux; elsewhere it is not known). */
function hasRecordLock(fd: number, lockTable: readonly string[]): boolean {
  if (process.platform !== 'linux') return false;
  // `1: POSIX  ADVISORY  WRITE 4711 fe:00:811062 0 EOF`, waiting ones with `->` after the number.
  // Kafka's are POSIX, the addon's OFDLCK.
  const file = kernelIdentity(fd);
  return lockTable.some((line) => {
    const fields = line.split(/\s+/);
    return (fields[1] === 'POSIX' || fields[1] === 'OFDLCK') && fields[5] === file;
  });
}

/**
 * `major:minor:inode` as the kernel's lock table prints it. What stat says differs from it on
 * volumes that give each subvolume or layer a device number of its own (btrfs, overlayfs), so the
 * device is that of the mount and the inode that of the descriptor.
 */
function kernelIdentity(fd: number): string {
  const info = readProc(`self/fdinfo/${fd}`);
  const mountId = infoField(info, 'mnt_id');
  const mount = readProc('self/mountinfo').find((line) => line.split(' ')[0] === mountId);
  const [major = 0, minor = 0] = (mount?.split(' ')[2] ?? '').split(':').map(Number);
  const inode = infoField(info, 'ino') ?? String(fstatSync(fd, { bigint: true }).ino);
  const hex = (part: number): string => part.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}:${inode}`;
}

function infoField(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name}:`))?.split(/\s+/)[1];
}

function readProc(name: string): string[] {
  try {
    return readFileSync(`/proc/${name}`, 'utf8').split('\n');
  } catch {
    return []; // not mounted: Kafka's lock cannot be seen
  }
}
