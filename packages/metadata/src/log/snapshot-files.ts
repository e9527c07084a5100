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

  /**
   * Writes a whole snapshot, one chunk after the other, and makes it durable off the event loop; only then
   * it gets its name. `goOn` comes between two chunks, and says whether it is still wanted; null if not.
   */
  async create(
    id: OffsetAndEpoch,
    chunks: Iterable<Buffer>,
    goOn: () => Promise<boolean>,
  ): Promise<SnapshotSummary | null> {
    const file = this.#disk.open(this.#path(id, 'partial'), 'write');
    let sizeBytes = 0;
    try {
      file.truncate(0);
      for (const chunk of chunks) {
        file.write(chunk, sizeBytes);
        sizeBytes += chunk.length;
        if (!(await goOn())) return null;
      }
      await file.sync();
    } catch (error) {
      if (isDiskFull(error)) this.#disk.unlink(file.path);
      throw error;
    } finally {
      file.close();
    }
    this.#disk.rename(file.path, this.#path(id));
    await this.#disk.syncDirectoryLater(this.#directory);
    return this.#add({ id, sizeBytes });
  }

  /** Begins (position 0) or continues the file that `complete` makes a snapshot. */
  writePartial(id: OffsetAndEpoch, position: number, bytes: Buffer): void {
    const file = this.#disk.open(this.#path(id, 'partial'), 'write');
    try {
      if (position === 0) file.truncate(0);
      file.write(bytes, position);
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
    return this.#add({ id, sizeBytes });
  }

  removeBelow(offset: number): void {
    for (const { id } of this.#snapshots.filter((snapshot) => snapshot.id.offset < offset)) {
      this.#disk.unlink(this.#path(id));
    }
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.id.offset >= offset);
  }

  #add(snapshot: SnapshotSummary): SnapshotSummary {
    const others = this.#snapshots.filter(({ id }) => id.offset !== snapshot.id.offset);
    this.#snapshots = [...others, snapshot];
    return snapshot;
  }

  #path(id: OffsetAndEpoch, kind: 'complete' | 'partial' = 'complete'): string {
    return `${this.#directory}/${snapshotFileName(id, kind)}`;
  }
}
