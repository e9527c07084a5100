import type { Disk } from '@tidelog/platform';
import type { FileCache, FileHandle } from '../files/file-cache.ts';
import { isDiskFull } from '../health.ts';
import { DELETED_SUFFIX, offsetOfFileName, SNAPSHOT_SUFFIX, segmentFileName } from '../names.ts';
import type { ProducerEntry } from './producer-entry.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';

/** The producer snapshots in a partition's directory, by offset. */
export class SnapshotFiles {
  directory: string;
  private readonly files: FileCache;
  /** Ascending. */
  private offsets: readonly number[];

  constructor(files: FileCache, directory: string, names: readonly string[]) {
    this.files = files;
    this.directory = directory;
    this.offsets = names
      .filter((name) => name.endsWith(SNAPSHOT_SUFFIX) && offsetOfFileName(name) >= 0)
      .map(offsetOfFileName)
      .sort((a, b) => a - b);
  }

  get latestOffset(): number {
    return this.offsets.at(-1) ?? -1;
  }

  /** Writes a snapshot; the caller syncs the file when it must be durable. */
  write(offset: number, producers: readonly ProducerEntry[]): FileHandle {
    const handle = this.files.handle(this.path(offset));
    try {
      handle.get().truncate(0);
      handle.write(encodeProducerSnapshot(producers), 0);
    } catch (error) {
      handle.close();
      if (isDiskFull(error) && this.disk.exists(this.path(offset))) {
        this.disk.unlink(this.path(offset));
      }
      throw error;
    }
    this.offsets = [...this.offsets.filter((other) => other !== offset), offset].sort(
      (a, b) => a - b,
    );
    return handle;
  }

  /** The newest sound snapshot in (above, upTo]; damaged ones are removed. */
  newest(above: number, upTo: number): { offset: number; producers: ProducerEntry[] } | null {
    for (;;) {
      const offset = this.offsets.findLast((candidate) => candidate <= upTo) ?? -1;
      if (offset <= above) return null;
      const producers = decodeProducerSnapshot(this.disk.readFile(this.path(offset)));
      if (producers !== null) return { offset, producers };
      this.remove(offset);
    }
  }

  removeAbove(offset: number): void {
    for (const candidate of this.offsets) if (candidate > offset) this.remove(candidate);
  }

  removeAll(): void {
    this.removeAbove(-1);
  }

  /** Renames the snapshot away; the path that it has now, or null when there was none. */
  retire(offset: number): string | null {
    if (!this.forget(offset)) return null;
    const path = this.path(offset) + DELETED_SUFFIX;
    this.disk.rename(this.path(offset), path);
    return path;
  }

  /** Keeps those at the base of a segment, and the newest of the others when it is behind all of them. */
  removeStray(segmentBaseOffsets: readonly number[]): void {
    const bases = new Set(segmentBaseOffsets);
    const lastBase = segmentBaseOffsets.at(-1) ?? -1;
    const newestStray = this.offsets.findLast((offset) => !bases.has(offset)) ?? -1;
    for (const offset of this.offsets) {
      const kept = bases.has(offset) || (offset === newestStray && offset > lastBase);
      if (!kept) this.remove(offset);
    }
  }

  private remove(offset: number): void {
    if (this.forget(offset)) this.disk.unlink(this.path(offset));
  }

  private forget(offset: number): boolean {
    const known = this.offsets.includes(offset);
    // A new array: callers walk over the old one.
    if (known) this.offsets = this.offsets.filter((other) => other !== offset);
    return known;
  }

  private path(offset: number): string {
    return `${this.directory}/${segmentFileName(offset, SNAPSHOT_SUFFIX)}`;
  }

  private get disk(): Disk {
    return this.files.disk;
  }
}
