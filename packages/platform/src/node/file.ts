import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  readSync,
  writeSync,
  writevSync,
} from 'node:fs';
import type { DiskFile, FileRange } from '../ports/disk.ts';
import { NodeFileRange } from './file-range.ts';
import { native, systemError } from './native.ts';

/** A file descriptor, and the system calls on it. */
export class NodeFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  /**
   * Syncs under way and ranges to be sent. A descriptor number that is closed meanwhile may be another
   * file's by the time the kernel is asked, so close() leaves it to the last of them.
   */
  #uses = 0;
  #closed = false;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  writev(buffers: readonly Uint8Array[], position: number): void {
    this.#assertOpen();
    let pending = buffers;
    let at = position;
    let remaining = 0;
    for (const buffer of buffers) remaining += buffer.length;
    while (remaining > 0) {
      const written =
        pending.length === 1
          ? writeSync(this.#fd, pending[0] as Uint8Array, 0, remaining, at)
          : writevSync(this.#fd, pending, at);
      remaining -= written;
      at += written;
      if (remaining > 0) pending = this.#afterShortWrite(pending, written);
    }
  }

  write(buffer: Uint8Array, position: number): void {
    if (native === null) return this.writev([buffer], position);
    this.#assertOpen();
    const written = native.write(this.#fd, buffer, 0, buffer.length, position);
    if (written < 0) throw systemError(written, 'write');
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    this.#assertOpen();
    let total = 0;
    while (total < length) {
      const start = targetStart + total;
      const count = readSync(this.#fd, target, start, length - total, position + total);
      if (count === 0) break;
      total += count;
    }
    return total;
  }

  range(
    position: number,
    length: number,
    onFailure: (error: Error) => void = () => {},
  ): FileRange | null {
    if (native === null) return null;
    this.#assertOpen();
    this.#uses++;
    const onRelease = () => this.#used();
    return new NodeFileRange(this.#fd, { position, length }, { onRelease, onFailure });
  }

  sizeBytes(): number {
    this.#assertOpen();
    return fstatSync(this.#fd).size;
  }

  truncate(sizeBytes: number): void {
    this.#assertOpen();
    ftruncateSync(this.#fd, sizeBytes);
  }

  sync(): Promise<void> {
    this.#assertOpen();
    this.#uses++;
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        this.#used();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  syncNow(): void {
    this.#assertOpen();
    fdatasyncSync(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#uses === 0) closeSync(this.#fd);
  }

  #used(): void {
    this.#uses--;
    if (this.#closed && this.#uses === 0) closeSync(this.#fd);
  }

  /** After close() the number may belong to another file: using it would damage that one. */
  #assertOpen(): void {
    if (this.#closed) throw ioError('EBADF', `${this.path} is closed`);
  }

  /** What is left to write. The kernel takes less than all on a full disk or at its size limits. */
  #afterShortWrite(buffers: readonly Uint8Array[], written: number): readonly Uint8Array[] {
    if (written === 0) throw ioError('EIO', `nothing more could be written to ${this.path}`);
    let skip = written;
    let first = 0;
    while (skip >= (buffers[first] as Uint8Array).length) {
      skip -= (buffers[first] as Uint8Array).length;
      first++;
    }
    const rest = buffers.slice(first);
    rest[0] = (rest[0] as Uint8Array).subarray(skip);
    return rest;
  }
}

function ioError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
