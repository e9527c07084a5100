import type { Disk } from '@tidelog/platform';
import {
  CLEANER_OFFSET_CHECKPOINT,
  offsetCheckpoint,
  readOffsetCheckpoint,
} from '../checkpoint/offset-checkpoint.ts';
import { parsePartitionDirectory } from '../names.ts';

/**
 * `cleaner-offset-checkpoint` of a log directory: by the name of a partition, the offset up to which its
 * log is clean. Written with every change; a lost one costs a cleaning that was not needed.
 */
export class CleanerOffsets {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #offsets: Map<string, number>;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = `${directory}/${CLEANER_OFFSET_CHECKPOINT}`;
    this.#offsets = readOffsetCheckpoint(disk, this.#path) ?? new Map();
  }

  get(name: string): number | undefined {
    return this.#offsets.get(name);
  }

  /** With `undefined` the partition is forgotten. */
  set(name: string, offset: number | undefined): void {
    if (this.#offsets.get(name) === offset) return;
    if (offset === undefined) this.#offsets.delete(name);
    else this.#offsets.set(name, offset);
    this.#write();
  }

  /** The log was truncated to `offset`. */
  lower(name: string, offset: number): void {
    if ((this.#offsets.get(name) ?? 0) > offset) this.set(name, offset);
  }

  /** Forgets the partitions that are not there any more. */
  retain(isThere: (name: string) => boolean): void {
    const gone = [...this.#offsets.keys()].filter((name) => !isThere(name));
    for (const name of gone) this.#offsets.delete(name);
    if (gone.length > 0) this.#write();
  }

  #write(): void {
    const entries = [...this.#offsets].flatMap(([name, offset]) => {
      const parsed = parsePartitionDirectory(name);
      return parsed === null ? [] : [{ ...parsed, offset }];
    });
    this.#disk.replaceFile(this.#path, offsetCheckpoint(entries));
  }
}
