import { readSync } from 'node:fs';
import type { FileRange } from '../ports/disk.ts';

/** A range of a descriptor, which its file keeps open until `onRelease`. */
export class NodeFileRange implements FileRange {
  readonly fd: number;
  readonly position: number;
  readonly length: number;
  #onRelease: (() => void) | null;

  constructor(fd: number, place: { position: number; length: number }, onRelease: () => void) {
    this.fd = fd;
    this.position = place.position;
    this.length = place.length;
    this.#onRelease = onRelease;
  }

  read(target: Uint8Array, at: number): number {
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
