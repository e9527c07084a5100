import {
  batchCodec,
  batchIsLogAppendTime,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchSizeBytes,
  checkProducedBatch,
  errors,
  NO_TIMESTAMP,
  nextBatchSize,
  RecordsChecker,
  type RecordsProblem,
  recompressBatch,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
  setBatchLogAppendTime,
  setBatchMaxTimestamp,
} from '@tidelog/protocol';
import type { LogConfig } from '../config.ts';
import type { AppendOrigin } from '../producer-state/check-batch.ts';
import type { Verified } from '../producer-state/log-transactions.ts';
import { failure, isFailure, type LogFailure } from '../results.ts';

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
const ANY_CODEC_PRODUCE_VERSION = 7;
const NEVER_MS = 2 ** 63;
const CODECS = { uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

const checker = new RecordsChecker();

/**
 * Checks what a client produced to one partition, exactly one batch, and gives it its offsets and
 * times, in place where possible: `records` is of no use for anything else.
 */
export function prepareClientBatch(
  records: Buffer,
  config: LogConfig,
  { leaderEpoch, now, produceVersion }: LeaderAppend,
  nextOffset: number,
): PreparedBatches | LogFailure {
  const unsound = checkProducedBatch(records, 0, records.length, {
    produceVersion: produceVersion ?? ANY_CODEC_PRODUCE_VERSION,
    maxSizeBytes: config.maxMessageBytes,
  });
  if (unsound !== undefined) return refused(unsound);
  const stamp = config.messageTimestampType === 'LogAppendTime';
  const rebuilt = checkRecords(records, config, now) ?? recompress(records, config, now);
  if (rebuilt !== null && isFailure(rebuilt)) return rebuilt;
  const size = batchSizeBytes(records, 0);
  const batch = rebuilt ?? (size === records.length ? records : records.subarray(0, size));
  if (stamp && rebuilt === null) setBatchLogAppendTime(batch, 0, now);
  setBatchBaseOffset(batch, 0, nextOffset);
  setBatchLeaderEpoch(batch, 0, leaderEpoch);
  return {
    batches: batch,
    baseOffset: nextOffset,
    lastOffset: nextOffset + batchLastOffsetDelta(batch, 0),
    maxTimestamp: batchMaxTimestamp(batch, 0),
    logAppendTimeMs: stamp ? now : NO_TIMESTAMP,
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

/**
 * Looks into the records where that costs little or the topic asks for it: compressed ones only for
 * the keys of a compacted topic, or for a bound on old timestamps. The bound on future timestamps
 * is otherwise held against the batch's own greatest.
 */
function checkRecords(batch: Buffer, config: LogConfig, now: number): LogFailure | null {
  const bounded = config.messageTimestampBeforeMaxMs < NEVER_MS;
  const logAppendTime = config.messageTimestampType === 'LogAppendTime';
  const stampedByClient = batchIsLogAppendTime(batch, 0);
  if (batchCodec(batch, 0) !== 0 && !config.compact && !bounded && !stampedByClient) {
    const aheadMs = batchMaxTimestamp(batch, 0) - now;
    if (logAppendTime || aheadMs <= config.messageTimestampAfterMaxMs) return null;
    return failure(errors.INVALID_TIMESTAMP, `the batch is ${aheadMs} ms ahead of the broker`);
  }
  const problem = checker.check(batch, 0, {
    now,
    logAppendTime,
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    compacted: config.compact,
  });
  if (problem !== undefined) return refused(problem);
  if (!logAppendTime && (stampedByClient || checker.maxTimestamp !== batchMaxTimestamp(batch, 0))) {
    setBatchMaxTimestamp(batch, 0, checker.maxTimestamp);
  }
  return null;
}

/** The batch in the topic's codec; null when it is in that codec already. */
function recompress(batch: Buffer, config: LogConfig, now: number): Buffer | LogFailure | null {
  if (config.compressionType === 'producer') return null;
  const codec = CODECS[config.compressionType];
  if (batchCodec(batch, 0) === codec) return null;
  const rebuilt = recompressBatch(batch, 0, {
    codec,
    ...levelOf(config),
    ...(config.messageTimestampType === 'LogAppendTime' && { logAppendTimeMs: now }),
  });
  if (rebuilt === undefined) return failure(errors.INVALID_RECORD, 'the records cannot be read');
  return rebuilt.length > config.maxMessageBytes
    ? tooLarge(rebuilt.length, config.maxMessageBytes)
    : rebuilt;
}

function levelOf(config: LogConfig): { level?: number } {
  if (config.compressionType === 'gzip') return { level: config.compressionGzipLevel };
  if (config.compressionType === 'lz4') return { level: config.compressionLz4Level };
  if (config.compressionType === 'zstd') return { level: config.compressionZstdLevel };
  return {};
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
