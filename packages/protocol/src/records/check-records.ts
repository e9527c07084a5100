import { batchBaseOffset, batchIsLogAppendTime, NO_TIMESTAMP } from './batch-header.ts';
import type { RecordProblem, RecordsProblem } from './check-batch.ts';
import { MAX_DECOMPRESSED_BYTES, RecordCursor } from './record-cursor.ts';

export interface RecordRules {
  readonly now: number;
  /** `message.timestamp.type` of the topic is LogAppendTime, so the records' own times don't matter. */
  readonly logAppendTime: boolean;
  /** `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** `cleanup.policy` has `compact`: every record needs a key. */
  readonly compacted: boolean;
  readonly maxDecompressedBytes?: number;
}

/**
 * Looks into every record of a batch, as a leader may do before it appends: that they are whole and as
 * many as claimed, have keys where the topic needs them, and times within its bounds. The batch has passed
 * `checkProducedBatch`. One checker serves one batch after the other; it allocates only for compressed
 * batches and for problems.
 */
export class RecordsChecker {
  /** Of the records, not as the header claims. `NO_TIMESTAMP` where none has one. */
  maxTimestamp = NO_TIMESTAMP;
  /** False where offset deltas are not 0, 1, 2 ...: then the batch has to be built anew. */
  consecutive = true;

  readonly #cursor = new RecordCursor();

  check(buf: Buffer, at: number, rules: RecordRules): RecordsProblem | undefined {
    const cursor = this.#cursor;
    this.maxTimestamp = NO_TIMESTAMP;
    this.consecutive = true;
    if (!cursor.open(buf, at, rules.maxDecompressedBytes ?? MAX_DECOMPRESSED_BYTES)) {
      const error = cursor.tooLarge ? 'MESSAGE_TOO_LARGE' : 'CORRUPT_MESSAGE';
      return { error, message: cursor.problem ?? '' };
    }
    const stampedByClient = batchIsLogAppendTime(buf, at);
    let expectedOffset = batchBaseOffset(buf, at);
    let faults: RecordProblem[] | undefined;
    let timeIsAtFault = false;
    for (let index = 0; cursor.next(); index++) {
      if (cursor.offset !== expectedOffset++) this.consecutive = false;
      if (cursor.timestamp > this.maxTimestamp) this.maxTimestamp = cursor.timestamp;
      const keyIsMissing = rules.compacted && cursor.keySize < 0;
      if (!keyIsMissing && timestampIsAllowed(cursor.timestamp, stampedByClient, rules)) continue;
      timeIsAtFault ||= !keyIsMissing;
      const message = keyIsMissing
        ? 'a compacted topic takes no record without a key'
        : timestampProblem(cursor.timestamp, stampedByClient, rules);
      (faults ??= []).push({ index, message });
    }
    cursor.release();
    if (cursor.problem !== undefined) return { error: 'INVALID_RECORD', message: cursor.problem };
    if (faults === undefined) return undefined;
    return timeIsAtFault
      ? { error: 'INVALID_TIMESTAMP', message: 'records have invalid timestamps', records: faults }
      : { error: 'INVALID_RECORD', message: 'records have no key', records: faults };
  }
}

function timestampIsAllowed(time: number, stampedByClient: boolean, rules: RecordRules): boolean {
  if (rules.logAppendTime || time === NO_TIMESTAMP) return !stampedByClient;
  const age = rules.now - time;
  return age <= rules.timestampBeforeMaxMs && -age <= rules.timestampAfterMaxMs;
}

function timestampProblem(time: number, stampedByClient: boolean, rules: RecordRules): string {
  if (stampedByClient && (rules.logAppendTime || time === NO_TIMESTAMP)) {
    return 'a producer may not set the timestamp type to LogAppendTime';
  }
  const from = rules.now - rules.timestampBeforeMaxMs;
  const to = rules.now + rules.timestampAfterMaxMs;
  return `the timestamp ${time} is not within [${from}, ${to}]`;
}
