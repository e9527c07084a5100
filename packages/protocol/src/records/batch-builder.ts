import { compress } from '../compression/index.ts';
import {
  BATCH_HEADER_SIZE,
  type BatchHeader,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  writeBatchHeader,
} from './batch-header.ts';
import type { NewRecordHeader, RecordBytes } from './record.ts';
import type { RecordCursor } from './record-cursor.ts';
import {
  MAX_RECORD_OVERHEAD,
  recordBodySize,
  recordSizeBound,
  roughRecordSize,
} from './record-size.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';
import { writeLengthBefore, writeRecordBytes, writeRecordHeaders } from './write-record.ts';

const INITIAL_SIZE = 1024;
const NO_HEADERS: readonly NewRecordHeader[] = [];
export interface BatchOptions
  extends Pick<
    BatchHeader,
    'leaderEpoch' | 'producerId' | 'producerEpoch' | 'baseSequence' | 'transactional' | 'control'
  > {
  readonly baseOffset?: number;
  readonly codec?: number;
  /** As for `compress`. */
  readonly level?: number | undefined;
  /** Set, it stamps the batch: every record then has this time (`LogAppendTime`). */
  readonly logAppendTimeMs?: number;
  /** Greater than the last record's where compaction has removed those at the end. */
  readonly lastOffsetDelta?: number;
}

/**
 * Encodes records one after the other into a buffer that grows and is used again for the next batch.
 *
 * @example
 * const builder = new BatchBuilder();
 * builder.append(Date.now(), 'key', 'value');
 * const batch = builder.finish({ codec: codecs.lz4 });
 */
export class BatchBuilder {
  #buf: Buffer;
  #at = BATCH_HEADER_SIZE;
  #count = 0;
  #nextDelta = 0;
  #baseTimestamp = NO_TIMESTAMP;
  #maxTimestamp = NO_TIMESTAMP;
  #deleteHorizon = false;

  constructor(initialSizeBytes: number = INITIAL_SIZE) {
    this.#buf = Buffer.allocUnsafeSlow(Math.max(initialSizeBytes, BATCH_HEADER_SIZE));
  }

  /** Forgets all records. With a delete horizon (ms, KIP-534), that of the batch to be built. */
  reset(deleteHorizonMs?: number): void {
    this.#at = BATCH_HEADER_SIZE;
    this.#count = 0;
    this.#nextDelta = 0;
    this.#deleteHorizon = deleteHorizonMs !== undefined;
    this.#baseTimestamp = deleteHorizonMs ?? NO_TIMESTAMP;
    this.#maxTimestamp = NO_TIMESTAMP;
  }

  get recordCount(): number {
    return this.#count;
  }

  /** What the batch takes uncompressed, its header included: what `batch.size` is held against. */
  get sizeBytes(): number {
    return this.#at;
  }

