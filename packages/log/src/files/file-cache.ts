import type { Disk, DiskFile } from '@tidelog/platform';
import { FilePages } from './file-pages.ts';

/**
 * Keeps the number of open files bounded, however many segments there are: a file is opened when it
 * is needed, and the one unused for longest is closed. Files with unsynced writes go last, because
 * an error of writing them back is reported most reliably to the descriptor that wrote.
 */
export class FileCache {
  readonly disk: Disk;
  readonly pages = new FilePages();
  private readonly limit: number;
  private readonly open = new Set<FileHandle>();
  private uses = 0;

  constructor(disk: Disk, limit: number) {
    this.disk = disk;
    this.limit = limit;
  }

  handle(path: string): FileHandle {
    return new FileHandle(this, path);
  }

  nextUse(): number {
    return ++this.uses;
  }

  opened(handle: FileHandle): void {
    if (this.open.size >= this.limit) this.evict();
    this.open.add(handle);
  }

  closed(handle: FileHandle): void {
    this.open.delete(handle);
  }

  /** Some at once: to look through all of them for each file would cost more than to open it. */
  private evict(): void {
    const evictable = [...this.open].filter((handle) => !handle.pinned).sort(byEviction);
    for (const handle of evictable.slice(0, Math.ceil(this.limit / 8))) handle.close();
  }
}

function byEviction(a: FileHandle, b: FileHandle): number {
  return a.dirty === b.dirty ? a.lastUse - b.lastUse : Number(a.dirty) - Number(b.dirty);
}

/** One file, open or not. */
export class FileHandle {
  path: string;
  /** Has writes that no sync covers yet. */
  dirty = false;
  lastUse = 0;
  private readonly cache: FileCache;
  private file: DiskFile | null = null;
  private syncs = 0;
  private closing = false;

  constructor(cache: FileCache, path: string) {
    this.cache = cache;
    this.path = path;
  }

  /** Memory for pages of this and the other files. */
  get pages(): FilePages {
    return this.cache.pages;
  }

  get pinned(): boolean {
    return this.syncs > 0;
  }

  /** The file, for reading and writing, created when absent. Valid until the next turn of the event loop. */
  get(): DiskFile {
    this.lastUse = this.cache.nextUse();
    if (this.file !== null) return this.file;
    this.cache.opened(this);
    this.file = this.cache.disk.open(this.path, 'write');
    return this.file;
  }

  write(buffer: Uint8Array, position: number): void {
    this.dirty = true;
    this.get().write(buffer, position);
  }

  /** Off the event loop. The file stays open meanwhile, even when closed or moved. */
  async sync(): Promise<void> {
    const file = this.get();
    this.dirty = false;
    this.syncs++;
    try {
      await file.sync();
    } finally {
      this.syncs--;
      if (this.syncs === 0 && this.closing) this.close();
    }
  }

  syncNow(): void {
    this.get().syncNow();
    this.dirty = false;
  }

  close(): void {
    this.closing = this.syncs > 0;
    if (this.file === null || this.closing) return;
    this.cache.closed(this);
    this.file.close();
    this.file = null;
  }

  /** The file has, or its directory has, another name now. */
  moved(path: string): void {
    this.path = path;
  }
}
