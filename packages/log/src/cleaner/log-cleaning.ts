import type { Background, BackgroundRun, Random } from '@tidelog/platform';
import { isDiskError } from '../health.ts';
import type { AbortedTransactionEntry } from '../index/transaction-index.ts';
import { CLEANED_SUFFIX } from '../names.ts';
import type { SegmentSwap } from '../log-store.ts';
import type { Segment } from '../segment/segment.ts';
import type { CleaningJob, CleaningReport, CleaningStats } from './cleaning-job.ts';
import { cleaningTask } from './cleaning-task.ts';
import type { LogToClean } from './log-to-clean.ts';

/** How the cleaner works; read anew for each cleaning. */
export interface CleanerSettings {
  /** `log.cleaner.enable` */
  readonly enabled: boolean;
  /** `log.cleaner.threads`: logs that are cleaned at the same time. */
  readonly threads: number;
  /** `log.cleaner.dedupe.buffer.size`, for all threads together. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor` */
  readonly loadFactor: number;
  /** `log.cleaner.io.buffer.size`, for all threads together. */
  readonly ioBufferBytes: number;
  /** `log.cleaner.io.max.bytes.per.second`, for all threads together. */
  readonly maxBytesPerSecond: number;
  /** `log.cleaner.backoff.ms` */
  readonly backoffMs: number;
}

export interface CleaningPlatform {
  readonly background: Background;
  readonly random: Random;
}

/** More than this for its keys a thread cannot use. */
const MOST_MAP_BYTES = 2 ** 31 - 1;

/** How a cleaning ended. `aborted`: the log was truncated, moved or closed meanwhile. */
export type CleaningOutcome =
  | { readonly kind: 'cleaned'; readonly endOffset: number; readonly stats: CleaningStats }
  | { readonly kind: 'aborted' };

/** One cleaning of one log, from the choice to the last swap. */
export class LogCleaning {
  readonly toClean: LogToClean;
  readonly directory: string;
  /** Rejects with what made it fail, when the log itself is as it was. */
  readonly outcome: Promise<CleaningOutcome>;
  readonly #run: BackgroundRun;
  readonly #truncations: number;
  readonly #now: number;
  /** What is still to be replaced. */
  readonly #sources: Map<number, Segment>;
  /** Resolves when the reports up to now are worked off. */
  #taken: Promise<void> = Promise.resolve();
  #aborted = false;
  #failure: Error | null = null;
  #done: CleaningOutcome | null = null;

  constructor(
    toClean: LogToClean,
    settings: CleanerSettings,
    { background, random }: CleaningPlatform,
    now: number,
  ) {
    const { log, segments } = toClean;
    this.toClean = toClean;
    this.directory = log.directory;
    this.#now = now;
    this.#truncations = log.truncations;
    this.#sources = new Map(segments.map((segment) => [segment.baseOffset, segment]));
    const job = jobOf(toClean, settings, { secret: random.bytes(16), now });
    log.isBeingCleaned = true;
    this.#run = background.run(cleaningTask, job, (report) => {
      this.#taken = this.#taken.then(() => this.#take(report));
    });
    this.outcome = this.#end();
  }

  /** Ends at the next moment when the log isn't what it was when this began. */
  check(): void {
    const swap = this.#swapOf([...this.#sources.values()]);
    if (!this.toClean.log.holds(swap)) this.abort();
  }

  abort(): void {
    this.#aborted = true;
    void this.#run.stop();
  }

  async #end(): Promise<CleaningOutcome> {
    const { log } = this.toClean;
    try {
      await this.#run.ended;
    } catch (error) {
      this.check();
      this.#failure ??= error as Error;
    }
    await this.#run.stop();
    await this.#taken;
    log.isBeingCleaned = false;
    if (this.#done === null) this.#discard();
    if (this.#aborted) return { kind: 'aborted' };
    if (this.#failure !== null) throw this.#failure;
    return this.#done ?? { kind: 'aborted' };
  }

  async #take(report: CleaningReport): Promise<void> {
    if (this.#aborted || this.#failure !== null) return;
    if (report.kind === 'done') {
      this.#done = { kind: 'cleaned', endOffset: report.endOffset, stats: report.stats };
      return;
    }
    const swaps = report.groups.map(({ sources, sizes }) => {
      const segments = sources.map((baseOffset) => this.#sources.get(baseOffset)!);
      return { ...this.#swapOf(segments), sizes };
    });
    for (const { sources } of swaps) {
      for (const { baseOffset } of sources) this.#sources.delete(baseOffset);
    }
    try {
      if (!(await this.toClean.log.replaceSegments(swaps, this.#now))) this.abort();
    } catch (error) {
      this.#failure = error as Error;
      void this.#run.stop();
    }
  }

  #swapOf(sources: readonly Segment[]): SegmentSwap {
    const sizes = { log: 0, offsetIndex: 0, timeIndex: 0, transactionIndex: 0 };
    return { sources, sizes, truncations: this.#truncations };
  }

  /** Removes what was written and will not be needed. */
  #discard(): void {
    const { disk } = this.toClean.log;
    try {
      if (!disk.exists(this.directory)) return;
      for (const name of disk.list(this.directory)) {
        if (name.endsWith(CLEANED_SUFFIX)) disk.unlink(`${this.directory}/${name}`);
      }
    } catch (error) {
      // The next cleaning, or the next start, finds them by their names.
      if (!isDiskError(error)) throw error;
    }
  }
}

function jobOf(
  { log, segments, firstDirtyOffset, firstUncleanableOffset }: LogToClean,
  settings: CleanerSettings,
  { secret, now }: { readonly secret: Uint8Array; readonly now: number },
): CleaningJob {
  const { threads, loadFactor } = settings;
  const { segmentBytes, segmentIndexBytes, indexIntervalBytes, deleteRetentionMs } = log.config;
  const abortedTransactions: AbortedTransactionEntry[] = [];
  for (const { transactionIndex } of log.segments.all) {
    if (transactionIndex.collect(0, firstUncleanableOffset, abortedTransactions)) break;
  }
  return {
    directory: log.directory,
    segments: segments.map(({ baseOffset, sizeBytes, offsetIndex, timeIndex }) => ({
      baseOffset,
      sizeBytes,
      offsetIndexBytes: offsetIndex.sizeBytes,
      timeIndexBytes: timeIndex.sizeBytes,
    })),
    firstDirtyOffset,
    firstUncleanableOffset,
    abortedTransactions,
    producers: log.lastBatches(),
    config: { segmentBytes, segmentIndexBytes, indexIntervalBytes, deleteRetentionMs },
    now,
    secret,
    offsetMap: {
      memoryBytes: Math.min(MOST_MAP_BYTES, settings.dedupeBufferBytes / threads),
      loadFactor,
    },
    // Half for what is read, half for what is written.
    readBufferBytes: Math.floor(settings.ioBufferBytes / threads / 2),
    maxBytesPerSecond: settings.maxBytesPerSecond / threads,
  };
}
