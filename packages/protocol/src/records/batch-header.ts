/**
 * The 61-byte header of a record batch, read and patched in place.
 *
 * Every function takes the buffer and the position `at` where the batch starts, and builds no object:
 * these are the broker's append and fetch paths. The caller has checked that the bytes are there
 * (`LOG_OVERHEAD` of them for the base offset and the size, `BATCH_HEADER_SIZE` for the rest).
 */
import { crc32c } from './crc32c.ts';

/** Bytes before the part that `batchLength` counts: the base offset and the length itself. */
export const LOG_OVERHEAD = 12;
/** Bytes up to and including the magic, the least that tells the format of a batch. */
export const BATCH_MAGIC_END = 17;
/** Bytes of a whole header; the records follow. */
export const BATCH_HEADER_SIZE = 61;
/** The message format since Apache Kafka 0.11, the only one that may be written. */
export const MAGIC_V2 = 2;

export const NO_TIMESTAMP = -1;
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_LEADER_EPOCH = -1;

const BASE_OFFSET_AT = 0;
const LENGTH_AT = 8;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
/** The CRC covers everything from here, so the base offset and the leader epoch may be patched freely. */
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const BASE_SEQUENCE_AT = 53;
const RECORD_COUNT_AT = 57;

const CODEC_MASK = 0x07;
const LOG_APPEND_TIME_FLAG = 0x08;
const TRANSACTIONAL_FLAG = 0x10;
const CONTROL_FLAG = 0x20;
const DELETE_HORIZON_FLAG = 0x40;
const DEFINED_ATTRIBUTES = 0x7f;

const TWO_TO_32 = 4294967296;

/**
 * A signed 64-bit integer as a number. Beyond 2^53 it is rounded: such a value is no offset, time or
 * producer id that a broker gives out, and it fails every bound that it is then held against.
 */
export function readInt64(buf: Buffer, at: number): number {
  return buf.readInt32BE(at) * TWO_TO_32 + buf.readUInt32BE(at + 4);
}

export function writeInt64(buf: Buffer, at: number, value: number): void {
  buf.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  buf.writeUInt32BE(value - Math.floor(value / TWO_TO_32) * TWO_TO_32, at + 4);
}

export function batchBaseOffset(buf: Buffer, at: number): number {
  return readInt64(buf, at + BASE_OFFSET_AT);
}

/** The whole size of the batch in bytes, its first 12 included. Untrusted: may be negative or absurd. */
export function batchSizeBytes(buf: Buffer, at: number): number {
  return buf.readInt32BE(at + LENGTH_AT) + LOG_OVERHEAD;
}

export function batchLeaderEpoch(buf: Buffer, at: number): number {
  return buf.readInt32BE(at + LEADER_EPOCH_AT);
}

export function batchMagic(buf: Buffer, at: number): number {
  return buf.readInt8(at + MAGIC_AT);
}

/** The CRC32C that the batch claims to have. */
export function batchCrc(buf: Buffer, at: number): number {
  return buf.readUInt32BE(at + CRC_AT);
}

export function batchAttributes(buf: Buffer, at: number): number {
  return buf.readInt16BE(at + ATTRIBUTES_AT);
}

/** The codec's number, 0 to 7; see `compression` for those that exist. */
export function batchCodec(buf: Buffer, at: number): number {
  return batchAttributes(buf, at) & CODEC_MASK;
}

export function batchIsLogAppendTime(buf: Buffer, at: number): boolean {
  return (batchAttributes(buf, at) & LOG_APPEND_TIME_FLAG) !== 0;
}

export function batchIsTransactional(buf: Buffer, at: number): boolean {
  return (batchAttributes(buf, at) & TRANSACTIONAL_FLAG) !== 0;
}

export function batchIsControl(buf: Buffer, at: number): boolean {
  return (batchAttributes(buf, at) & CONTROL_FLAG) !== 0;
}

export function batchHasDeleteHorizon(buf: Buffer, at: number): boolean {
  return (batchAttributes(buf, at) & DELETE_HORIZON_FLAG) !== 0;
}

export function batchLastOffsetDelta(buf: Buffer, at: number): number {
  return buf.readInt32BE(at + LAST_OFFSET_DELTA_AT);
}

export function batchLastOffset(buf: Buffer, at: number): number {
  return batchBaseOffset(buf, at) + batchLastOffsetDelta(buf, at);
}

/** What the records' timestamp deltas count from; the delete horizon itself where that flag is set. */
export function batchBaseTimestamp(buf: Buffer, at: number): number {
  return readInt64(buf, at + BASE_TIMESTAMP_AT);
}

export function batchMaxTimestamp(buf: Buffer, at: number): number {
  return readInt64(buf, at + MAX_TIMESTAMP_AT);
}

/** When tombstones and markers of a compacted batch may go (ms), or `NO_TIMESTAMP` (KIP-534). */
export function batchDeleteHorizonMs(buf: Buffer, at: number): number {
  return batchHasDeleteHorizon(buf, at) ? batchBaseTimestamp(buf, at) : NO_TIMESTAMP;
}

export function batchProducerId(buf: Buffer, at: number): number {
  return readInt64(buf, at + PRODUCER_ID_AT);
}

export function batchProducerEpoch(buf: Buffer, at: number): number {
  return buf.readInt16BE(at + PRODUCER_EPOCH_AT);
}

