import { readSync } from 'node:fs';
import type { FileRange } from '../ports/disk.ts';

/** A range of a descriptor, which its file keeps open until `onRelease`. */
export class NodeFileRange implements FileRange {
  readonly fd: number;
  readonly position: number;
  readonly length: number;
  readonly #onFailure: (error: Error) => void;
  #onRelease: (() => void) | null;

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

  release(): void {
    this.#onRelease?.();
    this.#onRelease = null;
  }
}
