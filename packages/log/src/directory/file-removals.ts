import type { Disk } from '@tidelog/platform';

interface Removal {
  readonly path: string;
  readonly dueMs: number;
  readonly isDirectory: boolean;
}

/** Larger files go off the event loop: to free their pages takes milliseconds. */
const LARGE_BYTES = 1 << 20;

/**
 * Files and directories that were renamed away and go for good after `file.delete.delay.ms`: someone
 * may still be reading them. What is left at a stop is found by its name at the next start.
 */
export class FileRemovals {
  private readonly disk: Disk;
  private pending: Removal[] = [];
  /** Large files on their way, one after the other. */
  private readonly leaving = new Set<string>();

  constructor(disk: Disk) {
    this.disk = disk;
  }

  addFile(path: string, dueMs: number): void {
    this.pending.push({ path, dueMs, isDirectory: false });
  }

  addDirectory(path: string, dueMs: number): void {
    this.pending.push({ path, dueMs, isDirectory: true });
  }

  /** A directory has another name now: what was to go inside of it goes with it, or is found by name. */
  forgetInside(directory: string): void {
    this.pending = this.pending.filter(({ path }) => !path.startsWith(`${directory}/`));
  }

  run(now: number): void {
    const due = this.pending.filter((removal) => removal.dueMs <= now);
    if (due.length === 0) return;
    this.pending = this.pending.filter((removal) => removal.dueMs > now);
    for (const { path, isDirectory } of due) {
      if (!this.disk.exists(path)) continue;
      if (!isDirectory && this.isLarge(path)) this.removeLater(path);
      else if (!isDirectory) this.disk.unlink(path);
      else this.removeDirectory(path, now);
    }
  }

  /** Its large files first: the rest when these are gone. */
  private removeDirectory(path: string, now: number): void {
    const files = this.disk.list(path).map((name) => `${path}/${name}`);
    const large = files.filter((file) => this.isLarge(file));
    if (large.length === 0) return this.disk.removeDirectory(path);
    for (const file of large) this.removeLater(file);
    this.addDirectory(path, now);
  }

  private isLarge(path: string): boolean {
    return this.disk.stat(path).sizeBytes >= LARGE_BYTES;
  }

  private removeLater(path: string): void {
    this.leaving.add(path);
    if (this.leaving.size === 1) void this.removeLeaving();
  }

  private async removeLeaving(): Promise<void> {
    for (const path of this.leaving) {
      // What cannot be removed, or has another name by now, is found by its name at the next start.
      await this.disk.unlinkLater(path).catch(() => {});
      this.leaving.delete(path);
    }
  }
}
