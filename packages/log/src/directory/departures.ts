import type { LogContext } from '../context.ts';
import type { CleanerOffsets } from './cleaner-offsets.ts';
import type { DirectoryCheckpoints } from './directory-checkpoints.ts';

/**
 * Partitions that have left a log directory, until that is durable in its checkpoints and names: off the event
 * loop, and at once for all that leave in a turn. What is noted of one that is gone must not meet a new one of that
 * name, which therefore asks for `settleNow`.
 */
export class Departures {
  private readonly context: LogContext;
  private readonly checkpoints: DirectoryCheckpoints;
  private readonly cleanerOffsets: CleanerOffsets;
  private gone = new Set<string>();
  /** Those whose saves are under way: one that comes back and leaves again meanwhile is in `gone` anew. */
  private leaving = new Set<string>();
  private noting: Promise<void> | null = null;

  constructor(
    context: LogContext,
    checkpoints: DirectoryCheckpoints,
    cleanerOffsets: CleanerOffsets,
  ) {
    this.context = context;
    this.checkpoints = checkpoints;
    this.cleanerOffsets = cleanerOffsets;
  }

  add(name: string): void {
    this.context.names?.changed();
    this.gone.add(name);
    if (this.noting !== null) return;
    this.noting = Promise.resolve().then(() => this.note());
  }

  /** A new partition of that name is about to come. */
  settleNow(name: string): void {
    if (!this.gone.has(name) && !this.leaving.has(name)) return;
    this.context.names?.sync();
    this.checkpoints.writeAll();
    this.cleanerOffsets.saveNow();
    this.gone.clear();
    this.leaving.clear();
  }

  /** Resolves when that is done, or could not be. */
  async settled(): Promise<void> {
    await this.noting;
  }

  /** Without space it is done with those that leave next, or by `settleNow`. */
  private async note(): Promise<void> {
    const { health, names } = this.context;
    const leaving = this.gone;
    this.leaving = leaving;
    this.gone = new Set();
    const doing = `noting that ${leaving.size} partitions are gone`;
    const isDone = await health
      .attemptOrSkipLater(doing, async () => {
        const saves = [this.checkpoints.saveAll(), this.cleanerOffsets.save()];
        await Promise.all([...saves, names?.syncLater()]);
      })
      .catch((error: unknown) => {
        health.fail(`${doing}: ${String(error)}`);
        return false;
      });
    if (!isDone) for (const name of leaving) this.gone.add(name);
    leaving.clear();
    this.noting = isDone && this.gone.size > 0 ? this.note() : null;
  }
}
