import {
  BATCH_HEADER_SIZE,
  BatchBuilder,
  batchBaseOffset,
  batchBaseSequence,
  batchCodec,
  batchDeleteHorizonMs,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsLogAppendTime,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  NO_TIMESTAMP,
  RecordCursor,
  writeBatchHeader,
} from '@tidelog/protocol';
import { DamagedSegmentError } from '../segment/batch-windows.ts';
import type { CleanedTransactions } from './cleaned-transactions.ts';
import type { CleaningJob, CleaningStats, JobProducer } from './cleaning-job.ts';
import type { OffsetMap } from './offset-map.ts';

/** What becomes of a batch: it stays as it is, it goes, or other bytes take its place. */
export type Filtered = 'keep' | 'drop' | Buffer;

/**
 * Decides what stays of each batch. Base and last offset, producer, sequence, epoch and codec of a batch
 * outlive its records, so that a producer's sequence can be told from it.
 */
export class BatchFilter {
  readonly #job: CleaningJob;
  readonly #map: OffsetMap;
  readonly #transactions: CleanedTransactions;
  readonly #stats: CleaningStats;
  readonly #producers: ReadonlyMap<number, JobProducer>;
  readonly #cursor = new RecordCursor();
  readonly #builder = new BatchBuilder(1 << 16);
  /** For each record of the batch at hand, whether it stays. */
  #retained = new Uint8Array(1024);

  constructor(
    job: CleaningJob,
    map: OffsetMap,
    transactions: CleanedTransactions,
    stats: CleaningStats,
  ) {
    this.#job = job;
    this.#map = map;
    this.#transactions = transactions;
    this.#stats = stats;
    this.#producers = new Map(job.producers.map((producer) => [producer.producerId, producer]));
  }

  /** Filters the batch at `at`, which is sound. */
  filter(buf: Buffer, at: number): Filtered {
    const isControl = batchIsControl(buf, at);
    const obsolete = isControl
      ? this.#transactions.isObsolete(buf, at)
      : this.#transactions.isAborted(buf, at);
    // A marker outlives its transaction's records for a while, as a tombstone does: readers who have
    // met some of those must get to hear how it ended.
    const goes = isControl
      ? obsolete && batchHasDeleteHorizon(buf, at) && this.#horizonPassed(buf, at)
      : obsolete;
    const empty = this.#mustStay(buf, at) ? emptyBatch(buf, at) : 'drop';
    this.#stats.recordsRead += batchRecordCount(buf, at);
    if (goes) return empty;
    const wantsHorizon = isControl && obsolete;
    return this.#filterRecords(buf, at, wantsHorizon) ?? empty;
  }

  /** Whether the batch stays without records: for its producer's sequence, or for the offset it ends at. */
  #mustStay(buf: Buffer, at: number): boolean {
    const lastOffset = batchLastOffset(buf, at);
    if (lastOffset + 1 === this.#job.firstUncleanableOffset) return true;
    const producer = this.#producers.get(batchProducerId(buf, at));
    if (producer === undefined) return false;
    if (producer.lastDataOffset >= 0) return lastOffset === producer.lastDataOffset;
    // Without data only the marker tells the producer's epoch.
    return batchIsControl(buf, at) && batchProducerEpoch(buf, at) === producer.epoch;
  }

  /** Null when no record stays. */
  #filterRecords(buf: Buffer, at: number, wantsHorizon: boolean): Filtered | null {
    const cursor = this.#cursor;
    const isControl = batchIsControl(buf, at);
    const tombstonesStay = !batchHasDeleteHorizon(buf, at) || !this.#horizonPassed(buf, at);
    cursor.open(buf, at);
    if (this.#retained.length < batchRecordCount(buf, at)) {
      this.#retained = new Uint8Array(batchRecordCount(buf, at) * 2);
    }
    let index = 0;
    let kept = 0;
    let hasTombstone = false;
    for (; cursor.next(); index++) {
      const stays = isControl || this.#stays(tombstonesStay);
      this.#retained[index] = stays ? 1 : 0;
      if (!stays) continue;
      kept++;
      hasTombstone ||= cursor.valueSize < 0;
    }
    if (cursor.problem !== undefined) {
      throw new DamagedSegmentError(
        `batch at offset ${batchBaseOffset(buf, at)}: ${cursor.problem}`,
      );
    }
    this.#stats.recordsWritten += kept;
    if (kept === 0) return null;
    const setsHorizon = (hasTombstone || wantsHorizon) && !batchHasDeleteHorizon(buf, at);
    return kept === index && !setsHorizon ? 'keep' : this.#rebuild(buf, at, setsHorizon);
  }

  /** Whether the record that the cursor stands on stays. */
  #stays(tombstonesStay: boolean): boolean {
    const { offset, keySize, keyAt, valueSize, buf } = this.#cursor;
    if (offset > this.#map.latestOffset) return true;
    if (keySize < 0) {
      this.#stats.invalidRecords++;
      return false;
    }
    if (valueSize < 0 && !tombstonesStay) return false;
    return offset >= this.#map.get(buf, keyAt, keySize);
  }

  #rebuild(buf: Buffer, at: number, setsHorizon: boolean): Buffer {
    const cursor = this.#cursor;
    const builder = this.#builder;
    const { now, config } = this.#job;
    const known = batchDeleteHorizonMs(buf, at);
    const horizonMs = setsHorizon ? now + config.deleteRetentionMs : known;
    const baseOffset = batchBaseOffset(buf, at);
    builder.reset(horizonMs === NO_TIMESTAMP ? undefined : horizonMs);
    cursor.rewind();
    for (let index = 0; cursor.next(); index++) {
      if (this.#retained[index] === 0) continue;
      builder.skipToDelta(cursor.offset - baseOffset);
      builder.appendFrom(cursor);
    }
    cursor.release();
    return builder.finish({
      ...identityOf(buf, at),
      codec: batchCodec(buf, at),
      lastOffsetDelta: batchLastOffsetDelta(buf, at),
      ...(batchIsLogAppendTime(buf, at) && { logAppendTimeMs: batchMaxTimestamp(buf, at) }),
    });
  }

  #horizonPassed(buf: Buffer, at: number): boolean {
    return batchDeleteHorizonMs(buf, at) <= this.#job.now;
  }
}

/** What a batch is, whatever becomes of its records. */
function identityOf(buf: Buffer, at: number) {
  return {
    baseOffset: batchBaseOffset(buf, at),
    leaderEpoch: batchLeaderEpoch(buf, at),
    producerId: batchProducerId(buf, at),
    producerEpoch: batchProducerEpoch(buf, at),
    baseSequence: batchBaseSequence(buf, at),
    transactional: batchIsTransactional(buf, at),
    control: batchIsControl(buf, at),
  };
}

/** The header of the batch, without records. */
function emptyBatch(buf: Buffer, at: number): Buffer {
  const batch = Buffer.alloc(BATCH_HEADER_SIZE);
  writeBatchHeader(batch, 0, {
    ...identityOf(buf, at),
    sizeBytes: BATCH_HEADER_SIZE,
    lastOffsetDelta: batchLastOffsetDelta(buf, at),
    recordCount: 0,
    baseTimestamp: NO_TIMESTAMP,
    maxTimestamp: batchMaxTimestamp(buf, at),
    logAppendTime: batchIsLogAppendTime(buf, at),
  });
  return batch;
}
