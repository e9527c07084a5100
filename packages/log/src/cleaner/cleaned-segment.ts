import type { Disk } from '@tidelog/platform';
import { FileCache } from '../files/file-cache.ts';
import type { AbortedTransactionEntry } from '../index/transaction-index.ts';
import { CLEANED_SUFFIX, SEGMENT_SUFFIXES, segmentFileName } from '../names.ts';
import { Segment, type SegmentSizes } from '../segment/segment.ts';
import type { CleaningJob } from './cleaning-job.ts';

/** Written bytes go to the disk in pieces of this size: one large sync would hold up everybody's. */
const SYNC_BYTES = 8 << 20;

/** The `.cleaned` files that will take the place of a group of segments. */
export class CleanedSegment {
  readonly #disk: Disk;
  readonly #job: CleaningJob;
  readonly #segment: Segment;
  #unsyncedBytes = 0;

  constructor(disk: Disk, job: CleaningJob, baseOffset: number) {
    this.#disk = disk;
    this.#job = job;
    const { directory, now } = job;
    for (const suffix of SEGMENT_SUFFIXES) {
      // Those of a cleaning that was stopped.
      const path = `${directory}/${segmentFileName(baseOffset, suffix)}${CLEANED_SUFFIX}`;
      if (disk.exists(path)) disk.unlink(path);
    }
    this.#segment = new Segment({
      files: new FileCache(disk, SEGMENT_SUFFIXES.length),
      directory,
      baseOffset,
      sizes: null,
      now,
      rollJitterMs: 0,
      suffix: CLEANED_SUFFIX,
    });
    this.#segment.create({ preallocate: false, segmentBytes: job.config.segmentBytes });
  }

  append(batches: Buffer): void {
    this.#segment.append(batches, this.#job.config.indexIntervalBytes);
    this.#unsyncedBytes += batches.length;
    if (this.#unsyncedBytes < SYNC_BYTES) return;
    this.#unsyncedBytes = 0;
    this.#segment.log.syncNow();
  }

  appendAborted(aborted: AbortedTransactionEntry): void {
    this.#segment.transactionIndex.append(aborted);
  }

  /** Makes the files durable, but not their names, and closes them. Retention looks at `modifiedMs` where nothing is left. */
  finish(modifiedMs: number): SegmentSizes {
    const segment = this.#segment;
    segment.finish();
    const sizes = segment.fileSizes();
    for (const file of segment.files) file.syncNow();
    segment.close();
    this.#disk.setModified(segment.log.path, modifiedMs);
    return sizes;
  }

  abandon(): void {
    this.#segment.close();
  }
}
