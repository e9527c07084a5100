import type { Disk, DiskFile, FileRange } from '@tidelog/platform';
import { isDiskFull } from '../health.ts';
import type { SpaceReserve } from './space-reserve.ts';

/**
 * The same disk for what must go on while it is full: a write or a name that finds no space is tried
 * once more in the space of the reserve. Everything here may be done twice: writes are at positions,
 * and names are set.
 */
export class ReservedDisk implements Disk {
  private readonly disk: Disk;
  private readonly reserve: SpaceReserve;

  constructor(disk: Disk, reserve: SpaceReserve) {
    this.disk = disk;
    this.reserve = reserve;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile {
    const file = this.withRoom(() => this.disk.open(path, mode));
    return new ReservedFile(file, (write) => this.withRoom(write));
  }

  replaceFile(path: string, content: string | Uint8Array): void {
    this.withRoom(() => this.disk.replaceFile(path, content));
  }

  makeDirectory(path: string): void {
    this.withRoom(() => this.disk.makeDirectory(path));
  }

  rename(from: string, to: string): void {
    this.withRoom(() => this.disk.rename(from, to));
  }

  unlink(path: string): void {
    this.withRoom(() => this.disk.unlink(path));
  }

  unlinkLater(path: string): Promise<void> {
    return this.disk.unlinkLater(path);
  }

  removeDirectory(path: string): void {
    this.withRoom(() => this.disk.removeDirectory(path));
  }

  readFile(path: string): Buffer {
    return this.disk.readFile(path);
  }

  exists(path: string): boolean {
    return this.disk.exists(path);
  }

  list(path: string): string[] {
    return this.disk.list(path);
  }

  listDirectories(path: string): string[] {
    return this.disk.listDirectories(path);
  }

  stat(path: string): ReturnType<Disk['stat']> {
    return this.disk.stat(path);
  }

  setModified(path: string, modifiedMs: number): void {
    this.disk.setModified(path, modifiedMs);
  }

  syncDirectory(path: string): void {
    this.disk.syncDirectory(path);
  }

  syncDirectoryLater(path: string): Promise<void> {
    return this.disk.syncDirectoryLater(path);
  }

  openFileLimit(): number | null {
    return this.disk.openFileLimit();
  }

  space(path: string): ReturnType<Disk['space']> {
    return this.disk.space(path);
  }

  lock(path: string): { release(): void } | null {
    return this.disk.lock(path);
  }

  private withRoom<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDiskFull(error) || !this.reserve.release()) throw error;
      return work();
    }
  }
}

class ReservedFile implements DiskFile {
  readonly path: string;
  private readonly file: DiskFile;
  private readonly withRoom: (write: () => void) => void;

  constructor(file: DiskFile, withRoom: (write: () => void) => void) {
    this.path = file.path;
    this.file = file;
    this.withRoom = withRoom;
  }

  writev(buffers: readonly Uint8Array[], position: number): void {
    this.withRoom(() => this.file.writev(buffers, position));
  }

  write(buffer: Uint8Array, position: number): void {
    this.withRoom(() => this.file.write(buffer, position));
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    return this.file.read(target, targetStart, length, position);
  }

  range(position: number, length: number, onFailure?: (error: Error) => void): FileRange | null {
    return this.file.range(position, length, onFailure);
  }

  sizeBytes(): number {
    return this.file.sizeBytes();
  }

  truncate(sizeBytes: number): void {
    this.file.truncate(sizeBytes);
  }

  sync(): Promise<void> {
    return this.file.sync();
  }

  syncNow(): void {
    this.file.syncNow();
  }

  close(): void {
    this.file.close();
  }
}
