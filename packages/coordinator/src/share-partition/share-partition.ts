import { errors, type KafkaError } from '@tidelog/protocol';
import {
  type AcquiredRecords,
  type AcquireRequest,
  Acquisition,
  type ShareLimits,
} from './acquire.ts';
import { acknowledgeProblem, type AcknowledgementBatch, runsOf } from './acknowledgement.ts';
import {
  InFlight,
  type InFlightRange,
  setState,
  type StateBatch,
  stateAfter,
} from './in-flight.ts';
import { isTerminal, RECORD_STATE, type RecordEvent } from './states.ts';

const { ACQUIRED, AVAILABLE, ACKNOWLEDGED, ARCHIVED } = RECORD_STATE;
/** Who holds a record is nobody's business but this broker's. */
const storedStates = [AVAILABLE, ACKNOWLEDGED, ARCHIVED] as const;

/** What is to be written to the share coordinator. */
export interface StateWrite {
  /** What `settle` is told when the write has ended. */
  readonly id: number;
  readonly startOffset: number;
  /** Records from the start offset on that are done with, for the lag that operators see. */
  readonly deliveryCompleteCount: number;
  readonly batches: readonly StateBatch[];
}

export interface Moment {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  readonly limits: ShareLimits;
}

/**
 * The records of one partition on their way through one share group (KIP-932): which are available,
 * who holds which until when, and which are done with. It never gives a record to a member while another
 * holds it. An acknowledgement counts when its write has succeeded (`settle`); until then the records
 * stay with their member, and stay there when the write fails. A lock that ends counts at once.
 *
 * What the share coordinator knows nothing of between its batches was delivered and never acknowledged: it
 * is available.
 */
export class SharePartition {
  readonly #inFlight: InFlight;
  #writes = 0;
  /** No lock ends before; possibly none ends then. */
  #nextDeadlineMs = Number.POSITIVE_INFINITY;

