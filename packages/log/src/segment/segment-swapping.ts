import type { DirectoryNames } from '../directory/directory-names.ts';

/** Steps of which each must be durable, with the names that it changes, before the next begins. */
export class SegmentSwapping {
  private readonly names: DirectoryNames;
  private readonly steps: (() => void)[];

  constructor(names: DirectoryNames, steps: readonly (() => void)[]) {
    this.names = names;
    this.steps = [...steps];
  }

  /** Off the event loop. Resolves when all is done, be it by `finishNow`. */
  async run(): Promise<void> {
    for (;;) {
      const left = this.steps.length;
      if (left === 0) return;
      this.step();
      await this.names.syncLater();
      if (this.steps.length !== left - 1) return; // the rest was done, or given up
    }
  }

  /** On this thread, for what must not find it half done. */
  finishNow(): void {
    this.names.sync();
    while (this.steps.length > 0) {
      this.step();
      this.names.sync();
    }
  }

  /** The directory goes. */
  giveUp(): void {
    this.steps.length = 0;
  }

  private step(): void {
    this.steps.shift()!();
    this.names.changed();
  }
}
