import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcknowledgementBatch } from './acknowledgement.ts';
import type { StateBatch } from './in-flight.ts';
import { NaiveModel } from './naive.test-model.ts';
import { logBatches } from './script.test-partition.ts';
import { SharePartition, type StateWrite } from './share-partition.ts';
import { isTerminal } from './states.ts';

const limits = { maxRecordLocks: 60, maxDeliveryCount: 4, lockDurationMs: 100, renewable: true };
const members = ['a', 'b', 'c'];

/** A partition and its model, on the way through random events. */
class World {
  readonly model = new NaiveModel(limits);
  partition = SharePartition.restore(0, [])!;
  nowMs = 0;
  logEnd = 0;
  #writes: StateWrite[] = [];

  get #moment() {
    return { nowMs: this.nowMs, limits };
  }

  fetch(memberId: string, maxRecords: number, recordLimit: boolean): void {
    const fetchOffset = this.partition.nextFetchOffset(limits.maxRecordLocks);
    if (fetchOffset === null) return;
    const from = Math.max(fetchOffset, this.model.logStart);
    const batches = from < this.logEnd ? logBatches(from, this.logEnd) : [];
    const acquired = this.partition.acquire(
      { memberId, recordLimit, maxRecords, batchSize: 15, fetchOffset, batches, aborted: [] },
      this.#moment,
    );
    const count = acquired.reduce(
      (n, { firstOffset, lastOffset }) => n + lastOffset - firstOffset + 1,
      0,
    );
    if (recordLimit) expect(count).toBeLessThanOrEqual(maxRecords);
    if (batches.length > 0) expect(count).toBeGreaterThan(0);
    this.model.acquired(acquired, memberId, this.nowMs);
  }

  acknowledge(memberId: string, first: number, types: readonly number[], whole: boolean): void {
    const firstOffset = this.partition.startOffset - 3 + first;
    const lastOffset = firstOffset + types.length - 1;
    const acknowledgeTypes = whole ? types.slice(0, 1) : types;
    this.#acknowledge(memberId, [{ firstOffset, lastOffset, acknowledgeTypes }]);
  }

  /** As a consumer does: all that it holds, batch by batch. */
  acknowledgeHeld(memberId: string, type: number): void {
    const held = this.partition.ranges.filter((range) => range.memberId === memberId);
    const batches = held
      .filter(({ pending }) => pending === null)
      .map(({ first, last }) => ({
        firstOffset: first,
        lastOffset: last,
        acknowledgeTypes: [type],
      }));
    this.#acknowledge(memberId, batches);
  }

  #acknowledge(memberId: string, batches: readonly AcknowledgementBatch[]): void {
    const start = this.partition.startOffset;
    const allowed = this.model.allows(memberId, batches, start);
    const result = this.partition.acknowledge(memberId, batches, this.#moment);
    const refused = result !== null && 'code' in result;
    expect(refused).toBe(!allowed);
    if (refused) return;
    this.model.acknowledged(batches, result, { start, nowMs: this.nowMs });
    if (result !== null) this.#writes.push(result);
  }

  release(memberId: string): void {
    const write = this.partition.release(memberId, this.#moment);
    this.model.released(memberId, write);
    if (write !== null) this.#writes.push(write);
  }

  settle(succeeded: boolean): void {
    const write = this.#writes.shift();
    if (write === undefined) return;
    if (succeeded) this.model.store(write);
    this.partition.settle(write.id, succeeded, this.#moment);
    this.model.settled(write, succeeded, this.nowMs);
  }

  wait(ms: number): void {
    this.nowMs += ms;
    if (this.partition.nextDeadlineMs > this.nowMs) return;
    const write = this.partition.expire(this.#moment);
    this.model.expired(this.nowMs);
    if (write !== null) this.model.store(write);
  }

  moveLogStart(by: number): void {
    const offset = Math.min(this.logEnd, this.partition.startOffset + by);
    this.model.logStartMoved(offset);
    this.partition.moveLogStart(offset);
  }

  /** Writes that were under way are lost or not, as it comes. */
  restart(landed: boolean): void {
    for (const write of this.#writes.splice(0)) if (landed) this.model.store(write);
    const stored = Array.from(this.model.stored).toSorted(([a], [b]) => a - b);
    const batches = stored.map(
      ([offset, { state, deliveryCount }]): StateBatch => ({
        firstOffset: offset,
        lastOffset: offset,
        deliveryState: state,
        deliveryCount,
      }),
    );
    this.partition = SharePartition.restore(this.model.storedStart, batches)!;
    this.model.restarted();
    this.partition.moveLogStart(this.model.logStart);
    this.model.logStartMoved(this.model.logStart);
  }

  /** Everybody accepts: in the end every record of the log is done with. */
  drain(): void {
    for (let round = 0; round < 1000 && this.partition.startOffset < this.logEnd; round++) {
      while (this.#writes.length > 0) this.settle(true);
      this.wait(limits.lockDurationMs);
      this.fetch('z', 20, false);
      this.acknowledgeHeld('z', 1);
      while (this.#writes.length > 0) this.settle(true);
      this.model.compare(this.partition);
    }
    expect(this.partition.startOffset).toBe(this.logEnd);
    for (const { state } of this.partition.ranges) expect(isTerminal(state)).toBe(true);
  }
}

const member = fc.constantFrom(...members);
const type = fc.constantFrom(0, 1, 2, 3, 4);
const act = fc.oneof(
  fc.tuple(member, fc.integer({ min: 1, max: 40 }), fc.boolean()).map(
    ([who, max, limit]) =>
      (world: World) =>
        world.fetch(who, max, limit),
  ),
  fc.tuple(member, fc.nat(40), fc.array(type, { minLength: 1, maxLength: 12 }), fc.boolean()).map(
    ([who, first, types, whole]) =>
      (world: World) =>
        world.acknowledge(who, first, types, whole),
  ),
  fc.tuple(member, type).map(
    ([who, what]) =>
      (world: World) =>
        world.acknowledgeHeld(who, what),
  ),
  member.map((who) => (world: World) => world.release(who)),
  fc.integer({ min: 1, max: 25 }).map((n) => (world: World) => void (world.logEnd += n)),
  fc.boolean().map((well) => (world: World) => world.settle(well)),
  member.map((who) => (world: World) => {
    // A write that fails when the lock is over.
    world.acknowledgeHeld(who, 1);
    world.wait(100);
    world.settle(false);
  }),
  fc.constantFrom(1, 40, 100, 250).map((ms) => (world: World) => world.wait(ms)),
  fc.integer({ min: 1, max: 15 }).map((n) => (world: World) => world.moveLogStart(n)),
  fc.boolean().map((landed) => (world: World) => world.restart(landed)),
);

describe('a share partition, against a model with one entry for each offset', () => {
  it('gives each record to one at a time, until it is accepted, rejected or spent', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 120 }), (acts) => {
        const world = new World();
        world.logEnd = 30;
        for (const next of acts) {
          next(world);
          world.model.compare(world.partition);
        }
        world.drain();
      }),
      { numRuns: 300 },
    );
  });
});
