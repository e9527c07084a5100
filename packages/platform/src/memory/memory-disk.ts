import { freemem, totalmem } from 'node:os';
import type { Clock } from '../ports/clock.ts';
import type { Disk, DiskFile } from '../ports/disk.ts';
import { MemoryFile, StoredFile } from './memory-file.ts';
import { Directory, NameTree } from './name-tree.ts';
import { systemError } from './system-error.ts';

/** A file system in the memory of this process, gone with it. Paths begin with `/` on every platform. */
export class MemoryDisk implements Disk {
  readonly isMemory = true;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #tree = new NameTree<StoredFile>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const found = mode === 'read' ? this.#tree.entry(path) : this.#tree.find(path);
    if (found !== undefined && mode === 'create') throw systemError('EEXIST', path);
    if (found instanceof Directory) throw systemError('EISDIR', path);
    const stored = found ?? this.#create(path);
    return new MemoryFile(path, stored, { clock: this.#clock, isWritable: mode !== 'read' });
  }

  readFile(path: string): Buffer {
    const { bytes } = this.#tree.file(path);
    const content = Buffer.allocUnsafe(bytes.sizeBytes);
    bytes.read(content, 0, content.length, 0);
    return content;
  }

  replaceFile(path: string, content: string | Uint8Array): void {
    const temporaryPath = `${path}.tmp`;
    const file = this.open(temporaryPath, 'write');
    file.truncate(0);
    file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
    file.close();
    this.rename(temporaryPath, path);
  }

  exists(path: string): boolean {
    return this.#tree.find(path) !== undefined;
  }

  list(path: string): string[] {
    return [...this.#tree.directory(path).entries.keys()];
  }

  listDirectories(path: string): string[] {
    const { entries } = this.#tree.directory(path);
    return [...entries].flatMap(([name, entry]) => (entry instanceof Directory ? [name] : []));
  }

  stat(path: string): { sizeBytes: number; modifiedMs: number; isDirectory: boolean } {
    const entry = this.#tree.entry(path);
    const { modifiedMs } = entry;
    const isDirectory = entry instanceof Directory;
    return { sizeBytes: isDirectory ? 0 : entry.bytes.sizeBytes, modifiedMs, isDirectory };
  }

  setModified(path: string, modifiedMs: number): void {
    this.#tree.entry(path).modifiedMs = modifiedMs;
  }

  makeDirectory(path: string): void {
    const now = this.#clock.now();
    for (const made of this.#tree.missingDirectories(path)) {
      this.#tree.set(made, new Directory(now), now);
    }
  }

  rename(from: string, to: string): void {
    this.#tree.rename(from, to, this.#clock.now());
  }

  unlink(path: string): void {
    this.#tree.file(path);
    this.#tree.remove(path, this.#clock.now());
  }

  async unlinkLater(path: string): Promise<void> {
    await Promise.resolve();
    this.unlink(path);
  }

  removeDirectory(path: string): void {
    this.#tree.directory(path);
    this.#tree.remove(path, this.#clock.now());
  }

  /** Nothing is more durable than anything else. */
  syncDirectory(path: string): void {
    this.#tree.directory(path);
  }

  syncDirectoryLater(path: string): Promise<void> {
    this.syncDirectory(path);
    return Promise.resolve();
  }

  openFileLimit(): null {
    return null;
  }

  space(): { freeBytes: number; totalBytes: number } {
    return { freeBytes: freemem(), totalBytes: totalmem() };
  }

  lock(path: string): { release(): void } | null {
    this.open(path, 'write').close();
    const stored = this.#tree.file(path);
    if (stored.isLocked) return null;
    stored.isLocked = true;
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) stored.isLocked = false;
        isHeld = false;
      },
    };
  }

  #create(path: string): StoredFile {
    const stored = new StoredFile(this.#clock.now());
    this.#tree.set(path, stored, stored.modifiedMs);
    return stored;
  }
}
