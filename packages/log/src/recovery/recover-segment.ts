import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchCrcIsValid,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchSizeBytes,
  MAGIC_V2,
} from '@tidelog/protocol';
import type { LeaderEpochs } from '../checkpoint/leader-epochs.ts';
import type { ProducerState } from '../producer-state/producer-state.ts';
import type { Segment } from '../segment/segment.ts';

const WINDOW_BYTES = 1 << 20;

export interface RecoveryTarget {
  readonly producers: ProducerState;
  readonly epochs: LeaderEpochs;
  readonly indexIntervalBytes: number;
  /** Everything below is on stable storage. */
  readonly recoveryPoint: number;
}

export interface SegmentRecovery {
  /** Bytes of sound batches, from the start of the file. */
  readonly validBytes: number;
  /** The offset behind the last sound batch. */
  readonly endOffset: number;
  /** Why the bytes that follow are no batch; null when nothing follows. */
  readonly damage: string | null;
}

/**
 * Reads a whole segment, checks every batch and rebuilds from them all that can be derived: the
 * indexes, the producers and the leader epochs. Leaves the log file with the bytes that it has, but
 * writes those above the recovery point once more: after a sync that failed the system may take them
 * for written, and no sync would ever bring them to the disk.
 */
export function recoverSegment(segment: Segment, target: RecoveryTarget): SegmentRecovery {
  const fileSize = segment.log.get().sizeBytes();
  segment.resetIndexes();
  let window: Buffer = Buffer.alloc(0);
  let at = 0;
  let endOffset = segment.baseOffset;
  let unflushedAt = -1; // in the window; -1 while there is none
  const writeAgain = (): void => {
    if (unflushedAt < 0) return;
    const bytes = window.subarray(unflushedAt, at);
    segment.log.write(bytes, segment.sizeBytes - bytes.length);
    unflushedAt = -1;
  };
  for (;;) {
    const left = fileSize - segment.sizeBytes;
    // Twice: only the header tells how long the batch is.
    for (let needed = bytesNeeded(window, at); window.length - at < Math.min(needed, left); ) {
      writeAgain();
      window = segment.read(
        segment.sizeBytes,
        Buffer.allocUnsafe(Math.min(Math.max(needed, WINDOW_BYTES), left)),
      );
      at = 0;
      needed = bytesNeeded(window, at);
    }
    const damage = damageAt(window, at, endOffset, segment);
    if (damage !== null) {
      writeAgain();
      const validBytes = segment.sizeBytes;
      return { validBytes, endOffset, damage: validBytes === fileSize ? null : damage };
    }
    const batch = window.subarray(at, at + batchSizeBytes(window, at));
    segment.index(batch, target.indexIntervalBytes);
    takeIn(batch, segment, target);
    endOffset = batchLastOffset(batch, 0) + 1;
    if (unflushedAt < 0 && endOffset > target.recoveryPoint) unflushedAt = at;
    at += batch.length;
  }
}

function bytesNeeded(window: Buffer, at: number): number {
  if (window.length - at < BATCH_HEADER_SIZE) return BATCH_HEADER_SIZE;
  return Math.max(BATCH_HEADER_SIZE, batchSizeBytes(window, at));
}

/** Why the bytes at `at` are no batch that may stand here; null when they are one. */
function damageAt(window: Buffer, at: number, endOffset: number, segment: Segment): string | null {
  const available = window.length - at;
  if (available < BATCH_HEADER_SIZE) return 'the last batch is not whole';
  const size = batchSizeBytes(window, at);
  if (size < BATCH_HEADER_SIZE) return `a batch claims ${size} bytes`;
  if (batchMagic(window, at) !== MAGIC_V2) return `a batch has magic ${batchMagic(window, at)}`;
  if (size > available) return 'the last batch is not whole';
  if (!batchCrcIsValid(window, at)) return 'a batch has a wrong CRC';
  const baseOffset = batchBaseOffset(window, at);
  const lastOffset = batchLastOffset(window, at);
  const inOrder = baseOffset >= endOffset && lastOffset >= baseOffset;
  if (inOrder && segment.offsetIndex.canHold(lastOffset)) return null;
  return `a batch has offsets ${baseOffset} to ${lastOffset} after ${endOffset - 1}`;
}

function takeIn(batch: Buffer, segment: Segment, { producers, epochs }: RecoveryTarget): void {
  const epoch = batchLeaderEpoch(batch, 0);
  if (epoch > epochs.latestEpoch) epochs.assign(epoch, batchBaseOffset(batch, 0));
  const completed = producers.apply(batch, 0);
  if (completed?.aborted) segment.transactionIndex.append(completed);
}
