import type { DiskFile } from '@tidelog/platform';
import { systemError } from '../world/failures.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { StoredFile } from './stored-file.ts';

/** An open file of a simulated disk. */
export class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly #disk: SimulatedDisk;
  readonly #stored: StoredFile;
  readonly #writable: boolean;
  #closed = false;

  constructor(disk: SimulatedDisk, path: string, stored: StoredFile, writable: boolean) {
    this.path = path;
    this.#disk = disk;
    this.#stored = stored;
    this.#writable = writable;
  }

  writev(buffers: readonly Uint8Array[], position: number): void {
    this.#assertOpen(true);
    this.#disk.writeTo(this.#stored, this.path, Buffer.concat(buffers), position);
  }

  write(buffer: Uint8Array, position: number): void {
    this.writev([buffer], position);
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    this.#assertOpen(false);
    const bytes = this.#disk.readFrom(this.#stored, this.path, position, length);
    target.set(bytes, targetStart);
    return bytes.length;
  }

  range(): null {
    return null;
  }

  sizeBytes(): number {
    this.#assertOpen(false);
    return this.#stored.sizeBytes;
  }

  truncate(sizeBytes: number): void {
    this.#assertOpen(true);
    this.#disk.resize(this.#stored, this.path, sizeBytes);
  }

  sync(): Promise<void> {
    this.#assertOpen(false);
    return this.#disk.syncLater(this.#stored, this.path);
  }

  syncNow(): void {
    this.#assertOpen(false);
    this.#disk.syncNow(this.#stored, this.path);
  }

  close(): void {
    this.#closed = true;
  }

  #assertOpen(toWrite: boolean): void {
    this.#disk.assertAlive();
    if (this.#closed || (toWrite && !this.#writable)) throw systemError('EBADF', this.path);
  }
}
