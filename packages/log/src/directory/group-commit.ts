import { inLanes } from '../files/in-lanes.ts';
import type { DirectoryHealth } from '../health.ts';
import { StorageError } from '../results.ts';

/** How many logs: each has a file or a few open meanwhile, and there are 16 threads to sync them. */
export const SYNCED_AT_ONCE = 32;

/** A log, as the group commit sees it. */
export interface Flushable {
  /** Makes all that is appended by now durable. */
  sync(): Promise<void>;
  /** The directory failed: nothing will become durable any more. */
  abandon(error: StorageError): void;
}

/**
 * Group commit for the logs of one directory: the next round of fdatasyncs starts when the last one
 * ends, and serves every log that asked meanwhile. No timer: under load the rounds grow by themselves.
 */
export class GroupCommit {
  private readonly health: DirectoryHealth;
  private waiting = new Set<Flushable>();
  private running = false;

  constructor(health: DirectoryHealth) {
    this.health = health;
  }

  request(log: Flushable): void {
    this.waiting.add(log);
    if (this.running) return;
    this.running = true;
    // After the present turn, so that one round serves all that is appended in it.
    queueMicrotask(() => void this.run());
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) {
      const round = [...this.waiting];
      this.waiting.clear();
      if (this.health.failure === null) await this.sync(round);
      if (this.health.failure === null) continue;
      const error = new StorageError(this.health.failure);
      for (const log of [...round, ...this.waiting]) log.abandon(error);
      this.waiting.clear();
    }
    this.running = false;
  }

  private async sync(round: readonly Flushable[]): Promise<void> {
    await inLanes(SYNCED_AT_ONCE, round, async (log) => {
      if (this.health.failure !== null) return;
      await log.sync().catch((error: unknown) => {
        this.health.fail(`flushing: ${String(error)}`);
      });
    });
  }
}
