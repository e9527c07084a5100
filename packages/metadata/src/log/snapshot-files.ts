import { isDiskFull } from '@tidelog/log';
import type { Disk } from '@tidelog/platform';
import {
  type OffsetAndEpoch,
  parseSnapshotFileName,
  type SnapshotSummary,
  snapshotFileName,
} from '@tidelog/raft';

/** The `.checkpoint` files (KIP-630) in the directory of the metadata log. */
export class SnapshotFiles {
  readonly #disk: Disk;
  readonly #directory: string;
  #snapshots: SnapshotSummary[] = [];

  /** Removes what an interrupted write or deletion has left. */
  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    for (const name of disk.list(directory)) {
      const parsed = parseSnapshotFileName(name);
      if (parsed === null) continue;
      if (parsed.kind === 'complete') {
        const { sizeBytes } = disk.stat(`${directory}/${name}`);
        this.#snapshots.push({ id: parsed.id, sizeBytes });
      } else {
        disk.unlink(`${directory}/${name}`);
      }
    }
    this.#snapshots.sort((a, b) => a.id.offset - b.id.offset || a.id.epoch - b.id.epoch);
  }

  /** Oldest first. */
  list(): readonly SnapshotSummary[] {
    return this.#snapshots;
  }

  latest(): SnapshotSummary | undefined {
    return this.#snapshots.at(-1);
  }

  readAll(id: OffsetAndEpoch): Buffer {
    return this.#disk.readFile(this.#path(id));
  }

  read(id: OffsetAndEpoch, position: number, maxBytes: number): Buffer {
    const file = this.#disk.open(this.#path(id), 'read');
    try {
      const target = Buffer.allocUnsafe(maxBytes);
      return target.subarray(0, file.read(target, 0, maxBytes, position));
    } finally {
      file.close();
    }
  }

  /** Begins (position 0) or continues the file that `complete` makes a snapshot. */
  writePartial(id: OffsetAndEpoch, position: number, chunks: Iterable<Buffer>): void {
    const file = this.#disk.open(this.#path(id, 'partial'), 'write');
    try {
      if (position === 0) file.truncate(0);
      let end = position;
      for (const chunk of chunks) {
        file.write(chunk, end);
        end += chunk.length;
      }
    } catch (error) {
      if (isDiskFull(error)) this.#disk.unlink(file.path);
      throw error;
    } finally {
      file.close();
    }
  }

  /** Makes what was written durable, and only then gives it its name. */
  complete(id: OffsetAndEpoch): SnapshotSummary {
    const partial = this.#path(id, 'partial');
    const file = this.#disk.open(partial, 'write');
    const sizeBytes = file.sizeBytes();
    file.syncNow();
    file.close();
    this.#disk.rename(partial, this.#path(id));
    this.#disk.syncDirectory(this.#directory);
    const snapshot = { id, sizeBytes };
    this.#snapshots = [...this.#snapshots.filter((s) => s.id.offset !== id.offset), snapshot];
    return snapshot;
  }

  removeBelow(offset: number): void {
    for (const { id } of this.#snapshots.filter((snapshot) => snapshot.id.offset < offset)) {
      this.#disk.unlink(this.#path(id));
    }
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.id.offset >= offset);
  }

  #path(id: OffsetAndEpoch, kind: 'complete' | 'partial' = 'complete'): string {
    return `${this.#directory}/${snapshotFileName(id, kind)}`;
  }
}
