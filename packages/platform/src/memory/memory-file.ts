import type { Clock } from '../ports/clock.ts';
import type { DiskFile } from '../ports/disk.ts';
import { ChunkedBytes } from './chunked-bytes.ts';
import { systemError } from './system-error.ts';

/** What a name leads to. It stays as long as somebody has it open. */
export class StoredFile {
  readonly bytes = new ChunkedBytes();
  modifiedMs: number;
  isLocked = false;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

/** An open file of a memory disk. */
export class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #stored: StoredFile;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #isWritable: boolean;
  #isClosed = false;

  constructor(
    path: string,
    stored: StoredFile,
    { clock, isWritable }: { readonly clock: Pick<Clock, 'now'>; readonly isWritable: boolean },
  ) {
    this.path = path;
    this.#stored = stored;
    this.#clock = clock;
    this.#isWritable = isWritable;
  }

  writev(buffers: readonly Uint8Array[], position: number): void {
    let at = position;
    for (const buffer of buffers) {
      this.write(buffer, at);
      at += buffer.length;
    }
  }

  write(buffer: Uint8Array, position: number): void {
    if (buffer.length === 0) return this.#assertOpen();
    this.#assertWritable('EBADF');
    this.#stored.bytes.write(buffer, position);
    this.#stored.modifiedMs = this.#clock.now();
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    this.#assertOpen();
    return this.#stored.bytes.read(target, targetStart, length, position);
  }

  /** No socket sends it by itself: the chunks are no file of the system. */
  range(): null {
    this.#assertOpen();
    return null;
  }

  sizeBytes(): number {
    this.#assertOpen();
    return this.#stored.bytes.sizeBytes;
  }

  truncate(sizeBytes: number): void {
    this.#assertWritable('EINVAL');
    this.#stored.bytes.resize(sizeBytes);
    this.#stored.modifiedMs = this.#clock.now();
  }

  /** There is nothing more stable than the memory. */
  sync(): Promise<void> {
    this.#assertOpen();
    return Promise.resolve();
  }

  syncNow(): void {
    this.#assertOpen();
  }

  close(): void {
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw systemError('EBADF', this.path);
  }

  #assertWritable(code: string): void {
    this.#assertOpen();
    if (!this.#isWritable) throw systemError(code, this.path);
  }
}
