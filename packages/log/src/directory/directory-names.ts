import type { Disk } from '@tidelog/platform';

/** The names in a directory, and whether they are durable: one sync serves all that are new. */
export class DirectoryNames {
  path: string;
  private readonly disk: Disk;
  private changes = 0;
  private synced = 0;
  private underWay: { readonly changes: number; readonly done: Promise<void> } | null = null;

  constructor(disk: Disk, path: string) {
    this.disk = disk;
    this.path = path;
  }

  changed(): void {
    this.changes++;
  }

  /** On this thread, for what must not go on before. */
  sync(): void {
    if (this.synced === this.changes) return;
    this.disk.syncDirectory(this.path);
    this.synced = this.changes;
  }

  /** The same off the event loop. Those who ask for the same wait for the same sync. */
  async syncLater(): Promise<void> {
    const { changes } = this;
    if (this.synced >= changes) return;
    if (this.underWay?.changes !== changes) {
      this.underWay = { changes, done: this.disk.syncDirectoryLater(this.path) };
    }
    // When it fails it stays the one to wait for: to try again could report a success that is none.
    await this.underWay.done;
    this.synced = Math.max(this.synced, changes);
    if (this.underWay?.changes === changes) this.underWay = null;
  }
}
