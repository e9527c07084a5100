import type { Disk } from '@tidelog/platform';
import {
  CLEANER_OFFSET_CHECKPOINT,
  offsetCheckpoint,
  readOffsetCheckpoint,
} from '../checkpoint/offset-checkpoint.ts';
import { CheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { parsePartitionDirectory } from '../names.ts';

/**
 * `cleaner-offset-checkpoint` of a log directory: by the name of a partition, the offset up to which its
 * log is clean. Written with every change; a lost one costs a cleaning that was not needed.
 */
export class CleanerOffsets {
  readonly #file: CheckpointFile;
  readonly #offsets: Map<string, number>;
  /** How often a partition was forgotten, and how many of these the file is known not to name. */
  #forgotten = 0;
  #noted = 0;

  constructor(disk: Disk, directory: string) {
    const path = `${directory}/${CLEANER_OFFSET_CHECKPOINT}`;
    this.#file = new CheckpointFile(disk, path, () => this.#content());
    this.#offsets = readOffsetCheckpoint(disk, path) ?? new Map();
  }

  get(name: string): number | undefined {
    return this.#offsets.get(name);
  }

  set(name: string, offset: number): void {
    if (this.#offsets.get(name) === offset) return;
    this.#offsets.set(name, offset);
    this.#file.saveNow();
  }

  /** The log is clean up to `offset` now. Resolves when that is durable, for which nothing has to wait. */
  async advance(name: string, offset: number): Promise<void> {
    if (this.#offsets.get(name) === offset) return;
    this.#offsets.set(name, offset);
    await this.#file.save();
  }

  /** The partition is gone: to be made durable by one of the next two. */
  forget(name: string): void {
    if (this.#offsets.delete(name)) this.#forgotten++;
  }

  saveNow(): void {
    if (this.#noted === this.#forgotten) return;
    this.#file.saveNow();
    this.#noted = this.#forgotten;
  }

  async save(): Promise<void> {
    const forgotten = this.#forgotten;
    if (this.#noted === forgotten) return;
    await this.#file.save();
    this.#noted = Math.max(this.#noted, forgotten);
  }

  /** Resolves when nothing is written any more. */
  settled(): Promise<void> {
    return this.#file.settled();
  }

  /** The log was truncated to `offset`. */
  lower(name: string, offset: number): void {
    if ((this.#offsets.get(name) ?? 0) > offset) this.set(name, offset);
  }

  /** Forgets the partitions that are not there any more. */
  retain(isThere: (name: string) => boolean): void {
    const gone = [...this.#offsets.keys()].filter((name) => !isThere(name));
    for (const name of gone) this.#offsets.delete(name);
    if (gone.length > 0) this.#file.saveNow();
  }

  #content(): string {
    const entries = [...this.#offsets].flatMap(([name, offset]) => {
      const parsed = parsePartitionDirectory(name);
      return parsed === null ? [] : [{ ...parsed, offset }];
    });
    return offsetCheckpoint(entries);
  }
}
