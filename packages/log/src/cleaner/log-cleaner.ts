import type { Clock } from '@tidelog/platform';
import type { LogDirectory } from '../directory/log-directory.ts';
import { isDiskError, isDiskFull } from '../health.ts';
import type { Log } from '../log.ts';
import { DiskFullError, StorageError } from '../results.ts';
import type { CleaningStats } from './cleaning-job.ts';
import { type CleanerSettings, type CleaningPlatform, LogCleaning } from './log-cleaning.ts';
import { type LogToClean, logToClean, needsCleaning } from './log-to-clean.ts';

export interface LogCleanerOptions extends CleaningPlatform {
  readonly directories: readonly LogDirectory[];
  readonly clock: Clock;
  readonly settings: () => CleanerSettings;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** What an operator looks at. */
export interface CleanerView {
  /** Logs that could not be cleaned, and why; they are left alone until the next start. */
  readonly uncleanable: ReadonlyMap<Log, string>;
  /** Of the last cleaning that came to its end. */
  readonly lastStats: CleaningStats | null;
  /** The dirtiest share that was found when last looked, 0 to 1. */
  readonly maxDirtyRatio: number;
  /** When last looked (ms). */
  readonly lastRunMs: number;
}

/**
 * Compacts the logs of all directories whose `cleanup.policy` says so: always the one that is the
 * dirtiest, as many at a time as `log.cleaner.threads`. Between looks in which nothing was found it rests
 * for `log.cleaner.backoff.ms`. A log that fails is marked and the rest goes on.
 */
export class LogCleaner implements CleanerView {
  readonly uncleanable = new Map<Log, string>();
  lastStats: CleaningStats | null = null;
  maxDirtyRatio = 0;
  lastRunMs = 0;
  readonly #options: LogCleanerOptions;
  readonly #running = new Set<LogCleaning>();
  #nextLookMs = 0;
  #stopped = false;

  constructor(options: LogCleanerOptions) {
    this.#options = options;
  }

  /** Call about once a second. */
  tick(now: number): void {
    for (const cleaning of this.#running) cleaning.check();
    const settings = this.#options.settings();
    if (this.#stopped || !settings.enabled || now < this.#nextLookMs) return;
    while (this.#running.size < settings.threads) {
      const filthiest = this.#filthiest(now);
      if (filthiest === null) break;
      this.#start(filthiest, settings, now);
    }
    this.#nextLookMs = now + settings.backoffMs;
    this.#applyRetention(now);
  }

  /** Gives up what is under way. Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cleaning of this.#running) cleaning.abort();
    await Promise.allSettled([...this.#running].map(({ outcome }) => outcome));
  }

  #filthiest(now: number): LogToClean | null {
    this.lastRunMs = now;
    this.maxDirtyRatio = 0;
    let filthiest: LogToClean | null = null;
    for (const [directory, log] of this.#compactedLogs()) {
      if ([...this.#running].some((running) => running.directory === log.directory)) continue;
      const found = logToClean(log, directory.cleanerOffsets.get(log.name), now);
      this.maxDirtyRatio = Math.max(this.maxDirtyRatio, found.dirtyRatio);
      if (!needsCleaning(found)) continue;
      if (filthiest === null || found.dirtyRatio > filthiest.dirtyRatio) filthiest = found;
    }
    return filthiest;
  }

  /** Those that are cleaned keep the files that retention would take away. */
  #applyRetention(now: number): void {
    for (const [, log] of this.#compactedLogs()) {
      try {
        if (!log.isBeingCleaned) log.applyRetention(now);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
      }
    }
  }

  *#compactedLogs(): Generator<[LogDirectory, Log]> {
    for (const directory of this.#options.directories) {
      if (directory.failure !== null) continue;
      for (const log of directory.logs) {
        if (log.config.compact && !this.uncleanable.has(log)) yield [directory, log];
      }
    }
    for (const log of this.uncleanable.keys()) {
      if (this.#directoryOf(log) === undefined) this.uncleanable.delete(log);
    }
  }

  #start(toClean: LogToClean, settings: CleanerSettings, now: number): void {
    const cleaning = new LogCleaning(toClean, settings, this.#options, now);
    this.#running.add(cleaning);
    void this.#finish(cleaning);
  }

  async #finish(cleaning: LogCleaning): Promise<void> {
    const { log } = cleaning.toClean;
    try {
      const outcome = await cleaning.outcome;
      if (outcome.kind === 'cleaned') {
        this.#note(log, outcome.endOffset);
        this.lastStats = outcome.stats;
        this.#options.info(summary(cleaning.toClean, outcome.endOffset, outcome.stats));
        // There may be more to do.
        this.#nextLookMs = 0;
      }
    } catch (error) {
      this.#failed(log, error as Error);
    } finally {
      this.#running.delete(cleaning);
    }
  }

  #note(log: Log, endOffset: number): void {
    const { context, cleanerOffsets } = this.#directoryOf(log) ?? {};
    context?.health.attemptSometime(`noting how far ${log.name} is clean`, async () =>
      cleanerOffsets?.advance(log.name, endOffset),
    );
  }

  #failed(log: Log, error: Error): void {
    const { message } = error;
    const isLasting = !mayPass(error);
    // The directory is offline, and has said so.
    if (isLasting && error instanceof StorageError) return;
    if (isLasting && isDiskError(error)) {
      this.#directoryOf(log)?.context.health.fail(`compacting ${log.directory}: ${message}`);
      return;
    }
    this.#options.warn(`${log.name} could not be compacted: ${message}`);
    if (isLasting) this.uncleanable.set(log, message);
  }

  #directoryOf(log: Log): LogDirectory | undefined {
    const { directories } = this.#options;
    return directories.find((directory) => directory.log(log.topic, log.partition) === log);
  }
}

/** Room may come back. */
function mayPass(error: unknown): boolean {
  return error instanceof DiskFullError || isDiskFull(error);
}

function summary({ log, ...toClean }: LogToClean, endOffset: number, stats: CleaningStats): string {
  const { bytesRead, bytesWritten, recordsRead, recordsWritten, elapsedMs } = stats;
  const seconds = (elapsedMs / 1000).toFixed(1);
  const invalid = stats.invalidRecords > 0 ? `; ${stats.invalidRecords} had no key` : '';
  return (
    `${log.name}: compacted [${toClean.firstDirtyOffset}, ${endOffset}) in ${seconds} s: ` +
    `${bytesRead} bytes to ${bytesWritten}, ${recordsRead} records to ${recordsWritten}${invalid}`
  );
}