export function batchBaseSequence(buf: Buffer, at: number): number {
  return buf.readInt32BE(at + BASE_SEQUENCE_AT);
}

/** The sequence of the last record; sequences wrap from 2^31 - 1 to 0. */
export function batchLastSequence(buf: Buffer, at: number): number {
  const base = batchBaseSequence(buf, at);
  return base === NO_SEQUENCE ? NO_SEQUENCE : addSequence(base, batchLastOffsetDelta(buf, at));
}

export function addSequence(sequence: number, increment: number): number {
  const sum = sequence + increment;
  return sum > 0x7fffffff ? sum - 0x80000000 : sum;
}

export function batchRecordCount(buf: Buffer, at: number): number {
  return buf.readInt32BE(at + RECORD_COUNT_AT);
}

/** The CRC32C that the batch's bytes really have. The whole batch must be in the buffer. */
export function computeBatchCrc(buf: Buffer, at: number): number {
  return crc32c(buf, at + ATTRIBUTES_AT, at + batchSizeBytes(buf, at));
}

export function batchCrcIsValid(buf: Buffer, at: number): boolean {
  return (
    batchSizeBytes(buf, at) >= BATCH_HEADER_SIZE && computeBatchCrc(buf, at) === batchCrc(buf, at)
  );
}

/** Moves the batch to another offset; its CRC stays valid. */
export function setBatchBaseOffset(buf: Buffer, at: number, offset: number): void {
  writeInt64(buf, at + BASE_OFFSET_AT, offset);
}

/** Stamps the leader's epoch; the CRC stays valid. */
export function setBatchLeaderEpoch(buf: Buffer, at: number, epoch: number): void {
  buf.writeInt32BE(epoch, at + LEADER_EPOCH_AT);
}

/**
 * Marks the batch as stamped by the log (`message.timestamp.type=LogAppendTime`): its max timestamp
 * then stands for that of every record. The CRC is computed anew.
 */
export function setBatchLogAppendTime(buf: Buffer, at: number, timestampMs: number): void {
  const attributes = batchAttributes(buf, at) & DEFINED_ATTRIBUTES;
  buf.writeInt16BE(attributes | LOG_APPEND_TIME_FLAG, at + ATTRIBUTES_AT);
  writeInt64(buf, at + MAX_TIMESTAMP_AT, timestampMs);
  buf.writeUInt32BE(computeBatchCrc(buf, at), at + CRC_AT);
}

/**
 * Corrects the max timestamp to that of the records (`message.timestamp.type=CreateTime`), with the CRC,
 * where the header says otherwise.
 */
export function setBatchMaxTimestamp(buf: Buffer, at: number, timestampMs: number): void {
  if (batchMaxTimestamp(buf, at) === timestampMs && !batchIsLogAppendTime(buf, at)) return;
  const attributes = batchAttributes(buf, at) & DEFINED_ATTRIBUTES;
  buf.writeInt16BE(attributes & ~LOG_APPEND_TIME_FLAG, at + ATTRIBUTES_AT);
  writeInt64(buf, at + MAX_TIMESTAMP_AT, timestampMs);
  buf.writeUInt32BE(computeBatchCrc(buf, at), at + CRC_AT);
}

/** All of a header, for those who write one. */
export interface BatchHeader {
  /** The whole batch, header included. */
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly recordCount: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly codec?: number;
  readonly logAppendTime?: boolean;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** The base timestamp is the delete horizon. */
  readonly deleteHorizon?: boolean;
  readonly leaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** Writes a header before records that are already in place, with the CRC of the whole. */
export function writeBatchHeader(buf: Buffer, at: number, header: BatchHeader): void {
  writeInt64(buf, at + BASE_OFFSET_AT, header.baseOffset);
  buf.writeInt32BE(header.sizeBytes - LOG_OVERHEAD, at + LENGTH_AT);
  buf.writeInt32BE(header.leaderEpoch ?? NO_LEADER_EPOCH, at + LEADER_EPOCH_AT);
  buf.writeInt8(MAGIC_V2, at + MAGIC_AT);
  buf.writeInt16BE(attributesOf(header), at + ATTRIBUTES_AT);
  buf.writeInt32BE(header.lastOffsetDelta, at + LAST_OFFSET_DELTA_AT);
  writeInt64(buf, at + BASE_TIMESTAMP_AT, header.baseTimestamp);
  writeInt64(buf, at + MAX_TIMESTAMP_AT, header.maxTimestamp);
  writeInt64(buf, at + PRODUCER_ID_AT, header.producerId ?? NO_PRODUCER_ID);
  buf.writeInt16BE(header.producerEpoch ?? NO_PRODUCER_EPOCH, at + PRODUCER_EPOCH_AT);
  buf.writeInt32BE(header.baseSequence ?? NO_SEQUENCE, at + BASE_SEQUENCE_AT);
  buf.writeInt32BE(header.recordCount, at + RECORD_COUNT_AT);
  buf.writeUInt32BE(computeBatchCrc(buf, at), at + CRC_AT);
}

function attributesOf(header: BatchHeader): number {
  return (
    ((header.codec ?? 0) & CODEC_MASK) |
    (header.logAppendTime ? LOG_APPEND_TIME_FLAG : 0) |
    (header.transactional ? TRANSACTIONAL_FLAG : 0) |
    (header.control ? CONTROL_FLAG : 0) |
    (header.deleteHorizon ? DELETE_HORIZON_FLAG : 0)
  );
}
