import type { FileRange, Piece } from '@tidelog/platform';
import type { Segment } from '../segment/segment.ts';
import type { Segments } from '../segment/segments.ts';
import { lend } from './lent-memory.ts';
import type { TailReadLimits } from './log-tail.ts';
import { READ_STEP_BYTES, readBuffers } from './read-buffers.ts';

/** A shorter range is read: to send it by itself costs more than that. */
const LEAST_RANGE_BYTES = 1 << 16;

/** Takes at most `READ_STEP_BYTES` of a segment in one of several ways. */
export type Take<Part> = (segment: Segment, position: number, sizeBytes: number) => Part;

export const readOwned: Take<Buffer> = (segment, position, sizeBytes) =>
  segment.read(position, Buffer.allocUnsafe(sizeBytes));

export const readLent: Take<Buffer> = (segment, position, sizeBytes) =>
  segment.read(position, readBuffers.take(sizeBytes));

/**
 * Leaves the bytes where they are, for the socket to send them from there, where it can; `onFailure` hears of
 * a disk that fails by then.
 */
export function leaveInFile(onFailure: (error: Error) => void): Take<Piece> {
  return (segment, position, sizeBytes) => {
    if (sizeBytes < LEAST_RANGE_BYTES) return readLent(segment, position, sizeBytes);
    const range = segment.log.get().range(position, sizeBytes, onFailure);
    return range === null ? readLent(segment, position, sizeBytes) : lend(range, rangeLender);
  };
}

const rangeLender = { takeBack: (range: FileRange) => range.release() };

/**
 * Batches from the one that holds `startOffset` on, or from the next one where compaction has left a
 * gap: from one segment, at most `maxBytes`.
 */
export function readSegments<Part>(
  segments: Segments,
  startOffset: number,
  { maxBytes, maxOffset, minOneMessage }: TailReadLimits,
  take: Take<Part>,
): Part[] {
  let next: Segment | undefined = segments.floor(startOffset) ?? segments.first;
  while (next !== undefined) {
    const segment = next;
    next = segments.after(segment);
    const first = segment.find(startOffset);
    if (first === null) continue;
    const limit = next?.baseOffset ?? Number.POSITIVE_INFINITY;
    const bounded = maxOffset < limit ? (segment.find(maxOffset)?.position ?? null) : null;
    const end = bounded ?? segment.sizeBytes;
    if (first.position >= end || (first.sizeBytes > maxBytes && !minOneMessage)) return [];
    const stop = Math.min(end, first.position + Math.max(maxBytes, first.sizeBytes));
    const found: Part[] = [];
    for (let at = first.position; at < stop; at += READ_STEP_BYTES) {
      found.push(take(segment, at, Math.min(READ_STEP_BYTES, stop - at)));
    }
    return found;
  }
  return [];
}
