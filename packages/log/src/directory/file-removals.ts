import type { Disk } from '@tidelog/platform';

interface Removal {
  readonly path: string;
  readonly dueMs: number;
  readonly isDirectory: boolean;
}

/**
 * Files and directories that were renamed away and go for good after `file.delete.delay.ms`: someone
 * may still be reading them. They go one after the other and off the event loop, because to free the
 * pages of a large file, or to wait for the file system's journal, takes milliseconds. What is left at a
 * stop is found by its name at the next start.
 */
export class FileRemovals {
  private readonly disk: Disk;
  private pending: Removal[] = [];
  private leaving: Removal[] = [];
  /** Under way, when that is so. */
  private removing: Promise<void> | null = null;
  private isStopped = false;

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
    this.leaving.push(...due);
    this.removing ??= this.removeLeaving();
  }

  /** Resolves when nothing is removed any more: the next who opens the directory looks at its names. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.pending = [];
    this.leaving = [];
    await this.removing;
  }

  private async removeLeaving(): Promise<void> {
    for (let next = this.leaving.shift(); next !== undefined; next = this.leaving.shift()) {
      // What cannot be removed, or has another name by now, is found by its name at the next start.
      await this.remove(next).catch(() => {});
    }
    this.removing = null;
  }

  private async remove({ path, isDirectory }: Removal): Promise<void> {
    await (isDirectory ? this.removeDirectory(path) : this.disk.unlinkLater(path));
  }

  private async removeDirectory(path: string): Promise<void> {
    for (const name of this.disk.list(path)) {
      if (this.isStopped) return;
      await this.disk.unlinkLater(`${path}/${name}`);
    }
    if (!this.isStopped) this.disk.removeDirectory(path);
  }
}
