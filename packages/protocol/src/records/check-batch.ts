/**
 * What a broker checks of a produced batch without looking at its records: the header, the size and the
 * CRC. Success is `undefined`, so the hot path builds no object.
 */
import { codecName, codecs } from '../compression/index.ts';
import {
  BATCH_HEADER_SIZE,
  BATCH_MAGIC_END,
  batchBaseOffset,
  batchBaseSequence,
  batchCodec,
  batchCrcIsValid,
  batchIsControl,
  batchLastOffsetDelta,
  batchMagic,
  batchProducerId,
  batchRecordCount,
  batchSizeBytes,
  LOG_OVERHEAD,
  MAGIC_V2,
  NO_PRODUCER_ID,
} from './batch-header.ts';

/** The names, in the table of wire errors, that bad records are refused with. */
export type RecordsErrorName =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_RECORD'
  | 'INVALID_TIMESTAMP'
  | 'MESSAGE_TOO_LARGE'
  | 'UNSUPPORTED_COMPRESSION_TYPE';

export interface RecordProblem {
  /** The record's place in its batch, from 0. */
  readonly index: number;
  readonly message: string;
}

/** Why records are refused, in the shape of a Produce response. */
export interface RecordsProblem {
  readonly error: RecordsErrorName;
  readonly message: string;
  /** The records at fault, where it is not the batch as a whole (KIP-467). */
  readonly records?: readonly RecordProblem[];
}

/** The least that a batch of any format takes after its first 12 bytes: an empty message of magic 0. */
const MIN_LENGTH_V0 = 14;

/** `nextBatchSize` found bytes that begin no batch. */
export const NOT_A_BATCH = -1;

/**
 * The whole size of the batch at `at`, of any magic from 0 to 2; 0 where the bytes up to `end` do not hold
 * all of it, as at the end of a fetch response; `NOT_A_BATCH` where its size or magic cannot be.
 */
export function nextBatchSize(buf: Buffer, at: number, end: number): number {
  const available = end - at;
  if (available < LOG_OVERHEAD) return 0;
  const size = batchSizeBytes(buf, at);
  if (size < LOG_OVERHEAD + MIN_LENGTH_V0) return NOT_A_BATCH;
  if (available < BATCH_MAGIC_END) return 0;
  const magic = batchMagic(buf, at);
  if (magic < 0 || magic > MAGIC_V2 || (magic === MAGIC_V2 && size < BATCH_HEADER_SIZE)) {
    return NOT_A_BATCH;
  }
  return size > available ? 0 : size;
}

export interface ProducedBatchOptions {
  /** The version of the Produce request: zstd is allowed from 7 on. */
  readonly produceVersion: number;
  /** `max.message.bytes` of the topic. */
  readonly maxSizeBytes: number;
}

/**
 * Checks the records of one partition in a Produce request, `buf[start, end)`: exactly one sound batch
 * from a client. What follows it and is not a whole batch is ignored, as Kafka does; the size to append
 * is `batchSizeBytes(buf, start)`.
 */
export function checkProducedBatch(
  buf: Buffer,
  start: number,
  end: number,
  options: ProducedBatchOptions,
): RecordsProblem | undefined {
  const size = nextBatchSize(buf, start, end);
  if (size === 0) return invalid('the request has no record batch for the partition');
  if (size === NOT_A_BATCH) return corruptBatch('the size or the magic of the batch is invalid');
  if (batchMagic(buf, start) !== MAGIC_V2) {
    return invalid(`only batches of magic 2 are accepted, not ${batchMagic(buf, start)}`);
  }
  const codec = batchCodec(buf, start);
  if (codecName(codec) === undefined || (codec === codecs.zstd && options.produceVersion < 7)) {
    const message = `Produce version ${options.produceVersion} cannot carry codec ${codec}`;
    return { error: 'UNSUPPORTED_COMPRESSION_TYPE', message };
  }
  const following = nextBatchSize(buf, start + size, end);
  if (following === NOT_A_BATCH) return corruptBatch('what follows the batch is not one');
  if (following > 0) return invalid('the request has more than one batch for the partition');
  if (batchBaseOffset(buf, start) !== 0) {
    return invalid(`the base offset should be 0, but it is ${batchBaseOffset(buf, start)}`);
  }
  if (size > options.maxSizeBytes) {
    const message = `the batch of ${size} bytes exceeds the maximum of ${options.maxSizeBytes}`;
    return { error: 'MESSAGE_TOO_LARGE', message };
  }
  if (!batchCrcIsValid(buf, start)) return corruptBatch('the CRC of the batch does not match');
  return checkClientHeader(buf, start);
}

/** What a client may not claim in a header. */
function checkClientHeader(buf: Buffer, at: number): RecordsProblem | undefined {
  const count = batchRecordCount(buf, at);
  const lastOffsetDelta = batchLastOffsetDelta(buf, at);
  if (lastOffsetDelta < 0) return invalid(`the last offset delta is ${lastOffsetDelta}`);
  if (count <= 0) return invalid(`the batch claims ${count} records`);
  if (lastOffsetDelta !== count - 1) {
    return invalid(`the batch claims ${count} records, but its last is number ${lastOffsetDelta}`);
  }
  if (batchIsControl(buf, at)) return invalid('clients are not allowed to write control records');
  const producerId = batchProducerId(buf, at);
  if (producerId > NO_PRODUCER_ID && batchBaseSequence(buf, at) < 0) {
    return invalid(`producer ${producerId} has the sequence ${batchBaseSequence(buf, at)}`);
  }
  return undefined;
}

function invalid(message: string): RecordsProblem {
  return { error: 'INVALID_RECORD', message };
}

function corruptBatch(message: string): RecordsProblem {
  return { error: 'CORRUPT_MESSAGE', message };
}
