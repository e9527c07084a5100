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
import { giveBack } from '../read/lent-memory.ts';
import { READ_STEP_BYTES, readBuffers } from '../read/read-buffers.ts';
import type { Segment } from '../segment/segment.ts';

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
  /** Where the first batch begins that reaches above the recovery point; the end when none does. */
  readonly unflushedFrom: number;
  /** Why the bytes that follow are no batch; null when nothing follows. */
  readonly damage: string | null;
}

/**
 * Reads a whole segment, checks every batch and rebuilds from them all that can be derived: the
 * indexes, the producers and the leader epochs. Leaves the log file as it is.
 */
export function recoverSegment(segment: Segment, target: RecoveryTarget): SegmentRecovery {
  const fileSize = segment.log.get().sizeBytes();
  segment.resetIndexes();
  let lent: Buffer = Buffer.alloc(0);
  let window = lent;
  let at = 0;
  let endOffset = segment.baseOffset;
  let unflushedFrom = -1;
  for (;;) {
    const left = fileSize - segment.sizeBytes;
    // Twice: only the header tells how long the batch is.
    for (let needed = bytesNeeded(window, at); window.length - at < Math.min(needed, left); ) {
      giveBack([lent]);
      lent = windowOf(needed, left);
      window = segment.read(segment.sizeBytes, lent);
      at = 0;
      needed = bytesNeeded(window, at);
    }
    const damage = damageAt(window, at, endOffset, segment);
    if (damage !== null) {
      giveBack([lent]);
      const validBytes = segment.sizeBytes;
      if (unflushedFrom < 0) unflushedFrom = validBytes;
      return { validBytes, endOffset, unflushedFrom, damage: left === 0 ? null : damage };
    }
    const batch = window.subarray(at, at + batchSizeBytes(window, at));
    endOffset = batchLastOffset(batch, 0) + 1;
    if (unflushedFrom < 0 && endOffset > target.recoveryPoint) unflushedFrom = segment.sizeBytes;
    segment.index(batch, target.indexIntervalBytes);
    takeIn(batch, segment, target);
    at += batch.length;
  }
}

/** The same memory for each, but for a batch that is larger. */
function windowOf(needed: number, left: number): Buffer {
  const size = Math.min(Math.max(needed, READ_STEP_BYTES), left);
  return size > READ_STEP_BYTES ? Buffer.allocUnsafeSlow(size) : readBuffers.take(size);
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
