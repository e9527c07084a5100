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
  private files: Removal[] = [];
  private directories: Removal[] = [];
  private leaving: Removal[] = [];
  /** Under way, when that is so. */
  private removing: Promise<void> | null = null;
  private isStopped = false;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  addFile(path: string, dueMs: number): void {
    this.files.push({ path, dueMs, isDirectory: false });
  }

  addDirectory(path: string, dueMs: number): void {
    this.directories.push({ path, dueMs, isDirectory: true });
  }

  /** A directory has another name now: what was to go inside of it goes with it, or is found by name. */
  forgetInside(directory: string): void {
    this.files = this.files.filter(({ path }) => !path.startsWith(`${directory}/`));
  }

  run(now: number): void {
    const isDue = ({ dueMs }: Removal) => dueMs <= now;
    const due = [...this.files.filter(isDue), ...this.directories.filter(isDue)];
    if (due.length === 0) return;
    this.files = this.files.filter((removal) => !isDue(removal));
    this.directories = this.directories.filter((removal) => !isDue(removal));
    for (const removal of due) this.leaving.push(removal);
    this.removing ??= this.removeLeaving();
  }

  /** Resolves when nothing is removed any more: the next who opens the directory looks at its names. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.files = [];
    this.directories = [];
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
