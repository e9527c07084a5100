import type { Disk } from '@tidelog/platform';
import { isDiskFull } from '../health.ts';

/**
 * A small file that is always replaced as a whole, durably: on this thread where something must not go on before,
 * or off the event loop, because a sync takes milliseconds. What is older never takes the place of what is newer.
 */
export class CheckpointFile {
  /** May change at any time, with the name of a directory that it is in. */
  path: string;
  private readonly disk: Disk;
  private readonly content: () => string;
  /** How often the file was replaced, or was to be. */
  private version = 0;
  /** What it holds for good, as far as that is known: nothing is synced for the same once more. */
  private durable: string | null = null;
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;

  /** `content` says what is to be there when it is asked. */
  constructor(disk: Disk, path: string, content: () => string) {
    this.disk = disk;
    this.path = path;
    this.content = content;
  }

  saveNow(content: string = this.content()): void {
    if (content === this.durable) return;
    this.version++;
    this.durable = null;
    this.disk.replaceFile(this.path, content);
    this.durable = content;
  }

  /** Resolves when everything is durable that is to be there now. One save serves all who ask while another runs. */
  save(): Promise<void> {
    if (this.next !== null) return this.next;
    if (this.running === null) return this.begin();
    const begin = () => this.begin();
    this.next = this.running.then(begin, begin);
    return this.next;
  }

  /** Its directory goes: what is under way comes to nothing. */
  abandon(): void {
    this.version++;
  }

  /** Resolves when nothing is under way, come of it what may. */
  async settled(): Promise<void> {
    while (this.running !== null) await Promise.allSettled([this.running, this.next]);
  }

  private begin(): Promise<void> {
    this.next = null;
    const running = this.replace().finally(() => {
      if (this.running === running) this.running = null;
    });
    this.running = running;
    return running;
  }

  private async replace(): Promise<void> {
    const { disk } = this;
    const content = this.content();
    if (content === this.durable) return;
    this.durable = null;
    const version = ++this.version;
    const file = disk.open(this.temporaryPath, 'write');
    try {
      file.truncate(0); // one that a crash left behind
      file.write(Buffer.from(content), 0);
      await file.sync();
    } catch (error) {
      // A full disk has no room for half of a file.
      if (isDiskFull(error) && version === this.version) disk.unlink(this.temporaryPath);
      throw error;
    } finally {
      file.close();
    }
    if (version !== this.version) return; // something newer is there
    disk.rename(this.temporaryPath, this.path);
    await disk.syncDirectoryLater(this.path.slice(0, this.path.lastIndexOf('/')));
    if (version === this.version) this.durable = content;
  }

  private get temporaryPath(): string {
    return `${this.path}.tmp`;
  }
}
