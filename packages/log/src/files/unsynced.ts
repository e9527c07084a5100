import type { Disk } from '@tidelog/platform';
import { DirectoryNames } from '../directory/directory-names.ts';
import { BatchWindows } from '../segment/batch-windows.ts';
import type { FileHandle } from './file-cache.ts';
import { inLanes } from './in-lanes.ts';

/** How many files of one log are open for a sync at a time. */
const SYNCED_AT_ONCE = 8;
const WINDOW_BYTES = 1 << 20;

/** Whole batches in a file that may be in memory only, whatever a sync says. */
export interface Suspect {
  readonly file: FileHandle;
  readonly from: number;
  /** Behind the last byte. */
  readonly to: number;
}

/** What of one log is not on stable storage: contents of files, and their names in its directory. */
export class Unsynced {
  readonly names: DirectoryNames;
  private readonly disk: Disk;
  private readonly files = new Set<FileHandle>();
  /** Of the sync under way: those that it has yet to come to. */
  private coming = new Set<FileHandle>();
  /** Small files, which nobody has open. */
  private readonly small = new Set<FileHandle>();
  private suspects: readonly Suspect[] = [];

  constructor(disk: Disk, directory: string) {
    this.disk = disk;
    this.names = new DirectoryNames(disk, directory);
  }

  add(file: FileHandle): void {
    this.files.add(file);
  }

  addSmall(file: FileHandle): void {
    this.small.add(file);
    this.files.add(file);
  }

  /**
   * A process that ended after a failed sync may have left bytes that are read, and that the system takes
   * for written. They are written once more before any promise is made, and looked at once more: what
   * memory held by then may have gone.
   */
  suspect(suspects: readonly Suspect[]): void {
    this.suspects = suspects;
  }

  /** Nothing is left of the file from `sizeBytes` on. */
  cut(file: FileHandle, sizeBytes: number): void {
    const cutOff = (one: Suspect): Suspect =>
      one.file === file && one.to > sizeBytes ? { ...one, to: sizeBytes } : one;
    this.suspects = this.suspects.map(cutOff).filter(({ from, to }) => from < to);
  }

  /** The log has let go of the file. */
  drop(file: FileHandle): void {
    this.files.delete(file);
    this.coming.delete(file);
    this.suspects = this.suspects.filter((suspect) => suspect.file !== file);
  }

  /** Nobody needs any of it any more. */
  clear(): void {
    for (const file of this.small) file.close();
    for (const files of [this.files, this.coming, this.small]) files.clear();
    this.suspects = [];
  }

  /**
   * Makes all of it durable, off the event loop. One call at a time.
   * @throws DamagedSegmentError when memory no longer has what the start found there
   */
  async sync(): Promise<void> {
    this.writeAgain();
    const coming = new Set(this.files);
    this.coming = coming;
    this.files.clear();
    const syncOne = async (file: FileHandle): Promise<void> => {
      coming.delete(file);
      await file.sync();
      if (this.small.delete(file)) file.close();
    };
    await Promise.all([this.names.syncLater(), inLanes(SYNCED_AT_ONCE, coming, syncOne)]);
  }

  /** The same on this thread, whatever syncs are under way; with other files that may have a part in it. */
  syncNow(others: Iterable<FileHandle>): void {
    this.writeAgain();
    this.names.sync();
    for (const file of new Set([...this.files, ...this.coming, ...others])) file.syncNow();
    this.files.clear();
    for (const file of this.small) file.close();
    this.small.clear();
  }

  /** The directory has another name now. */
  moved(directory: string): void {
    this.names.path = directory;
    for (const file of this.small) {
      file.moved(directory + file.path.slice(file.path.lastIndexOf('/')));
    }
  }

  private writeAgain(): void {
    const { suspects } = this;
    this.suspects = [];
    for (const { file, from, to } of suspects) {
      const range = { from, to, bufferBytes: Math.min(WINDOW_BYTES, to - from) };
      const windows = new BatchWindows(this.disk, file.path, range);
      try {
        let at = from;
        for (let bytes = windows.next(); bytes !== null; bytes = windows.next()) {
          file.write(bytes, at);
          at += bytes.length;
        }
      } finally {
        windows.close();
      }
    }
  }
}
