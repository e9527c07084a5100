import { decompress } from '../compression/index.ts';
import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchBaseTimestamp,
  batchCodec,
  batchIsLogAppendTime,
  batchMaxTimestamp,
  batchRecordCount,
  batchSizeBytes,
} from './batch-header.ts';
import type { BatchRecord, RecordHeader } from './record.ts';

/** What a batch may decompress to where the caller sets no bound of its own. */
export const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);
const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * Walks over the records of a batch without building an object for each: after `next()` the fields tell
 * where the parts of the current record lie. One cursor serves any number of batches.
 *
 * @example
 * const cursor = new RecordCursor();
 * cursor.open(buf, at);
 * while (cursor.next()) total += cursor.valueSize;
 * if (cursor.problem !== undefined) ...
 */
export class RecordCursor {
  /** Where the positions below point into: the batch's buffer, or what its records decompressed to. */
  buf: Buffer = NOTHING;
  offset = 0;
  timestamp = 0;
  keyAt = 0;
  /** -1 where the key is null; so for the value. */
  keySize = -1;
  valueAt = 0;
  valueSize = -1;
  headersAt = 0;
  headerCount = 0;
  /** From the key's length to the record's end: what can be copied as it is into another batch. */
  bodyAt = 0;
  bodyEnd = 0;
  /** Why the batch cannot be read on; undefined while all is well. */
  problem: string | undefined = undefined;
  /** True where `problem` is that the records would decompress to more than was allowed. */
  tooLarge = false;

  #at = 0;
  #end = 0;
  #left = 0;
  #overrun = false;
  #baseOffset = 0;
  #baseTimestamp = 0;
  #logAppendTime = false;
  #maxTimestamp = 0;
  #start = 0;
  #count = 0;

  /**
   * Stands before the first record of the batch at `at`, whose bytes are all in `buf` and whose CRC has
   * been checked. Compressed records are decompressed, to at most `maxSizeBytes`.
   */
  open(buf: Buffer, at: number, maxSizeBytes: number = MAX_DECOMPRESSED_BYTES): boolean {
    this.problem = undefined;
    this.tooLarge = false;
    this.#overrun = false;
    this.#baseOffset = batchBaseOffset(buf, at);
    this.#baseTimestamp = batchBaseTimestamp(buf, at);
    this.#logAppendTime = batchIsLogAppendTime(buf, at);
    this.#maxTimestamp = batchMaxTimestamp(buf, at);
    this.#left = batchRecordCount(buf, at);
    this.#count = this.#left;
    const end = at + batchSizeBytes(buf, at);
    const start = at + BATCH_HEADER_SIZE;
    if (this.#left < 0 || end > buf.length || start > end) {
      return this.#fail('the batch lies about its size or its count of records');
    }
    const codec = batchCodec(buf, at);
    if (codec === 0 || this.#left === 0) {
      this.buf = buf;
      this.#start = start;
      this.#at = start;
      this.#end = this.#left === 0 ? start : end;
      return true;
    }
    const plain = decompress(codec, buf.subarray(start, end), maxSizeBytes);
    if (typeof plain === 'string') {
      this.tooLarge = plain === 'too large';
      return this.#fail(`the records cannot be decompressed: ${plain}`);
    }
    this.buf = plain;
    this.#start = 0;
    this.#at = 0;
    this.#end = plain.length;
    return true;
  }

  /** Back to before the first record, without decompressing again; for a batch without a `problem`. */
  rewind(): void {
    this.#at = this.#start;
    this.#left = this.#count;
  }

  /** Lets go of the bytes, so that a cursor that is used again keeps no batch alive until then. */
  release(): void {
    this.buf = NOTHING;
  }

  /** Moves to the next record; false at the end, and at a `problem`. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#at !== this.#end) this.#fail('bytes remain after the last record');
      return false;
    }
    this.#left--;
    const size = this.#varint();
    const end = this.#at + size;
    if (size < 0 || end > this.#end || this.#overrun) {
      return this.#fail('a record is longer than its batch');
    }
    this.#at++; // the attributes, of which none is defined
    const timestampDelta = this.#varlong();
    this.timestamp = this.#logAppendTime
      ? this.#maxTimestamp
      : this.#baseTimestamp + timestampDelta;
    this.offset = this.#baseOffset + this.#varint();
    this.bodyAt = this.#at;
    this.bodyEnd = end;
    const keySize = this.#varint();
    this.keySize = keySize < 0 ? -1 : keySize;
    this.keyAt = this.#at;
    if (keySize > 0) this.#at += keySize;
    const valueSize = this.#varint();
    this.valueSize = valueSize < 0 ? -1 : valueSize;
    this.valueAt = this.#at;
    if (valueSize > 0) this.#at += valueSize;
    this.headerCount = this.#varint();
    this.headersAt = this.#at;
    if (this.headerCount !== 0) this.#skipHeaders(end);
    if (this.#at !== end || this.#overrun) return this.#fail('a record lies about its size');
    return true;
  }

  get key(): Buffer | null {
    return this.keySize < 0 ? null : this.buf.subarray(this.keyAt, this.keyAt + this.keySize);
  }

  get value(): Buffer | null {
    return this.valueSize < 0
      ? null
      : this.buf.subarray(this.valueAt, this.valueAt + this.valueSize);
  }

  get headers(): readonly RecordHeader[] {
    return this.headerCount === 0
      ? NO_HEADERS
      : decodeHeaders(this.buf, this.headersAt, this.headerCount);
  }

  /** The current record as a plain object. */
  read(): BatchRecord {
    return {
      offset: this.offset,
      timestamp: this.timestamp,
      key: this.key,
      value: this.value,
      headers: this.headers,
    };
  }

