import type { BackgroundContext, BackgroundSteps } from '@tidelog/platform';
import {
  batchBaseOffset,
  batchIsControl,
  batchLastOffset,
  batchRecordCount,
  batchSizeBytes,
  RecordCursor,
} from '@tidelog/protocol';
import { LOG_SUFFIX, segmentFileName } from '../names.ts';
import { BatchFilter } from './batch-filter.ts';
import { BatchWindows, DamagedSegmentError } from '../segment/batch-windows.ts';
import { CleanedSegment } from './cleaned-segment.ts';
import { CleanedTransactions } from './cleaned-transactions.ts';
import {
  type CleaningJob,
  type CleaningReport,
  type CleaningStats,
  type JobSegment,
  newCleaningStats,
} from './cleaning-job.ts';
import { OffsetMap } from './offset-map.ts';
import { groupSegments } from './segment-groups.ts';
import { Throttle } from './throttle.ts';

/**
 * Groups become durable and are reported together, until their sources are so large or they are so many:
 * each report costs the event loop some syncs of names.
 */
const REPORTED_BYTES = 256 << 20;
const REPORTED_GROUPS = 64;

type Steps<Result = void> = Generator<
  { readonly report?: CleaningReport; readonly restMs?: number },
  Result
>;

/**
 * Cleans a log: finds the last offset of each key in the dirty part, as far as the memory reaches, and
 * writes all segments up to there anew, without what is not the last of its key. Nothing that was there
 * before is touched: whoever started it puts the `.cleaned` files in their place.
 *
 * @throws DamagedSegmentError where a batch cannot be read
 */
export function* cleanLog(
  job: CleaningJob,
  context: BackgroundContext,
): BackgroundSteps<CleaningReport> {
  const startedMs = context.clock.monotonic();
  const cleaning = new Cleaning(job, context);
  yield* cleaning.fillMap();
  const endOffset = cleaning.map.latestOffset + 1;
  try {
    for (const group of groupSegments(job, endOffset)) yield* cleaning.cleanGroup(group);
    yield* cleaning.report();
  } finally {
    cleaning.abandon();
  }
  const { stats, map } = cleaning;
  stats.bufferUtilization = map.utilization;
  stats.elapsedMs = context.clock.monotonic() - startedMs;
  yield { report: { kind: 'done', endOffset, stats } };
}

class Cleaning {
  readonly map: OffsetMap;
  readonly stats: CleaningStats = newCleaningStats();
  readonly #job: CleaningJob;
  readonly #disk: BackgroundContext['disk'];
  readonly #throttle: Throttle;
  readonly #transactions: CleanedTransactions;
  readonly #filter: BatchFilter;
  readonly #cursor = new RecordCursor();
  #output: Buffer;
  /** Written, and not reported yet. */
  readonly #cleaned: { readonly cleaned: CleanedSegment; readonly group: readonly JobSegment[] }[] =
    [];
  #sourceBytes = 0;

  constructor(job: CleaningJob, { disk, clock }: BackgroundContext) {
    this.#job = job;
    this.#disk = disk;
    this.#throttle = new Throttle(job.maxBytesPerSecond, clock);
    const mostKeys = job.firstUncleanableOffset - job.firstDirtyOffset;
    this.map = new OffsetMap({ ...job.offsetMap, mostKeys, secret: job.secret });
    this.#transactions = new CleanedTransactions(job.abortedTransactions);
    this.#filter = new BatchFilter(job, this.map, this.#transactions, this.stats);
    this.#output = Buffer.allocUnsafeSlow(job.readBufferBytes);
  }

