import {
  batchIsLogAppendTime,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchSizeBytes,
  checkProducedBatch,
  errors,
  NO_TIMESTAMP,
  nextBatchSize,
  type RecordsProblem,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
} from '@tidelog/protocol';
import type { LogConfig } from '../config.ts';
import type { AppendOrigin } from '../producer-state/check-batch.ts';
import type { Verified } from '../producer-state/log-transactions.ts';
import { failure, type LogFailure } from '../results.ts';
import { type ExaminationResult, examineBatch } from './examine-batch.ts';

export interface LeaderAppend {
  readonly leaderEpoch: number;
  /** Wall-clock time (ms). */
  readonly now: number;
  /** `client` when not given. */
  readonly origin?: AppendOrigin;
  /** Of the Produce request: zstd is allowed from 7 on. */
  readonly produceVersion?: number | undefined;
  /** Of a transaction's marker (`transaction.version`): from 2 on it has to raise the epoch. */
  readonly transactionVersion?: number | undefined;
  /** What lets a transactional batch begin a transaction on this log. */
  readonly verified?: Verified;
  /** What came of the batch's `examinationOf`: it is what that has made. */
  readonly examined?: ExaminationResult | undefined;
}

/** Batches with their final offsets, ready to be written. */
export interface PreparedBatches {
  readonly batches: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** -1 when the records keep the producer's timestamps. */
  readonly logAppendTimeMs: number;
}

/** Since zstd this is the oldest version whose batches may be of any codec. */
export const ANY_CODEC_PRODUCE_VERSION = 7;

/**
 * Checks what a client produced to one partition, exactly one batch, and gives it its offsets and
 * times, in place where possible: `records` is of no use for anything else.
 */
export function prepareClientBatch(
  records: Buffer,
  config: LogConfig,
  { leaderEpoch, now, produceVersion, examined }: LeaderAppend,
  nextOffset: number,
): PreparedBatches | LogFailure {
  if (examined !== undefined) {
    if (examined.problem !== null) return refused(examined.problem);
    return place(records, leaderEpoch, nextOffset);
  }
  const unsound = checkProducedBatch(records, 0, records.length, {
    produceVersion: produceVersion ?? ANY_CODEC_PRODUCE_VERSION,
    maxSizeBytes: config.maxMessageBytes,
  });
  if (unsound !== undefined) return refused(unsound);
  const size = batchSizeBytes(records, 0);
  const batch = size === records.length ? records : records.subarray(0, size);
  const ready = examineBatch(batch, config, now);
  return Buffer.isBuffer(ready) ? place(ready, leaderEpoch, nextOffset) : refused(ready);
}

function place(batch: Buffer, leaderEpoch: number, nextOffset: number): PreparedBatches {
  setBatchBaseOffset(batch, 0, nextOffset);
  setBatchLeaderEpoch(batch, 0, leaderEpoch);
  return {
    batches: batch,
    baseOffset: nextOffset,
    lastOffset: nextOffset + batchLastOffsetDelta(batch, 0),
    maxTimestamp: batchMaxTimestamp(batch, 0),
    logAppendTimeMs: batchIsLogAppendTime(batch, 0) ? batchMaxTimestamp(batch, 0) : NO_TIMESTAMP,
  };
}

/** Gives batches that a coordinator made, control batches among them, their offsets. */
export function prepareCoordinatorBatches(
  records: Buffer,
  config: LogConfig,
  leaderEpoch: number,
  nextOffset: number,
): PreparedBatches | LogFailure {
  let offset = nextOffset;
  let maxTimestamp = NO_TIMESTAMP;
  for (let at = 0; at < records.length; ) {
    const size = nextBatchSize(records, at, records.length);
    if (size <= 0) return failure(errors.CORRUPT_MESSAGE, 'the records are not whole batches');
    if (size > config.maxMessageBytes) return tooLarge(size, config.maxMessageBytes);
    setBatchBaseOffset(records, at, offset);
    setBatchLeaderEpoch(records, at, leaderEpoch);
    maxTimestamp = Math.max(maxTimestamp, batchMaxTimestamp(records, at));
    offset += batchLastOffsetDelta(records, at) + 1;
    at += size;
  }
  const lastOffset = offset - 1;
  const logAppendTimeMs = NO_TIMESTAMP;
  return { batches: records, baseOffset: nextOffset, lastOffset, maxTimestamp, logAppendTimeMs };
}

function tooLarge(sizeBytes: number, maxBytes: number): LogFailure {
  return failure(
    errors.MESSAGE_TOO_LARGE,
    `a batch of ${sizeBytes} bytes exceeds max.message.bytes, ${maxBytes}`,
  );
}

function refused({ error, message, records }: RecordsProblem): LogFailure {
  return { error: errors[error], message, ...(records !== undefined && { recordErrors: records }) };
}