  /** The current record as an object that cuts its parts out only when they are asked for. */
  view(): BatchRecord {
    return new RecordView(this);
  }

  #fail(problem: string): false {
    this.problem ??= problem;
    this.#left = 0;
    this.#at = this.#end;
    return false;
  }

  #skipHeaders(end: number): void {
    // Each takes two bytes at least, so a count that lies ends early.
    if (this.headerCount < 0 || this.headerCount > end - this.#at) {
      this.#overrun = true;
      return;
    }
    for (let left = this.headerCount; left > 0 && this.#at < end; left--) {
      const keySize = this.#varint();
      if (keySize < 0) this.#overrun = true;
      else this.#at += keySize;
      const valueSize = this.#varint();
      if (valueSize > 0) this.#at += valueSize;
      if (left > 1 && this.#at >= end) this.#overrun = true;
    }
  }

  /** Written out for the one or two bytes that nearly all of them have. */
  #varint(): number {
    const { buf } = this;
    const at = this.#at;
    const first = buf[at]!;
    if (first < 128) {
      this.#at = at + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = buf[at + 1]!;
    if (second < 128) {
      this.#at = at + 2;
      const zigzag = (first & 127) | (second << 7);
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    this.#at = at + 1;
    return this.#longVarint(first);
  }

  #longVarint(first: number): number {
    let zigzag = first & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.buf[this.#at++]!;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    this.#overrun = true;
    return 0;
  }

  #varlong(): number {
    const first = this.buf[this.#at++]!;
    return first < 128 ? (first >>> 1) ^ -(first & 1) : this.#longVarlong(first);
  }

  #longVarlong(first: number): number {
    // Half of the zigzag: the whole would exceed what a number holds exactly.
    let half = (first & 127) >>> 1;
    for (let scale = 64, left = 9; left > 0; left--, scale *= 128) {
      const byte = this.buf[this.#at++]!;
      half += (byte & 127) * scale;
      if (byte < 128) return (first & 1) === 0 ? half : -half - 1;
    }
    this.#overrun = true;
    return 0;
  }
}

/**
 * All records of a batch. For batches that were checked before, such as those of our own log: bytes that
 * cannot be read throw.
 */
export function readRecords(buf: Buffer, at = 0, maxSizeBytes?: number): BatchRecord[] {
  const cursor = new RecordCursor();
  const records: BatchRecord[] = [];
  cursor.open(buf, at, maxSizeBytes);
  while (cursor.next()) records.push(cursor.read());
  if (cursor.problem !== undefined) {
    throw new Error(`the batch at offset ${batchBaseOffset(buf, at)}: ${cursor.problem}`);
  }
  return records;
}

class RecordView implements BatchRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly #buf: Buffer;
  readonly #keyAt: number;
  readonly #keySize: number;
  readonly #valueAt: number;
  readonly #valueSize: number;
  readonly #headersAt: number;
  readonly #headerCount: number;

  constructor(cursor: RecordCursor) {
    this.offset = cursor.offset;
    this.timestamp = cursor.timestamp;
    this.#buf = cursor.buf;
    this.#keyAt = cursor.keyAt;
    this.#keySize = cursor.keySize;
    this.#valueAt = cursor.valueAt;
    this.#valueSize = cursor.valueSize;
    this.#headersAt = cursor.headersAt;
    this.#headerCount = cursor.headerCount;
  }

  get key(): Buffer | null {
    return this.#keySize < 0 ? null : this.#buf.subarray(this.#keyAt, this.#keyAt + this.#keySize);
  }

  get value(): Buffer | null {
    return this.#valueSize < 0
      ? null
      : this.#buf.subarray(this.#valueAt, this.#valueAt + this.#valueSize);
  }

  get headers(): readonly RecordHeader[] {
    return this.#headerCount === 0
      ? NO_HEADERS
      : decodeHeaders(this.#buf, this.#headersAt, this.#headerCount);
  }
}

/** The cursor has walked over these bytes, so their lengths hold. */
function decodeHeaders(buf: Buffer, start: number, count: number): RecordHeader[] {
  let at = start;
  const varint = (): number => {
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buf[at++]!;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
  };
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const keySize = varint();
    const key = buf.toString('utf8', at, at + keySize);
    at += keySize;
    const valueSize = varint();
    const value = valueSize < 0 ? null : buf.subarray(at, at + valueSize);
    if (valueSize > 0) at += valueSize;
    headers.push({ key, value });
  }
  return headers;
}
