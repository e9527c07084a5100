import type { Disk } from '@tidelog/platform';

interface Removal {
  readonly path: string;
  readonly dueMs: number;
  readonly isDirectory: boolean;
}

/**
 * Files and directories that were renamed away and go for good after `file.delete.delay.ms`: someone
 * may still be reading them. What is left at a stop is found by its name at the next start.
 */
export class FileRemovals {
  private readonly disk: Disk;
  private pending: Removal[] = [];

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
      if (isDirectory) this.disk.removeDirectory(path);
      else this.disk.unlink(path);
    }
  }
}
