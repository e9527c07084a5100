import type { Segments } from '../segment/segments.ts';
import type { TailReadLimits } from './log-tail.ts';
import { READ_STEP_BYTES, readBuffers } from './read-buffers.ts';

/**
 * Batches from the one that holds `startOffset` on, or from the next one where compaction has left a
 * gap: from one segment, at most `maxBytes`.
 */
export function readSegments(
  segments: Segments,
  startOffset: number,
  { maxBytes, maxOffset, minOneMessage, lends }: TailReadLimits,
): Buffer[] {
  for (const segment of segments.from(startOffset)) {
    const first = segment.find(startOffset);
    if (first === null) continue;
    const limit = segments.after(segment)?.baseOffset ?? Number.POSITIVE_INFINITY;
    const bounded = maxOffset < limit ? (segment.find(maxOffset)?.position ?? null) : null;
    const end = bounded ?? segment.sizeBytes;
    if (first.position >= end || (first.sizeBytes > maxBytes && !minOneMessage)) return [];
    const stop = Math.min(end, first.position + Math.max(maxBytes, first.sizeBytes));
    const found: Buffer[] = [];
    for (let at = first.position; at < stop; at += READ_STEP_BYTES) {
      const size = Math.min(READ_STEP_BYTES, stop - at);
      const target = lends === true ? readBuffers.take(size) : Buffer.allocUnsafe(size);
      found.push(segment.read(at, target));
    }
    return found;
  }
  return [];
}
