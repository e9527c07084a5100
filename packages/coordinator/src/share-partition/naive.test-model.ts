import type { AcquiredRecords, ShareLimits } from './acquire.ts';
import type { AcknowledgementBatch } from './acknowledgement.ts';
import type { SharePartition, StateWrite } from './share-partition.ts';
import { RECORD_STATE, type RecordState } from './states.ts';

const { AVAILABLE, ACQUIRED, ACKNOWLEDGED, ARCHIVED } = RECORD_STATE;

interface ModelRecord {
  state: RecordState;
  deliveryCount: number;
  memberId: string;
  deadlineMs: number;
  pending: { write: StateWrite; state: RecordState } | null;
}

/** A share partition as one would write it down first: one entry for each offset. */
export class NaiveModel {
  readonly records = new Map<number, ModelRecord>();
  /** What the coordinator has stored. */
  readonly stored = new Map<number, { state: number; deliveryCount: number }>();
  storedStart = 0;
  /** Offsets that must never be delivered again. */
  readonly finished = new Set<number>();
  logStart = 0;
  readonly limits: ShareLimits;

  constructor(limits: ShareLimits) {
    this.limits = limits;
  }

  /** Every record that was acquired was nobody's, and below the limit. */
  acquired(list: readonly AcquiredRecords[], memberId: string, nowMs: number): void {
    for (const { firstOffset, lastOffset, deliveryCount } of list) {
      for (let offset = firstOffset; offset <= lastOffset; offset++) {
        if (this.finished.has(offset)) throw new Error(`${offset} was finished`);
        if (offset < this.logStart) throw new Error(`${offset} is gone from the log`);
        const record = this.records.get(offset);
        if (record !== undefined && record.state !== AVAILABLE) {
          throw new Error(`${offset} was given to ${memberId} and is ${record.state}`);
        }
        const count = (record?.deliveryCount ?? 0) + 1;
        if (count !== deliveryCount) throw new Error(`${offset} is delivery ${count}`);
        if (count > this.limits.maxDeliveryCount) throw new Error(`${offset} was spent`);
        this.records.set(offset, {
          state: ACQUIRED,
          deliveryCount,
          memberId,
          deadlineMs: nowMs + this.limits.lockDurationMs,
          pending: null,
        });
      }
    }
  }

  /** Whether a member may acknowledge the batches; no state is changed. */
  allows(memberId: string, batches: readonly AcknowledgementBatch[], start: number): boolean {
    const seen = new Set<number>();
    for (const { firstOffset, lastOffset } of batches) {
      if (lastOffset < start) continue;
      for (let offset = Math.max(firstOffset, start); offset <= lastOffset; offset++) {
        const record = this.records.get(offset);
        const held = record?.state === ACQUIRED && record.memberId === memberId;
        if (!held || record.pending !== null || seen.has(offset)) return false;
        seen.add(offset);
      }
    }
    return true;
  }

  acknowledged(
    batches: readonly AcknowledgementBatch[],
    write: StateWrite | null,
    { start, nowMs }: { start: number; nowMs: number },
  ): void {
    for (const { firstOffset, lastOffset, acknowledgeTypes } of batches) {
      for (let offset = Math.max(firstOffset, start); offset <= lastOffset; offset++) {
        const type = acknowledgeTypes[acknowledgeTypes.length > 1 ? offset - firstOffset : 0]!;
        const record = this.records.get(offset)!;
        if (type === 4) record.deadlineMs = nowMs + this.limits.lockDurationMs;
        else record.pending = { write: write!, state: this.after(record, type) };
      }
    }
  }

  after(record: ModelRecord, type: number): RecordState {
    if (type === 1) return ACKNOWLEDGED;
    return type === 2 && record.deliveryCount < this.limits.maxDeliveryCount ? AVAILABLE : ARCHIVED;
  }

  released(memberId: string, write: StateWrite | null): void {
    for (const record of this.records.values()) {
      if (record.state !== ACQUIRED || record.memberId !== memberId || record.pending !== null)
        continue;
      record.pending = { write: write!, state: this.after(record, 2) };
    }
  }

  expired(nowMs: number): void {
    for (const [offset, record] of this.records) {
      if (record.state !== ACQUIRED || record.pending !== null || record.deadlineMs > nowMs)
        continue;
      this.#put(offset, record, this.after(record, 2));
    }
  }

  settled(write: StateWrite, succeeded: boolean, nowMs: number): void {
    for (const [offset, record] of this.records) {
      if (record.pending?.write !== write) continue;
      if (succeeded) this.#put(offset, record, record.pending.state);
      else if (record.deadlineMs <= nowMs) this.#put(offset, record, this.after(record, 2));
      record.pending = null;
    }
  }

  /** What the coordinator does with a write. */
  store(write: StateWrite): void {
    this.storedStart = Math.max(this.storedStart, write.startOffset);
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of write.batches) {
      for (let offset = firstOffset; offset <= lastOffset; offset++) {
        this.stored.set(offset, { state: deliveryState, deliveryCount });
      }
    }
    for (const offset of this.stored.keys()) {
      if (offset < this.storedStart) this.stored.delete(offset);
    }
  }

  logStartMoved(offset: number): void {
    this.logStart = Math.max(this.logStart, offset);
    for (const known of this.records.keys()) if (known < this.logStart) this.records.delete(known);
  }

  /** All that was not stored is forgotten; what was stored as done with is done with. */
  restarted(): void {
    this.records.clear();
    this.finished.clear();
    for (const [offset, { state, deliveryCount }] of this.stored) {
      const known = [AVAILABLE, ACKNOWLEDGED, ARCHIVED].find((each) => each === state)!;
      const record = { state: known, deliveryCount, memberId: '', deadlineMs: 0, pending: null };
      this.#put(offset, record, known);
    }
  }

  /** Holds the machine against the model, offset by offset. */
  compare(partition: SharePartition): void {
    const { startOffset, endOffset } = partition;
    let expectedFrom = startOffset;
    for (const range of partition.ranges) {
      if (range.first < expectedFrom) throw new Error('runs overlap');
      expectedFrom = range.last + 1;
      for (let offset = range.first; offset <= range.last; offset++) {
        const record = this.records.get(offset);
        const known = `${record?.state ?? AVAILABLE} ${record?.deliveryCount ?? 0}`;
        const holder = `${record?.memberId ?? ''} ${record?.pending?.state ?? '-'}`;
        const seen = `${range.state} ${range.deliveryCount}`;
        const seenHolder = `${range.memberId} ${range.pending?.state ?? '-'}`;
        if (known !== seen || holder !== seenHolder) {
          throw new Error(`${offset}: ${seen} ${seenHolder}, expected ${known} ${holder}`);
        }
      }
    }
    if (expectedFrom > endOffset) throw new Error('runs beyond the end');
    for (const [offset, { state }] of this.records) {
      const done = state === ACKNOWLEDGED || state === ARCHIVED;
      if (!done && offset < startOffset) throw new Error(`${offset} was passed over`);
      if (offset >= endOffset) throw new Error(`${offset} is beyond the end`);
    }
  }

  #put(offset: number, record: ModelRecord, state: RecordState): void {
    Object.assign(record, { state, memberId: '', pending: null });
    if (state === ACKNOWLEDGED || state === ARCHIVED) this.finished.add(offset);
    this.records.set(offset, record);
  }
}
