import type { Piece } from '@tidelog/platform';
import type { KafkaError } from '@tidelog/protocol';

/** Why a log refuses something: a wire error, and a sentence on this case. */
export interface LogFailure {
  readonly error: KafkaError;
  readonly message: string;
  /** Records of the batch that are at fault, for Produce v8 and newer. */
  readonly recordErrors?: readonly RecordError[];
}

export interface RecordError {
  /** Index of the record in its batch. */
  readonly index: number;
  readonly message: string;
}

export interface Appended {
  readonly error: null;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The time that the log stamped on the records, or -1 when they keep the producer's. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** An idempotent producer's retry: the records were there already, at these offsets. */
  readonly duplicate: boolean;
}

export type AppendResult = Appended | LogFailure;

export interface ReadData<Part extends Piece = Buffer> {
  readonly error: null;
  /** Whole batches from the one that holds the start offset on; only the last may be cut by the size limit. */
  readonly records: readonly Part[];
  readonly sizeBytes: number;
  /** With `abortedTransactions`: those that a read_committed consumer must skip in these records. */
  readonly abortedTransactions: readonly AbortedTransaction[];
}

export type ReadResult<Part extends Piece = Buffer> = ReadData<Part> | LogFailure;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface TimestampAndOffset {
  readonly timestamp: number;
  readonly offset: number;
  /** -1 when not known. */
  readonly leaderEpoch: number;
}

export interface EpochEndOffset {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

/** An idempotent or transactional producer, as DescribeProducers shows it. */
export interface ProducerView {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  /** -1 without an ongoing transaction. */
  readonly currentTxnStartOffset: number;
}

export function failure(error: KafkaError, message: string): LogFailure {
  return { error, message };
}

export function isFailure(result: object): result is LogFailure {
  return 'error' in result && result.error !== null;
}

/**
 * The storage under a partition can no longer be trusted: KAFKA_STORAGE_ERROR on the wire. Rejects
 * `flushed()`, and is thrown by opening a log whose synced bytes are damaged.
 */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/** There is no space left. The directory is sound, and the same may work later. */
export class DiskFullError extends StorageError {
  override readonly name = 'DiskFullError';
}
