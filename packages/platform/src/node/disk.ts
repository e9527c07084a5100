import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  opendirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  unlink,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Disk, DiskFile } from '../ports/disk.ts';
import { NodeFile } from './file.ts';
import { lockFile } from './file-lock.ts';

const OPEN_FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/** The local file system. */
export class NodeDisk implements Disk {
  readonly #lockTable: string | undefined;

  /** `lockTable` is what `/proc/locks` held a moment ago; it is read where it is needed and not given. */
  constructor(lockTable?: string) {
    this.#lockTable = lockTable;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    return new NodeFile(path, openSync(path, OPEN_FLAGS[mode], 0o644));
  }

  readFile(path: string): Buffer {
    return readFileSync(path);
  }

  replaceFile(path: string, content: string | Uint8Array): void {
    const temporaryPath = `${path}.tmp`;
    const file = this.open(temporaryPath, 'write');
    try {
      file.truncate(0); // one that a crash left behind
      file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
      file.syncNow();
    } catch (error) {
      // A full disk has no room for half of a file.
      rmSync(temporaryPath, { force: true });
      throw error;
    } finally {
      file.close();
    }
    this.rename(temporaryPath, path);
    this.syncDirectory(dirname(path));
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  list(path: string): string[] {
    return readdirSync(path);
  }

  listDirectories(path: string): string[] {
    const entries = readdirSync(path, { withFileTypes: true });
    const isDirectory = (entry: Dirent): boolean =>
      entry.isSymbolicLink() ? statSync(join(path, entry.name)).isDirectory() : entry.isDirectory();
    return entries.filter(isDirectory).map(({ name }) => name);
  }

  stat(path: string): { sizeBytes: number; modifiedMs: number; isDirectory: boolean } {
    const found = statSync(path);
    return {
      sizeBytes: found.size,
      modifiedMs: found.mtimeMs,
      isDirectory: found.isDirectory(),
    };
  }

  setModified(path: string, modifiedMs: number): void {
    utimesSync(path, modifiedMs / 1000, modifiedMs / 1000);
  }

  makeDirectory(path: string): void {
    mkdirSync(path, { recursive: true });
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  unlink(path: string): void {
    unlinkSync(path);
  }

  unlinkLater(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      unlink(path, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  removeDirectory(path: string): void {
    opendirSync(path).closeSync(); // fails on files, which rmSync takes too
    rmSync(path, { recursive: true });
  }

  syncDirectory(path: string): void {
    if (process.platform === 'win32') return; // Windows cannot open a directory to flush it
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  syncDirectoryLater(path: string): Promise<void> {
    if (process.platform === 'win32') return Promise.resolve();
    // Opened at once: it may have another name by the time that a thread comes to it.
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    return new Promise((resolve, reject) => {
      fsync(fd, (error) => {
        closeSync(fd);
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Node has raised it to what the system allows. */
  openFileLimit(): number | null {
    if (process.platform !== 'linux') return null;
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return limit === undefined ? null : Number(limit);
  }

  space(path: string): { freeBytes: number; totalBytes: number } {
    const volume = statfsSync(path);
    return {
      freeBytes: volume.bavail * volume.bsize,
      totalBytes: volume.blocks * volume.bsize,
    };
  }

  lock(path: string): { release(): void } | null {
    return lockFile(path, this.#lockTable);
  }
}
