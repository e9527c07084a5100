/** What records take in a batch: exactly, and at most without looking into their texts. */
import type { NewRecordHeader, RecordBytes } from './record.ts';
import { varintSize } from './varint.ts';

/** A record's length, attributes and two deltas at their longest. */
export const MAX_RECORD_OVERHEAD = 21;
/** The same as they mostly are, but for the record's length, with the lengths of key and value and the count of headers. */
const USUAL_OVERHEAD = 7;
/** More than what `recordUnits` does not count, at its longest. */
const MAX_OVERHEAD = 36;
/** Both lengths of a header. */
const HEADER_OVERHEAD = 4;
/** UTF-8 takes at most three bytes for each unit of a string. */
const MAX_BYTES_PER_UNIT = 3;

/** What key, value and headers take in a record, with their lengths. */
export function recordBodySize(
  key: RecordBytes,
  value: RecordBytes,
  headers: readonly NewRecordHeader[],
): number {
  const size = sizeWithLength(sizeOf(key)) + sizeWithLength(sizeOf(value));
  return size + (headers.length === 0 ? 1 : headersSize(headers));
}

/** About what follows a record's length, without looking into its texts; exact for most where they are ASCII. */
export function roughRecordSize(
  key: RecordBytes,
  value: RecordBytes,
  headers: readonly NewRecordHeader[],
): number {
  const size = USUAL_OVERHEAD + unitsOf(key) + unitsOf(value);
  return headers.length === 0 ? size : size + headerUnits(headers);
}

/** What a record of a rough size takes at most. */
export function recordSizeBound(roughSize: number): number {
  return MAX_OVERHEAD + MAX_BYTES_PER_UNIT * roughSize;
}

function headerUnits(headers: readonly NewRecordHeader[]): number {
  let units = 0;
  for (let i = 0; i < headers.length; i++) {
    const header = headers[i]!;
    units += HEADER_OVERHEAD + unitsOf(header.key) + unitsOf(header.value);
  }
  return units;
}

function unitsOf(bytes: RecordBytes): number {
  return bytes === null ? 0 : bytes.length;
}

function sizeOf(bytes: RecordBytes): number {
  if (bytes === null) return -1;
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}

function sizeWithLength(size: number): number {
  return size < 0 ? 1 : varintSize(size) + size;
}

function headersSize(headers: readonly NewRecordHeader[]): number {
  let size = varintSize(headers.length);
  for (let i = 0; i < headers.length; i++) {
    const header = headers[i]!;
    size += sizeWithLength(sizeOf(header.key)) + sizeWithLength(sizeOf(header.value));
  }
  return size;
}
