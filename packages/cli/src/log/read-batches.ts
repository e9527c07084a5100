import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { batchSizeBytes, LOG_OVERHEAD, NOT_A_BATCH, nextBatchSize } from '@tidelog/protocol';

/** A whole batch, or why the file cannot be read on from a position. */
export type BatchAt =
  | { readonly position: number; readonly bytes: Buffer }
  | { readonly position: number; readonly problem: string };

const WINDOW_BYTES = 1024 * 1024;

/** Larger than any batch that a broker takes: whatever says so is damage. */
const MAX_BATCH_BYTES = 1024 * 1024 * 1024;

/** The batches of a segment, or of a snapshot of the metadata log, one after the other. */
export function* readBatches(path: string): Generator<BatchAt> {
  const file = openSync(path, 'r');
  try {
    const { size: fileSize } = fstatSync(file);
    let position = 0;
    let sizeBytes = WINDOW_BYTES;
    while (position < fileSize) {
      const window = Buffer.allocUnsafe(Math.min(sizeBytes, fileSize - position));
      const end = readSync(file, window, 0, window.length, position);
      let at = 0;
      let size = nextBatchSize(window, 0, end);
      for (; size > 0; size = nextBatchSize(window, at, end)) {
        yield { position: position + at, bytes: window.subarray(at, at + size) };
        at += size;
      }
      position += at;
      const left = fileSize - position;
      const problem = size === NOT_A_BATCH ? noBatch(window.subarray(at, end), left) : null;
      if (problem !== null) return yield { position, problem };
      sizeBytes = WINDOW_BYTES;
      if (at > 0 || left === 0) continue;
      const wanted = end < LOG_OVERHEAD ? left + 1 : batchSizeBytes(window, 0);
      if (wanted > left || wanted > MAX_BATCH_BYTES) {
        return yield { position, problem: `the file ends within a batch: ${left} bytes are left` };
      }
      sizeBytes = wanted;
    }
  } finally {
    closeSync(file);
  }
}

/** Segments may be allocated ahead: zeros up to the end are no damage. */
function noBatch(bytes: Buffer, left: number): string {
  const isZero = bytes.every((byte) => byte === 0);
  return isZero ? `${left} bytes of zeros to the end` : `${left} bytes that are no batch`;
}
