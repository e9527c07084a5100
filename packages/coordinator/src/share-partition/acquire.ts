import { type InFlight, type InFlightRange, isAvailable, setState } from './in-flight.ts';
import { RECORD_STATE } from './states.ts';

/** The least deliveries after which a batch is delivered in smaller and smaller parts. */
const LEAST_THROTTLED = 2;

export interface OffsetRange {
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** What a member wants, and what was read for it from the log. */
export interface AcquireRequest {
  readonly memberId: string;
  /** Never more than `maxRecords`, in one run (KIP-1206); else whole batches of the log. */
  readonly recordLimit: boolean;
  readonly maxRecords: number;
  /** Records after which a new acquired batch begins, at the next batch of the log. */
  readonly batchSize: number;
  /** Where the log was read. */
  readonly fetchOffset: number;
  /** The batches that were read, in order. */
  readonly batches: readonly OffsetRange[];
  /** Those among them that a read_committed group must not see, in order. */
  readonly aborted: readonly OffsetRange[];
}

export interface AcquiredRecords extends OffsetRange {
  readonly deliveryCount: number;
}

/** The rules of a share group that hold at the moment. */
export interface ShareLimits {
  /** `share.partition.max.record.locks` */
  readonly maxRecordLocks: number;
  /** `share.delivery.count.limit` */
  readonly maxDeliveryCount: number;
  /** `share.record.lock.duration.ms` */
  readonly lockDurationMs: number;
  /** `share.renew.acknowledge.enable` */
  readonly renewable: boolean;
}

/**
 * Acquires, of what was read, what is available and what was never fetched before. A batch that failed
 * too often is delivered in halves and at last record by record, so that one poisonous record does not
 * take its neighbours along.
 */
export class Acquisition {
  readonly #inFlight: InFlight;
  readonly #request: AcquireRequest;
  readonly #limits: ShareLimits;
  readonly #lockDeadlineMs: number;
  readonly #throttledFrom: number;
  readonly #first: number;
  #last: number;
  #room: number;
  #acquired: AcquiredRecords[] = [];

  constructor(
    inFlight: InFlight,
    request: AcquireRequest,
    { limits, nowMs }: { limits: ShareLimits; nowMs: number },
  ) {
    this.#inFlight = inFlight;
    this.#request = request;
    this.#limits = limits;
    this.#lockDeadlineMs = nowMs + limits.lockDurationMs;
    this.#throttledFrom = Math.max(LEAST_THROTTLED, Math.ceil(limits.maxDeliveryCount / 2));
    const { batches, fetchOffset, maxRecords } = request;
    this.#first = Math.max(batches[0]?.firstOffset ?? 0, inFlight.startOffset);
    this.#last = batches.at(-1)?.lastOffset ?? -1;
    this.#room = Math.min(maxRecords, limits.maxRecordLocks - inFlight.sizeRecords);
    if (this.#room <= 0 && fetchOffset < inFlight.endOffset) {
      // At the limit, records that are in flight already may still be delivered again.
      this.#room = Math.min(maxRecords, inFlight.endOffset - fetchOffset);
      this.#last = Math.min(this.#last, inFlight.endOffset - 1);
    }
  }

