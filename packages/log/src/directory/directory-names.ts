import type { Disk } from '@tidelog/platform';

/** New names in a log directory: one sync makes those of all new partitions durable. */
export class DirectoryNames {
  private readonly disk: Disk;
  private readonly path: string;
  private isChanged = false;

  constructor(disk: Disk, path: string) {
    this.disk = disk;
    this.path = path;
  }

  changed(): void {
    this.isChanged = true;
  }

  sync(): void {
    if (!this.isChanged) return;
    this.disk.syncDirectory(this.path);
    this.isChanged = false;
  }
}
