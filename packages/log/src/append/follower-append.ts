import {
  batchBaseOffset,
  batchCrcIsValid,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  errors,
  NO_TIMESTAMP,
  NOT_A_BATCH,
  nextBatchSize,
} from '@tidelog/protocol';
import { failure, type LogFailure } from '../results.ts';
import type { PreparedBatches } from './leader-append.ts';

/**
 * Checks batches that already have their offsets, as a follower fetches them or a quorum's leader
 * makes them: whole, sound, and in the order of the log. What is cut off at the end, and what comes
 * from a later epoch than `maxLeaderEpoch`, is left out. Null when nothing remains.
 */
export function prepareFollowerBatches(
  records: Buffer,
  maxLeaderEpoch: number,
  nextOffset: number,
): PreparedBatches | LogFailure | null {
  let end = 0;
  let lastOffset = nextOffset - 1;
  let maxTimestamp = NO_TIMESTAMP;
  for (;;) {
    const size = nextBatchSize(records, end, records.length);
    if (size === 0) break;
    if (size === NOT_A_BATCH || !batchCrcIsValid(records, end)) {
      return failure(errors.CORRUPT_MESSAGE, `the batch after offset ${lastOffset} is damaged`);
    }
    if (batchLeaderEpoch(records, end) > maxLeaderEpoch) break;
    const baseOffset = batchBaseOffset(records, end);
    if (baseOffset <= lastOffset) return outOfOrder(baseOffset, lastOffset);
    lastOffset = batchLastOffset(records, end);
    maxTimestamp = Math.max(maxTimestamp, batchMaxTimestamp(records, end));
    end += size;
  }
  if (end === 0) return null;
  return {
    batches: records.subarray(0, end),
    baseOffset: batchBaseOffset(records, 0),
    lastOffset,
    maxTimestamp,
    logAppendTimeMs: NO_TIMESTAMP,
  };
}

function outOfOrder(baseOffset: number, lastOffset: number): LogFailure {
  return failure(
    errors.UNKNOWN_SERVER_ERROR,
    `a batch starts at offset ${baseOffset}, but the log already reaches ${lastOffset}`,
  );
}