  run(): AcquiredRecords[] {
    if (this.#room <= 0 || this.#last < this.#first) return [];
    this.#archiveMissing();
    if (this.#redeliver()) this.#extend();
    this.#archiveAborted();
    return this.#acquired;
  }

  /** Records from where the log was read to its first batch have been compacted away. */
  #archiveMissing(): void {
    const { fetchOffset, batches } = this.#request;
    const until = batches[0]!.firstOffset - 1;
    if (until < fetchOffset) return;
    for (const range of this.#inFlight.overlapping(fetchOffset, until)) {
      if (!isAvailable(range)) continue;
      const first = Math.max(range.first, fetchOffset);
      const [gone] = this.#inFlight.isolate(first, Math.min(range.last, until));
      setState(gone!, RECORD_STATE.ARCHIVED);
    }
  }

  /** Records that were fetched before. False: no others may be acquired along with these. */
  #redeliver(): boolean {
    for (const batch of batchesOf(this.#inFlight.overlapping(this.#first, this.#last))) {
      if (this.#room <= 0) return false;
      const available = batch.filter(isAvailable);
      if (available.length === 0) continue;
      if (available.every(({ deliveryCount }) => deliveryCount === 0)) {
        for (const { first, last } of available) this.#takeNew(first, last);
        continue;
      }
      const throttled = available.some((range) => range.deliveryCount >= this.#throttledFrom);
      if (throttled && this.#acquired.length > 0) return false;
      const taken = this.#takeAgain(available);
      this.#room -= taken;
      if (throttled && taken > 0) return false;
    }
    return this.#room > 0;
  }

  /** Takes from one batch, and gives how many records. */
  #takeAgain(available: readonly InFlightRange[]): number {
    let quota = Number.POSITIVE_INFINITY;
    let taken = 0;
    for (const range of available) {
      const { deliveryCount, batch } = range;
      const first = Math.max(range.first, this.#first);
      const lastChance = this.#isLastChance(deliveryCount);
      if (lastChance && taken > 0) break;
      if (deliveryCount >= this.#throttledFrom && quota === Number.POSITIVE_INFINITY) {
        const halvings = deliveryCount - this.#throttledFrom + 1;
        quota = Math.max(1, Math.floor(batch.sizeRecords / 2 ** halvings));
      }
      const most = Math.min(
        quota - taken,
        lastChance ? 1 : Number.POSITIVE_INFINITY,
        this.#request.recordLimit ? this.#room - taken : Number.POSITIVE_INFINITY,
      );
      const whole = Math.min(range.last, this.#last) - first + 1;
      const size = Math.min(whole, most);
      if (size <= 0) break;
      this.#take(first, first + size - 1, taken > 0);
      taken += size;
      if (size < whole || lastChance) break;
    }
    return taken;
  }

  #isLastChance(deliveryCount: number): boolean {
    const { maxDeliveryCount } = this.#limits;
    return maxDeliveryCount > 2 && deliveryCount >= maxDeliveryCount - 1;
  }

  /** Records beyond the end of what is in flight. */
  #extend(): void {
    const first = Math.max(this.#inFlight.endOffset, this.#first);
    if (first > this.#last) return;
    const last = this.#limited(first, this.#last);
    const state = { state: RECORD_STATE.AVAILABLE, deliveryCount: 0 };
    this.#inFlight.append(first, last, state);
    this.#takeNew(first, last);
  }

  /** Records that nobody has had yet, as batches of about the size that the member wants. */
  #takeNew(rangeFirst: number, rangeLast: number): void {
    if (this.#room <= 0) return;
    const { batches, batchSize, recordLimit } = this.#request;
    let first = Math.max(rangeFirst, this.#first);
    const last = this.#limited(first, Math.min(rangeLast, this.#last));
    this.#room -= last - first + 1;
    if (!recordLimit && last - first + 1 > batchSize) {
      for (const { firstOffset } of batches) {
        if (firstOffset > last) break;
        if (firstOffset <= first || firstOffset - first < batchSize) continue;
        this.#takeBatch(first, firstOffset - 1);
        first = firstOffset;
      }
    }
    this.#takeBatch(first, last);
  }

  /** Cuts [first, last] to the room that is left: exactly, or at the end of a batch of the log. */
  #limited(first: number, last: number): number {
    const wanted = first + this.#room - 1;
    if (wanted >= last) return last;
    if (this.#request.recordLimit) return wanted;
    const batch = this.#request.batches.findLast(({ firstOffset }) => firstOffset <= wanted);
    return Math.min(last, Math.max(wanted, batch?.lastOffset ?? wanted));
  }

  #takeBatch(first: number, last: number): void {
    const batch = { sizeRecords: last - first + 1 };
    for (const range of this.#inFlight.isolate(first, last)) range.batch = batch;
    this.#take(first, last, false);
  }

  /** `joins`: belongs to the same batch as what was taken before. */
  #take(first: number, last: number, joins: boolean): void {
    const [range] = this.#inFlight.isolate(first, last);
    range!.state = RECORD_STATE.ACQUIRED;
    range!.deliveryCount++;
    range!.memberId = this.#request.memberId;
    range!.lockDeadlineMs = this.#lockDeadlineMs;
    const { deliveryCount } = range!;
    const before = this.#acquired.at(-1);
    const merges =
      joins && before?.lastOffset === first - 1 && before.deliveryCount === deliveryCount;
    const firstOffset = merges ? before.firstOffset : first;
    if (merges) this.#acquired.pop();
    this.#acquired.push({ firstOffset, lastOffset: last, deliveryCount });
  }

  /** Records of aborted transactions count as done with as soon as they are met. */
  #archiveAborted(): void {
    const { aborted } = this.#request;
    if (aborted.length === 0) return;
    const kept: AcquiredRecords[] = [];
    let at = 0;
    for (const records of this.#acquired) {
      let first = records.firstOffset;
      while (at < aborted.length && aborted[at]!.lastOffset < first) at++;
      for (let i = at; i < aborted.length; i++) {
        const { firstOffset, lastOffset } = aborted[i]!;
        if (firstOffset > records.lastOffset) break;
        if (firstOffset > first) {
          kept.push({ ...records, firstOffset: first, lastOffset: firstOffset - 1 });
        }
        const from = Math.max(first, firstOffset);
        const gone = this.#inFlight.isolate(from, Math.min(records.lastOffset, lastOffset));
        for (const range of gone) setState(range, RECORD_STATE.ARCHIVED);
        first = lastOffset + 1;
      }
      if (first <= records.lastOffset) kept.push({ ...records, firstOffset: first });
    }
    this.#acquired = kept;
  }
}

/** Runs that were acquired together, together. */
function batchesOf(ranges: readonly InFlightRange[]): InFlightRange[][] {
  const batches: InFlightRange[][] = [];
  for (const range of ranges) {
    const current = batches.at(-1);
    if (current?.[0]!.batch === range.batch) current.push(range);
    else batches.push([range]);
  }
  return batches;
}
