/**
 * Memory for the frames that outlive the chunk in which they came. The garbage collector's work
 * grows with the number of allocations, so frames of the size of a batch are cut one after the other
 * from larger pieces. A piece goes when its last frame does, and frames go in about the order in
 * which they came: the log's tail in memory drops the oldest append first. Small frames stay away
 * from the pieces, because some of them are kept for long (what a member of a group subscribes to).
 */
const PIECE_BYTES = 1 << 20;
const SMALLEST_BYTES = 4096;
const LARGEST_BYTES = PIECE_BYTES / 4;

let piece = Buffer.alloc(0);
let used = 0;

/** Memory of `sizeBytes`, not initialised. */
export function allocateFrame(sizeBytes: number): Buffer {
  if (sizeBytes < SMALLEST_BYTES || sizeBytes > LARGEST_BYTES) {
    return Buffer.allocUnsafeSlow(sizeBytes);
  }
  if (used + sizeBytes > piece.length) {
    piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    used = 0;
  }
  const start = used;
  used += sizeBytes;
  return piece.subarray(start, used);
}

/** A copy of a borrowed frame. */
export function ownFrame(frame: Buffer): Buffer {
  if (frame.length < SMALLEST_BYTES) return Buffer.from(frame);
  const copy = allocateFrame(frame.length);
  frame.copy(copy);
  return copy;
}
