import { batchBaseOffset, batchLastOffset, batchSizeBytes } from '@tidelog/protocol';
import type { Segment } from '../segment/segment.ts';
import { giveBack } from './lent-memory.ts';
import type { LogTail } from './log-tail.ts';
import { READ_STEP_BYTES, readBuffers } from './read-buffers.ts';

/** Where batches are larger, some tails begin later. */
const MAX_BATCH_BYTES = 1 << 20;

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
  const mostBytes = Math.min(maxBytes, READ_STEP_BYTES);
  // The index points to a batch before: who is far behind is told so without a look into the file.
  if (active.sizeBytes - active.offsetIndex.lookup(startOffset) > mostBytes + MAX_BATCH_BYTES) {
    return false;
  }
  const first = active.find(startOffset);
  if (first === null || active.sizeBytes - first.position > mostBytes) return false;
  const buffer = readBuffers.take(active.sizeBytes - first.position);
  const bytes = active.read(first.position, buffer);
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
