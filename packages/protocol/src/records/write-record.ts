/** The parts of a record, written into a batch that has room for them. */
import type { NewRecordHeader, RecordBytes } from './record.ts';
import { varintSize, writeVarint } from './varint.ts';

/** Below this a loop beats the call to copy bytes. */
const LOOP_COPY_LIMIT = 8;
/** The same for strings, whose calls cost more. */
const LOOP_TEXT_LIMIT = 24;

/** Writes a key or a value with its length and returns the position after it. */
export function writeRecordBytes(buf: Buffer, start: number, bytes: RecordBytes): number {
  if (bytes === null) return writeVarint(buf, start, -1);
  if (typeof bytes === 'string') return writeText(buf, start, bytes);
  const size = bytes.length;
  const at = writeVarint(buf, start, size);
  if (size > LOOP_COPY_LIMIT) buf.set(bytes, at);
  else for (let i = 0; i < size; i++) buf[at + i] = bytes[i]!;
  return at + size;
}

export function writeRecordHeaders(
  buf: Buffer,
  start: number,
  headers: readonly NewRecordHeader[],
): number {
  let at = writeVarint(buf, start, headers.length);
  for (let i = 0; i < headers.length; i++) {
    const { key, value } = headers[i]!;
    at = writeRecordBytes(buf, at, key);
    at = writeRecordBytes(buf, at, value);
  }
  return at;
}

/**
 * Puts a length before the bytes that were written at `at`, for which `room` bytes were left before them; where
 * it takes more, what was written moves on. Returns the position after it.
 */
export function writeLengthBefore(buf: Buffer, at: number, room: number, size: number): number {
  const shift = varintSize(size) - room;
  if (shift !== 0) buf.copyWithin(at + shift, at, at + size);
  writeVarint(buf, at - room, size);
  return at + shift + size;
}

/** One pass over the text: the room for its length is what it takes where all of it is ASCII. */
function writeText(buf: Buffer, start: number, text: string): number {
  const units = text.length;
  const room = varintSize(units);
  const at = start + room;
  if (units <= LOOP_TEXT_LIMIT) {
    let i = 0;
    for (; i < units; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) break;
      buf[at + i] = unit;
    }
    if (i === units) {
      buf[start] = units << 1;
      return at + units;
    }
  }
  return writeLengthBefore(buf, at, room, buf.write(text, at));
}
