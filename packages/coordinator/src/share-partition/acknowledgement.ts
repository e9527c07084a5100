import { errors, type KafkaError } from '@tidelog/protocol';
import type { OffsetRange, ShareLimits } from './acquire.ts';
import type { InFlight } from './in-flight.ts';
import { ACKNOWLEDGE_TYPE, acknowledgeEvents, RECORD_STATE, type RecordEvent } from './states.ts';

/** One type for the whole batch, or one for each of its offsets. */
export interface AcknowledgementBatch extends OffsetRange {
  readonly acknowledgeTypes: readonly number[];
}

interface AcknowledgedRun {
  readonly first: number;
  readonly last: number;
  readonly event: RecordEvent | 'renew';
}

/** Why a batch cannot be acknowledged by a member. Offsets below the start offset are no problem. */
export function acknowledgeProblem(
  inFlight: InFlight,
  memberId: string,
  batch: AcknowledgementBatch,
  limits: ShareLimits,
): KafkaError {
  const { firstOffset, lastOffset, acknowledgeTypes } = batch;
  if (acknowledgeTypes.some((type) => !acknowledgeEvents.has(type))) return errors.INVALID_REQUEST;
  const first = Math.max(firstOffset, inFlight.startOffset);
  if (inFlight.floor(first) === undefined) return errors.INVALID_RECORD_STATE;
  const reached = inFlight.floor(lastOffset)!.last;
  if (reached < first || reached < lastOffset) return errors.INVALID_REQUEST;
  for (const range of inFlight.overlapping(first, lastOffset)) {
    const held = range.state === RECORD_STATE.ACQUIRED && range.memberId === memberId;
    if (!held || range.pending !== null) return errors.INVALID_RECORD_STATE;
  }
  const renews = acknowledgeTypes.includes(ACKNOWLEDGE_TYPE.RENEW);
  return renews && !limits.renewable ? errors.INVALID_RECORD_STATE : errors.NONE;
}

/** The batch from `startOffset` on, as runs of offsets that get the same. Its types have been checked. */
export function* runsOf(
  { firstOffset, lastOffset, acknowledgeTypes }: AcknowledgementBatch,
  startOffset: number,
): Generator<AcknowledgedRun> {
  const typeAt = (offset: number) =>
    acknowledgeTypes.length > 1 ? acknowledgeTypes[offset - firstOffset] : acknowledgeTypes[0];
  let first = Math.max(firstOffset, startOffset);
  for (let last = first; last <= lastOffset; last++) {
    const type = typeAt(last)!;
    if (acknowledgeTypes.length === 1) last = lastOffset;
    else if (last < lastOffset && typeAt(last + 1) === type) continue;
    yield { first, last, event: acknowledgeEvents.get(type)! };
    first = last + 1;
  }
}