  /** What it can hold before it grows. */
  get capacityBytes(): number {
    return this.#buf.length;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Leaves a gap, so that the next record's offset is `delta` above the base offset. */
  skipToDelta(delta: number): void {
    if (delta < this.#nextDelta) throw new RangeError(`offset delta ${delta} was passed already`);
    this.#nextDelta = delta;
  }

  /** Appends a record at the next offset, and returns the bytes that it took. */
  append(
    timestamp: number,
    key: RecordBytes,
    value: RecordBytes,
    headers: readonly NewRecordHeader[] = NO_HEADERS,
  ): number {
    if (timestamp < NO_TIMESTAMP) throw new RangeError(`negative timestamp ${timestamp}`);
    const rough = roughRecordSize(key, value, headers);
    if (!(this.#at + recordSizeBound(rough) <= this.#buf.length)) {
      if (Number.isNaN(rough)) throw new TypeError('a record consists of bytes, strings and null');
      this.#makeRoom(MAX_RECORD_OVERHEAD + recordBodySize(key, value, headers));
    }
    const buf = this.#buf;
    const room = varintSize(rough);
    const start = this.#at + room;
    let at = this.#writeDeltas(timestamp, start);
    at = writeRecordBytes(buf, at, key);
    at = writeRecordBytes(buf, at, value);
    if (headers.length === 0) buf[at++] = 0;
    else at = writeRecordHeaders(buf, at, headers);
    return this.#added(timestamp, writeLengthBefore(buf, start, room, at - start));
  }

  /** Appends the record that a cursor stands on, at the next offset, without looking into it. */
  appendFrom({ timestamp, buf, bodyAt, bodyEnd }: RecordCursor): void {
    const bodySize = bodyEnd - bodyAt;
    this.#makeRoom(MAX_RECORD_OVERHEAD + bodySize);
    const room = varintSize(bodySize);
    const start = this.#at + room;
    const at = this.#writeDeltas(timestamp, start);
    buf.copy(this.#buf, at, bodyAt, bodyEnd);
    this.#added(timestamp, writeLengthBefore(this.#buf, start, room, at + bodySize - start));
  }

  /** The size that the batch would have with one more record, uncompressed. */
  sizeBytesWith(
    timestamp: number,
    key: RecordBytes,
    value: RecordBytes,
    headers: readonly NewRecordHeader[] = NO_HEADERS,
  ): number {
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp;
    const deltas = varlongSize(timestampDelta) + varintSize(this.#nextDelta);
    const size = 1 + deltas + recordBodySize(key, value, headers);
    return this.#at + varintSize(size) + size;
  }

  /**
   * The batch, in a buffer of its own; the builder keeps its records until `reset`, so that they can be
   * finished again with other options. Throws where there are none.
   */
  finish(options: BatchOptions = {}): Buffer {
    if (this.#count === 0) throw new RangeError('a batch has at least one record');
    const codec = options.codec ?? 0;
    const plain = this.#buf.subarray(BATCH_HEADER_SIZE, this.#at);
    const records = compress(codec, plain, options.level);
    const batch = Buffer.allocUnsafeSlow(BATCH_HEADER_SIZE + records.length);
    records.copy(batch, BATCH_HEADER_SIZE);
    this.#writeHeader(batch, options);
    return batch;
  }

  /**
   * As `finish` without compression, in the builder's own memory instead of a copy: the batch is overwritten by
   * what is appended after `reset`.
   */
  finishInPlace(options: Omit<BatchOptions, 'codec' | 'level'> = {}): Buffer {
    if (this.#count === 0) throw new RangeError('a batch has at least one record');
    const batch = this.#buf.subarray(0, this.#at);
    this.#writeHeader(batch, options);
    return batch;
  }

  #writeHeader(batch: Buffer, options: BatchOptions): void {
    // Named one by one: a spread costs more than the rest of the header.
    writeBatchHeader(batch, 0, {
      leaderEpoch: options.leaderEpoch ?? NO_LEADER_EPOCH,
      producerId: options.producerId ?? NO_PRODUCER_ID,
      producerEpoch: options.producerEpoch ?? NO_PRODUCER_EPOCH,
      baseSequence: options.baseSequence ?? NO_SEQUENCE,
      transactional: options.transactional ?? false,
      control: options.control ?? false,
      sizeBytes: batch.length,
      codec: options.codec ?? 0,
      baseOffset: options.baseOffset ?? 0,
      lastOffsetDelta: options.lastOffsetDelta ?? this.#nextDelta - 1,
      recordCount: this.#count,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: options.logAppendTimeMs ?? this.#maxTimestamp,
      logAppendTime: options.logAppendTimeMs !== undefined,
      deleteHorizon: this.#deleteHorizon,
    });
  }

  /** Writes what precedes the key of a record, but for its length, and returns the position after it. */
  #writeDeltas(timestamp: number, start: number): number {
    if (this.#count === 0 && !this.#deleteHorizon) this.#baseTimestamp = timestamp;
    const buf = this.#buf;
    buf[start] = 0; // the attributes, of which none is defined
    const at = writeVarlong(buf, start + 1, timestamp - this.#baseTimestamp);
    return writeVarint(buf, at, this.#nextDelta);
  }

  /** Counts the record that ends at `end`, and returns the bytes that it took. */
  #added(timestamp: number, end: number): number {
    const size = end - this.#at;
    this.#at = end;
    this.#count++;
    this.#nextDelta++;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return size;
  }

  #makeRoom(sizeBytes: number): void {
    if (this.#at + sizeBytes <= this.#buf.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buf.length * 2, this.#at + sizeBytes));
    this.#buf.copy(grown, 0, 0, this.#at);
    this.#buf = grown;
  }
}

/** What a batch with only this record takes at most, uncompressed: held against `max.request.size`. */
export function batchSizeUpperBound(
  key: RecordBytes,
  value: RecordBytes,
  headers: readonly NewRecordHeader[] = NO_HEADERS,
): number {
  return BATCH_HEADER_SIZE + MAX_RECORD_OVERHEAD + recordBodySize(key, value, headers);
}