  /** From what the share coordinator has stored; null when that contradicts itself. */
  static restore(startOffset: number, batches: readonly StateBatch[]): SharePartition | null {
    const partition = new SharePartition(startOffset);
    const inFlight = partition.#inFlight;
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of batches) {
      if (firstOffset < inFlight.endOffset || lastOffset < firstOffset) return null;
      const gap = { state: AVAILABLE, deliveryCount: 0 };
      if (firstOffset > inFlight.endOffset) {
        inFlight.append(inFlight.endOffset, firstOffset - 1, gap);
      }
      const state = storedStates.find((known) => known === deliveryState);
      if (state === undefined) return null;
      inFlight.append(firstOffset, lastOffset, { state, deliveryCount });
    }
    inFlight.trim();
    return partition;
  }

  private constructor(startOffset: number) {
    this.#inFlight = new InFlight(startOffset);
  }

  get startOffset(): number {
    return this.#inFlight.startOffset;
  }

  /** The first offset that was never fetched. */
  get endOffset(): number {
    return this.#inFlight.endOffset;
  }

  /** For whoever looks in from outside. */
  get ranges(): readonly Readonly<InFlightRange>[] {
    return this.#inFlight.ranges;
  }

  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs;
  }

  /** Where the log has to be read next; null when as much is in flight as may be. */
  nextFetchOffset(maxRecordLocks: number): number | null {
    const { ranges, endOffset, sizeRecords } = this.#inFlight;
    const available = ranges.find(({ state }) => state === AVAILABLE);
    if (available !== undefined) return available.first;
    return sizeRecords < maxRecordLocks ? endOffset : null;
  }

  acquire(request: AcquireRequest, moment: Moment): AcquiredRecords[] {
    const acquired = new Acquisition(this.#inFlight, request, moment).run();
    if (acquired.length > 0) this.#watch(moment.nowMs + moment.limits.lockDurationMs);
    this.#inFlight.trim();
    return acquired;
  }

  /**
   * Gives what to write, null when there is nothing to write, or why none of the batches counts:
   * INVALID_RECORD_STATE for records that the member does not hold, INVALID_REQUEST beyond what is in flight.
   */
  acknowledge(
    memberId: string,
    batches: readonly AcknowledgementBatch[],
    moment: Moment,
  ): StateWrite | KafkaError | null {
    const write = ++this.#writes;
    const renewed: InFlightRange[] = [];
    for (const batch of batches) {
      if (batch.lastOffset < this.startOffset) continue;
      const problem = acknowledgeProblem(this.#inFlight, memberId, batch, moment.limits);
      if (problem !== errors.NONE) {
        this.#withdraw(write);
        return problem;
      }
      for (const { first, last, event } of runsOf(batch, this.startOffset)) {
        const ranges = this.#inFlight.isolate(first, last);
        if (event === 'renew') renewed.push(...ranges);
        else for (const range of ranges) propose(range, event, { write, moment });
      }
    }
    for (const range of renewed) {
      if (range.pending === null) range.lockDeadlineMs = this.#newDeadline(moment);
    }
    return this.#pendingWrite(write);
  }

  /** Gives back all that a member holds. */
  release(memberId: string, moment: Moment): StateWrite | null {
    const write = ++this.#writes;
    for (const range of this.#inFlight.ranges) {
      const held = range.state === ACQUIRED && range.memberId === memberId;
      if (held && range.pending === null) propose(range, 'release', { write, moment });
    }
    return this.#pendingWrite(write);
  }

  /** Ends the locks that are due. The write tells the coordinator; nothing waits for it. */
  expire(moment: Moment): StateWrite | null {
    const released: StateBatch[] = [];
    this.#nextDeadlineMs = Number.POSITIVE_INFINITY;
    for (const range of this.#inFlight.ranges) {
      const due = range.lockDeadlineMs <= moment.nowMs;
      if (due && range.pending === null) {
        release(range, moment);
        released.push(stored(range, range.state));
      } else if (!due) this.#watch(range.lockDeadlineMs);
    }
    if (released.length === 0) return null;
    const write = this.#write(++this.#writes, released);
    this.#inFlight.trim();
    return write;
  }

  /** A write has ended: what it carried takes effect, or stays with its members. */
  settle(write: number, succeeded: boolean, moment: Moment): void {
    for (const range of this.#inFlight.ranges) {
      if (range.pending?.write !== write) continue;
      if (succeeded) setState(range, range.pending.state);
      else if (range.lockDeadlineMs <= moment.nowMs) release(range, moment);
      else {
        range.pending = null;
        this.#watch(range.lockDeadlineMs);
      }
    }
    this.#inFlight.trim();
  }

  /** Records below `offset` are gone from the log, whoever holds them. */
  moveLogStart(offset: number): void {
    if (offset <= this.startOffset) return;
    this.#inFlight.dropBelow(offset);
    this.#inFlight.trim();
  }

  #newDeadline({ nowMs, limits }: Moment): number {
    const deadlineMs = nowMs + limits.lockDurationMs;
    this.#watch(deadlineMs);
    return deadlineMs;
  }

  #watch(deadlineMs: number): void {
    this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, deadlineMs);
  }

  #withdraw(write: number): void {
    for (const range of this.#inFlight.ranges) {
      if (range.pending?.write === write) range.pending = null;
    }
  }

  #pendingWrite(write: number): StateWrite | null {
    const batches: StateBatch[] = [];
    for (const range of this.#inFlight.ranges) {
      if (range.pending?.write === write) batches.push(stored(range, range.pending.state));
    }
    return batches.length === 0 ? null : this.#write(write, batches);
  }

  #write(id: number, batches: readonly StateBatch[]): StateWrite {
    let deliveryCompleteCount = 0;
    for (const { first, last, state, pending } of this.#inFlight.ranges) {
      if (isTerminal(pending?.state ?? state)) deliveryCompleteCount += last - first + 1;
    }
    return { id, startOffset: this.startOffset, deliveryCompleteCount, batches: joined(batches) };
  }
}

function propose(
  range: InFlightRange,
  event: RecordEvent,
  { write, moment }: { write: number; moment: Moment },
): void {
  const state = stateAfter(range, event, moment.limits.maxDeliveryCount);
  if (state !== null) range.pending = { write, state };
}

/** The lock of a run is over. */
function release(range: InFlightRange, { limits }: Moment): void {
  const state = stateAfter(range, 'expire', limits.maxDeliveryCount);
  if (state !== null) setState(range, state);
}

function stored(range: InFlightRange, deliveryState: StateBatch['deliveryState']): StateBatch {
  const { first, last, deliveryCount } = range;
  return { firstOffset: first, lastOffset: last, deliveryState, deliveryCount };
}

/** Neighbours that are alike, as one. */
function joined(batches: readonly StateBatch[]): StateBatch[] {
  const list: StateBatch[] = [];
  for (const batch of batches) {
    const before = list.at(-1);
    const alike =
      before !== undefined &&
      before.lastOffset + 1 === batch.firstOffset &&
      before.deliveryState === batch.deliveryState &&
      before.deliveryCount === batch.deliveryCount;
    if (alike) list[list.length - 1] = { ...before, lastOffset: batch.lastOffset };
    else list.push(batch);
  }
  return list;
}
