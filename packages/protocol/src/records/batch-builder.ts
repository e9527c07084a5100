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
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

const INITIAL_SIZE = 1024;
const NO_HEADERS: readonly NewRecordHeader[] = [];
/** A record's length, attributes and two deltas at their longest. */
const MAX_RECORD_OVERHEAD = 21;
/** Below this a loop beats the call to copy bytes. */
const LOOP_COPY_LIMIT = 8;
/** The same for strings, whose calls cost more. */
const LOOP_TEXT_LIMIT = 16;

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
    const keySize = sizeOf(key);
    const valueSize = sizeOf(value);
    const headerSize = headers.length === 0 ? 1 : headersSize(headers, headers.length);
    const bodySize = sizeWithLength(keySize) + sizeWithLength(valueSize) + headerSize;
    const recordStart = this.#at;
    let at = this.#start(timestamp, bodySize);
    const buf = this.#buf;
    at = writeBytes(buf, at, key, keySize);
    at = writeBytes(buf, at, value, valueSize);
    if (headers.length === 0) buf[at++] = 0;
    else at = writeHeaders(buf, at, headers);
    this.#at = at;
    return at - recordStart;
  }

  /** Appends the record that a cursor stands on, at the next offset, without looking into it. */
  appendFrom(cursor: RecordCursor): void {
    const at = this.#start(cursor.timestamp, cursor.bodyEnd - cursor.bodyAt);
    cursor.buf.copy(this.#buf, at, cursor.bodyAt, cursor.bodyEnd);
    this.#at = at + cursor.bodyEnd - cursor.bodyAt;
  }

  /** The size that the batch would have with one more record, uncompressed. */
  sizeBytesWith(
    timestamp: number,
    key: RecordBytes,
    value: RecordBytes,
    headers: readonly NewRecordHeader[] = NO_HEADERS,
  ): number {
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp;
    const size =
      1 +
      varlongSize(timestampDelta) +
      varintSize(this.#nextDelta) +
      sizeWithLength(sizeOf(key)) +
      sizeWithLength(sizeOf(value)) +
      headersSize(headers, headers.length);
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

  /** Writes what precedes the key of a record with `bodySize` bytes from there, and returns where. */
  #start(timestamp: number, bodySize: number): number {
    if (this.#count === 0 && !this.#deleteHorizon) this.#baseTimestamp = timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;
    const delta = this.#nextDelta;
    const size = 1 + varlongSize(timestampDelta) + varintSize(delta) + bodySize;
    this.#makeRoom(size + 5);
    const buf = this.#buf;
    let at = writeVarint(buf, this.#at, size);
    buf[at++] = 0;
    at = writeVarlong(buf, at, timestampDelta);
    at = writeVarint(buf, at, delta);
    this.#count++;
    this.#nextDelta = delta + 1;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return at;
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
  return (
    BATCH_HEADER_SIZE +
    MAX_RECORD_OVERHEAD +
    sizeWithLength(sizeOf(key)) +
    sizeWithLength(sizeOf(value)) +
    headersSize(headers, headers.length)
  );
}

function sizeOf(bytes: RecordBytes): number {
  if (bytes === null) return -1;
  return typeof bytes === 'string' ? utf8Size(bytes) : bytes.length;
}

/** Looking at a short string beats the call. */
function utf8Size(text: string): number {
  if (text.length > LOOP_TEXT_LIMIT) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.byteLength(text);
  }
  return text.length;
}

function sizeWithLength(size: number): number {
  return size < 0 ? 1 : varintSize(size) + size;
}

function headersSize(headers: readonly NewRecordHeader[], count: number): number {
  let size = varintSize(count);
  for (let i = 0; i < count; i++) {
    const header = headers[i]!;
    size += sizeWithLength(sizeOf(header.key)) + sizeWithLength(sizeOf(header.value));
  }
  return size;
}

function writeHeaders(buf: Buffer, start: number, headers: readonly NewRecordHeader[]): number {
  let at = writeVarint(buf, start, headers.length);
  for (let i = 0; i < headers.length; i++) {
    const { key, value } = headers[i]!;
    at = writeBytes(buf, at, key, sizeOf(key));
    at = writeBytes(buf, at, value, sizeOf(value));
  }
  return at;
}

function writeBytes(buf: Buffer, start: number, bytes: RecordBytes, size: number): number {
  const at = writeVarint(buf, start, size);
  if (bytes === null) return at;
  if (typeof bytes === 'string') {
    // As many bytes as characters: all of them are ASCII, which Latin-1 writes without looking.
    if (size !== bytes.length) buf.write(bytes, at);
    else if (size > LOOP_TEXT_LIMIT) buf.write(bytes, at, size, 'latin1');
    else for (let i = 0; i < size; i++) buf[at + i] = bytes.charCodeAt(i);
  } else if (size <= LOOP_COPY_LIMIT) {
    for (let i = 0; i < size; i++) buf[at + i] = bytes[i]!;
  } else {
    buf.set(bytes, at);
  }
  return at + size;
}
