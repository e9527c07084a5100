import { batchBaseOffset, batchLastOffset, batchSizeBytes } from '@tidelog/protocol';
import type { Segment } from '../segment/segment.ts';
import { giveBack } from './lent-memory.ts';
import type { LogTail } from './log-tail.ts';
import { READ_STEP_BYTES, readBuffers } from './read-buffers.ts';

/**
 * Reads the end of a log into its tail, for a reader that is about to get all of it, from the batch that
 * holds `startOffset` on: what comes next will be asked for too. False when it is more than `maxBytes`.
 */
export function fillTail(
  tail: LogTail,
  active: Segment,
  { startOffset, maxBytes }: { readonly startOffset: number; readonly maxBytes: number },
): boolean {
  if (startOffset < active.baseOffset) return false;
  const position = active.offsetIndex.lookup(startOffset);
  const sizeBytes = active.sizeBytes - position;
  if (sizeBytes > Math.min(maxBytes, READ_STEP_BYTES)) return false;
  const buffer = readBuffers.take(sizeBytes);
  const bytes = active.read(position, buffer);
  tail.clear();
  tail.follow();
  for (let at = 0, size = 0; at < bytes.length; at += size) {
    size = batchSizeBytes(bytes, at);
    const batch = bytes.subarray(at, at + size);
    tail.append(batchBaseOffset(batch, 0), batchLastOffset(batch, 0), batch);
  }
  giveBack([buffer]);
  return true;
}
