import { read, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { FileRange } from '../ports/disk.ts';
import { native } from './native.ts';

const { EAGAIN } = constants.errno;

/** A range of a descriptor, which its file keeps open until `onRelease`. */
export class NodeFileRange implements FileRange {
  readonly fd: number;
  readonly position: number;
  readonly length: number;
  readonly #onFailure: (error: Error) => void;
  readonly #onRelease: () => void;
  #released = false;
  /** Under way: the descriptor stays open for them. */
  #reads = 0;

  constructor(
    fd: number,
    { position, length }: { position: number; length: number },
    { onRelease, onFailure }: { onRelease: () => void; onFailure: (error: Error) => void },
  ) {
    this.fd = fd;
    this.position = position;
    this.length = length;
    this.#onRelease = onRelease;
    this.#onFailure = onFailure;
  }

  read(target: Uint8Array, at: number): number {
    try {
      return this.#read(target, at);
    } catch (error) {
      this.#onFailure(error as Error);
      throw error;
    }
  }

  #read(target: Uint8Array, at: number): number {
    let total = 0;
    while (total < target.length) {
      const count = readSync(
        this.fd,
        target,
        total,
        target.length - total,
        this.position + at + total,
      );
      if (count === 0) break;
      total += count;
    }
    return total;
  }

  /** Whether its bytes from `at` on are, as far as both ends tell, in the page cache, or nobody can say. */
  isCached(at: number, length: number): boolean {
    const first = this.position + at;
    return !this.#isCold(first) && !this.#isCold(first + length - 1);
  }

  #isCold(position: number): boolean {
    return native?.probe(this.fd, position) === -EAGAIN;
  }

  /** The same as `read`, in the thread pool. */
  readLater(target: Buffer, at: number, done: (error: Error | null, count: number) => void): void {
    this.#reads++;
    read(this.fd, target, 0, target.length, this.position + at, (error, count) => {
      this.#reads--;
      if (error !== null) this.#onFailure(error);
      done(error, count);
      this.#letGo();
    });
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#letGo();
  }

  #letGo(): void {
    if (this.#released && this.#reads === 0) this.#onRelease();
  }
}