  /** Puts the keys of the dirty segments into the map, until they are all there or it is full. */
  *fillMap(): Steps {
    const { segments, firstDirtyOffset, firstUncleanableOffset, abortedTransactions } = this.#job;
    const nextOffset = (i: number) => segments[i + 1]?.baseOffset ?? firstUncleanableOffset;
    const first = segments.findIndex((_, i) => nextOffset(i) > firstDirtyOffset);
    const from = segments[first]?.baseOffset ?? firstDirtyOffset;
    // Those that ended before would be taken for later ones of their producers.
    const touching = abortedTransactions.filter(({ lastOffset }) => lastOffset >= from);
    const transactions = new CleanedTransactions(touching);
    for (let i = Math.max(0, first); i < segments.length; i++) {
      if (yield* this.#mapSegment(segments[i]!, transactions)) return;
      // Offsets at the end of a segment may be missing.
      this.map.latestOffset = nextOffset(i) - 1;
    }
  }

  /** True when the map became full on the way. */
  *#mapSegment(segment: JobSegment, transactions: CleanedTransactions): Steps<boolean> {
    const windows = this.#open(segment);
    try {
      for (let window = windows.next(); window !== null; window = windows.next()) {
        this.stats.mapBytesRead += window.length;
        for (let at = 0; at < window.length; at += batchSizeBytes(window, at)) {
          if (!this.#mapBatch(window, at, transactions)) return true;
        }
        yield this.#step(window.length);
      }
    } finally {
      windows.close();
    }
    return false;
  }

  /** False when the map is full. */
  #mapBatch(buf: Buffer, at: number, transactions: CleanedTransactions): boolean {
    const lastOffset = batchLastOffset(buf, at);
    let hasKeys = false;
    if (batchIsControl(buf, at)) transactions.isObsolete(buf, at);
    else hasKeys = !transactions.isAborted(buf, at);
    if (lastOffset < this.#job.firstDirtyOffset) return true;
    this.stats.mapRecordsRead += batchRecordCount(buf, at);
    if (hasKeys && !this.#mapRecords(buf, at)) return false;
    this.map.latestOffset = lastOffset;
    return true;
  }

  #mapRecords(buf: Buffer, at: number): boolean {
    const cursor = this.#cursor;
    cursor.open(buf, at);
    while (cursor.next()) {
      if (cursor.keySize < 0 || cursor.offset < this.#job.firstDirtyOffset) continue;
      if (this.map.isFull) return false;
      this.map.put(cursor.buf, cursor.keyAt, cursor.keySize, cursor.offset);
    }
    if (cursor.problem !== undefined) {
      const where = `${this.#job.directory}, offset ${batchBaseOffset(buf, at)}`;
      throw new DamagedSegmentError(`${where}: ${cursor.problem}`);
    }
    return true;
  }

  /** Writes what stays of neighbouring segments into one. */
  *cleanGroup(group: readonly JobSegment[]): Steps {
    const cleaned = new CleanedSegment(this.#disk, this.#job, group[0]!.baseOffset);
    this.#cleaned.push({ cleaned, group });
    this.#transactions.onRetained = (aborted) => cleaned.appendAborted(aborted);
    for (const segment of group) {
      yield* this.#cleanSegment(segment, cleaned);
      this.#sourceBytes += segment.sizeBytes;
    }
    const isMuch = this.#sourceBytes >= REPORTED_BYTES || this.#cleaned.length >= REPORTED_GROUPS;
    if (isMuch) yield* this.report();
  }

  /** Makes what was written durable, and says so. */
  *report(): Steps {
    if (this.#cleaned.length === 0) return;
    const groups = this.#cleaned.map(({ cleaned, group }) => ({
      sources: group.map(({ baseOffset }) => baseOffset),
      sizes: cleaned.finish(this.#disk.stat(this.#pathOf(group.at(-1)!)).modifiedMs),
    }));
    this.#disk.syncDirectory(this.#job.directory);
    this.#cleaned.length = 0;
    this.#sourceBytes = 0;
    yield { report: { kind: 'cleaned', groups } };
  }

  /** Closes what was not reported. */
  abandon(): void {
    for (const { cleaned } of this.#cleaned) cleaned.abandon();
  }

  *#cleanSegment(segment: JobSegment, cleaned: CleanedSegment): Steps {
    const windows = this.#open(segment);
    try {
      for (let window = windows.next(); window !== null; window = windows.next()) {
        this.stats.bytesRead += window.length;
        const retained = this.#retain(window);
        if (retained.length > 0) cleaned.append(retained);
        this.stats.bytesWritten += retained.length;
        yield this.#step(window.length + retained.length);
      }
    } finally {
      windows.close();
    }
  }

  /** What stays of the batches, valid until the next call. */
  #retain(window: Buffer): Buffer {
    let length = 0;
    let keptFrom = 0;
    const add = (bytes: Buffer) => {
      if (length + bytes.length > this.#output.length) {
        const grown = Buffer.allocUnsafeSlow((length + bytes.length) * 2);
        this.#output.copy(grown, 0, 0, length);
        this.#output = grown;
      }
      length += bytes.copy(this.#output, length);
    };
    for (let at = 0; at < window.length; ) {
      const filtered = this.#filter.filter(window, at);
      const end = at + batchSizeBytes(window, at);
      if (filtered !== 'keep') {
        add(window.subarray(keptFrom, at));
        if (filtered !== 'drop') add(filtered);
        keptFrom = end;
      }
      at = end;
    }
    if (keptFrom === 0) return window;
    add(window.subarray(keptFrom));
    return this.#output.subarray(0, length);
  }

  #open(segment: JobSegment): BatchWindows {
    const range = { from: 0, to: segment.sizeBytes, bufferBytes: this.#job.readBufferBytes };
    return new BatchWindows(this.#disk, this.#pathOf(segment), range);
  }

  #pathOf({ baseOffset }: JobSegment): string {
    return `${this.#job.directory}/${segmentFileName(baseOffset, LOG_SUFFIX)}`;
  }

  #step(bytes: number): { restMs?: number } {
    const restMs = this.#throttle.rest(bytes);
    return restMs > 0 ? { restMs } : {};
  }
}
