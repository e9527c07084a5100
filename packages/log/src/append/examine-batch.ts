import {
  batchCodec,
  batchIsLogAppendTime,
  batchMaxTimestamp,
  RecordsChecker,
  type RecordsProblem,
  recompressBatch,
  setBatchLogAppendTime,
  setBatchMaxTimestamp,
} from '@tidelog/protocol';
import type { LogConfig } from '../config.ts';

/** What of a topic's configuration a batch is examined by. */
export type ExaminationConfig = Pick<
  LogConfig,
  | 'compact'
  | 'compressionGzipLevel'
  | 'compressionLz4Level'
  | 'compressionType'
  | 'compressionZstdLevel'
  | 'maxMessageBytes'
  | 'messageTimestampAfterMaxMs'
  | 'messageTimestampBeforeMaxMs'
  | 'messageTimestampType'
>;

/** What came of an examination elsewhere: the bytes beside it are to be appended, unless there is a problem. */
export interface ExaminationResult {
  readonly problem: RecordsProblem | null;
}

const NEVER_MS = 2 ** 63;
const CODECS = { uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

const checker = new RecordsChecker();

/**
 * The batch as it is to be appended but for its offsets and epoch, or what is wrong with it: its records hold to
 * the rules of the topic, it has the topic's codec, and the append time where the topic wants that. It is
 * changed in place where possible. It has passed `checkProducedBatch`.
 */
export function examineBatch(
  batch: Buffer,
  config: ExaminationConfig,
  now: number,
): Buffer | RecordsProblem {
  const problem = checkRecords(batch, config, now);
  if (problem !== undefined) return problem;
  if (isInCodec(batch, config)) {
    if (config.messageTimestampType === 'LogAppendTime') setBatchLogAppendTime(batch, 0, now);
    return batch;
  }
  return recompress(batch, config, now);
}

/** Whether compressed records have to be looked into, or other ones to be compressed. */
export function needsCodec(batch: Buffer, config: ExaminationConfig): boolean {
  if (!isInCodec(batch, config)) return true;
  return batchCodec(batch, 0) !== 0 && looksIntoCompressed(batch, config);
}

function isInCodec(batch: Buffer, { compressionType }: ExaminationConfig): boolean {
  return compressionType === 'producer' || batchCodec(batch, 0) === CODECS[compressionType];
}

function looksIntoCompressed(batch: Buffer, config: ExaminationConfig): boolean {
  return (
    config.compact ||
    config.messageTimestampBeforeMaxMs < NEVER_MS ||
    batchIsLogAppendTime(batch, 0)
  );
}

/**
 * Looks into the records where that costs little or the topic asks for it: compressed ones only for
 * the keys of a compacted topic, or for a bound on old timestamps. The bound on future timestamps
 * is otherwise held against the batch's own greatest.
 */
function checkRecords(
  batch: Buffer,
  config: ExaminationConfig,
  now: number,
): RecordsProblem | undefined {
  const logAppendTime = config.messageTimestampType === 'LogAppendTime';
  if (batchCodec(batch, 0) !== 0 && !looksIntoCompressed(batch, config)) {
    const aheadMs = batchMaxTimestamp(batch, 0) - now;
    if (logAppendTime || aheadMs <= config.messageTimestampAfterMaxMs) return undefined;
    const message = `the batch is ${aheadMs} ms ahead of the broker`;
    return { error: 'INVALID_TIMESTAMP', message };
  }
  const problem = checker.check(batch, 0, {
    now,
    logAppendTime,
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    compacted: config.compact,
  });
  if (problem !== undefined || logAppendTime) return problem;
  const { maxTimestamp } = checker;
  if (batchIsLogAppendTime(batch, 0) || maxTimestamp !== batchMaxTimestamp(batch, 0)) {
    setBatchMaxTimestamp(batch, 0, maxTimestamp);
  }
  return undefined;
}

/** The batch in the topic's codec. */
function recompress(
  batch: Buffer,
  config: ExaminationConfig,
  now: number,
): Buffer | RecordsProblem {
  const { compressionType, maxMessageBytes } = config;
  const rebuilt = recompressBatch(batch, 0, {
    codec: compressionType === 'producer' ? batchCodec(batch, 0) : CODECS[compressionType],
    ...levelOf(config),
    ...(config.messageTimestampType === 'LogAppendTime' && { logAppendTimeMs: now }),
  });
  if (rebuilt === undefined) {
    return { error: 'INVALID_RECORD', message: 'the records cannot be read' };
  }
  if (rebuilt.length <= maxMessageBytes) return rebuilt;
  const message = `a batch of ${rebuilt.length} bytes exceeds max.message.bytes, ${maxMessageBytes}`;
  return { error: 'MESSAGE_TOO_LARGE', message };
}

function levelOf(config: ExaminationConfig): { level?: number } {
  if (config.compressionType === 'gzip') return { level: config.compressionGzipLevel };
  if (config.compressionType === 'lz4') return { level: config.compressionLz4Level };
  if (config.compressionType === 'zstd') return { level: config.compressionZstdLevel };
  return {};
}
