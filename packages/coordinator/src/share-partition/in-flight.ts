import {
  isTerminal,
  RECORD_STATE,
  type RecordEvent,
  type RecordState,
  recordTransitions,
} from './states.ts';

/** The records that were acquired together; what is poisonous is searched for within them. */
export interface AcquiredBatch {
  readonly sizeRecords: number;
}

/** A run of offsets that are in the same state. The fields belong to the machine. */
export interface InFlightRange {
  first: number;
  last: number;
  batch: AcquiredBatch;
  state: RecordState;
  deliveryCount: number;
  /** Who holds the acquired records; empty in every other state. */
  memberId: string;
  /** When the acquisition lock ends, in monotonic milliseconds; Infinity without a lock. */
  lockDeadlineMs: number;
  /** The state that the records take when a write to the share coordinator has succeeded. */
  pending: { readonly write: number; readonly state: RecordState } | null;
}

/** As the share coordinator stores a run of offsets. */
export interface StateBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly deliveryState: number;
  readonly deliveryCount: number;
}

/**
 * The offsets of a share partition from the share-partition start offset to the last one that was
 * ever fetched, as runs in ascending order. Offsets between two runs have no record in the log.
 */
export class InFlight {
  /** The first offset that is not yet done with (SPSO). */
  startOffset: number;
  /** The first offset that was never fetched. */
  endOffset: number;
  #ranges: InFlightRange[] = [];

  constructor(startOffset: number) {
    this.startOffset = startOffset;
    this.endOffset = startOffset;
  }

  get ranges(): readonly InFlightRange[] {
    return this.#ranges;
  }

  /** Records that count against `group.share.partition.max.record.locks`. */
  get sizeRecords(): number {
    return this.#ranges.length === 0 ? 0 : this.endOffset - this.startOffset;
  }

  /** Adds records at the end. */
  append(first: number, last: number, state: { state: RecordState; deliveryCount: number }): void {
    this.#ranges.push({
      first,
      last,
      batch: { sizeRecords: last - first + 1 },
      ...state,
      memberId: '',
      lockDeadlineMs: Number.POSITIVE_INFINITY,
      pending: null,
    });
    this.endOffset = last + 1;
    this.startOffset = Math.max(this.startOffset, this.#ranges[0]!.first);
  }

  /** The runs that have offsets in [first, last]. */
  overlapping(first: number, last: number): InFlightRange[] {
    const found: InFlightRange[] = [];
    for (let at = this.#indexOf(first); at < this.#ranges.length; at++) {
      const range = this.#ranges[at]!;
      if (range.first > last) break;
      found.push(range);
    }
    return found;
  }

  /** The run that holds `offset`, or else the last one before it. */
  floor(offset: number): InFlightRange | undefined {
    const at = this.#indexOf(offset);
    const range = this.#ranges[at];
    return range !== undefined && range.first <= offset ? range : this.#ranges[at - 1];
  }

  /** The runs of [first, last], cut where it begins and ends inside of one. */
  isolate(first: number, last: number): InFlightRange[] {
    this.#cut(first);
    this.#cut(last + 1);
    return this.overlapping(first, last);
  }

  /** Takes what is done with from the front, and lets the start offset follow. */
  trim(): void {
    let done = 0;
    while (done < this.#ranges.length && isTerminal(this.#ranges[done]!.state)) done++;
    if (done > 0) this.#ranges.splice(0, done);
    this.startOffset = Math.max(this.startOffset, this.#ranges[0]?.first ?? this.endOffset);
  }

  /** Forgets all records below `offset`. */
  dropBelow(offset: number): void {
    this.#cut(offset);
    this.#ranges.splice(0, this.#indexOf(offset));
    this.startOffset = Math.max(this.startOffset, offset);
    this.endOffset = Math.max(this.endOffset, offset);
  }

  /** The first run with an offset at or above `offset`. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.last < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cut(offset: number): void {
    const at = this.#indexOf(offset);
    const range = this.#ranges[at];
    if (range === undefined || range.first >= offset) return;
    this.#ranges.splice(at + 1, 0, { ...range, first: offset });
    range.last = offset - 1;
  }
}

export function isAvailable({ state }: InFlightRange): boolean {
  return state === RECORD_STATE.AVAILABLE;
}

/** Moves a run to another state, out of anybody's hands. Its lock and what was pending are over. */
export function setState(range: InFlightRange, state: RecordState): void {
  range.state = state;
  range.memberId = '';
  range.lockDeadlineMs = Number.POSITIVE_INFINITY;
  range.pending = null;
}

/** Where an event leads; a record that was delivered often enough is archived, not given back. */
export function stateAfter(
  { state, deliveryCount }: InFlightRange,
  event: RecordEvent,
  maxDeliveryCount: number,
): RecordState | null {
  const next = recordTransitions[state][event];
  const spent = next === RECORD_STATE.AVAILABLE && deliveryCount >= maxDeliveryCount;
  return spent ? RECORD_STATE.ARCHIVED : next;
}
