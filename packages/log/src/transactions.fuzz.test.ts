import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFailure, type Log, type VerificationGuard } from './index.ts';
import { batch, kill, marker, NOW, TestDirectory } from './log.test-support.ts';

const producerId = fc.integer({ min: 1, max: 2 });
const epoch = fc.integer({ min: 0, max: 3 });
const sequence = fc.integer({ min: 0, max: 2 });

const step = fc.oneof(
  fc.record({
    do: fc.constant('produce' as const),
    producerId,
    epoch,
    sequence,
    transactional: fc.boolean(),
    verified: fc.constantFrom('guard' as const, 'old guard' as const, 'nothing' as const),
  }),
  fc.record({
    do: fc.constant('verify' as const),
    producerId,
    epoch,
    sequence,
    supportsEpochBump: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('end' as const),
    producerId,
    epoch,
    coordinatorEpoch: fc.integer({ min: 0, max: 2 }),
    transactionVersion: fc.constantFrom(0, 1, 2),
    type: fc.constantFrom('abort' as const, 'commit' as const),
  }),
  fc.record({ do: fc.constant('replicate' as const) }),
);
type Step = (typeof step extends fc.Arbitrary<infer T> ? T : never) & object;

/** The log as readers and coordinators see it. */
function seen(log: Log) {
  return {
    endOffset: log.logEndOffset,
    producers: log.producers().toSorted((a, b) => a.producerId - b.producerId),
    aborted: log.abortedTransactions(0, log.logEndOffset),
  };
}

const knownRefusals = new Set([
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_EPOCH',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'TRANSACTION_COORDINATOR_FENCED',
]);

class Story {
  readonly log: Log;
  /** Those that stand, and those that something has overtaken. */
  readonly guards = new Map<number, VerificationGuard>();
  readonly oldGuards = new Map<number, VerificationGuard>();

  constructor(log: Log) {
    this.log = log;
  }

  playAll(steps: readonly Step[]): this {
    for (const one of steps) this.#play(one);
    return this;
  }

  #play(step: Step): void {
    const before = seen(this.log);
    if (step.do === 'replicate') this.log.updateHighWatermark(this.log.logEndOffset);
    else if (step.do === 'verify') this.#verify(step);
    else if (this.#append(step)) return;
    expect(seen(this.log)).toEqual(before);
  }

  #verify(step: Extract<Step, { do: 'verify' }>): void {
    const guard = this.log.transactions.startVerification(step, NOW);
    if (guard === null || isFailure(guard)) return;
    expect(guard).not.toBe(this.oldGuards.get(step.producerId));
    this.guards.set(step.producerId, guard);
  }

  /** Whether something was appended. */
  #append(step: Extract<Step, { do: 'produce' | 'end' }>): boolean {
    const known = this.log.producers().find((one) => one.producerId === step.producerId);
    const result = step.do === 'produce' ? this.#produce(step) : this.#end(step);
    if (isFailure(result)) {
      expect(knownRefusals).toContain(result.error.name);
      return false;
    }
    if (step.do === 'produce' && step.transactional && !result.duplicate) {
      const goesOn = known?.currentTxnStartOffset !== -1 && known?.producerEpoch === step.epoch;
      expect(goesOn || step.verified === 'guard').toBe(true);
    }
    expect(known?.producerEpoch ?? -1).toBeLessThanOrEqual(step.epoch);
    if (!result.duplicate && (step.do === 'end' || step.transactional)) this.#settle(step);
    return !result.duplicate;
  }

  #settle(step: Extract<Step, { do: 'produce' | 'end' }>): void {
    const guard = this.guards.get(step.producerId);
    if (guard === undefined) return;
    if (step.do === 'end' && guard.supportsEpochBump && guard.epoch === step.epoch) return;
    this.guards.delete(step.producerId);
    this.oldGuards.set(step.producerId, guard);
  }

  #produce(step: Extract<Step, { do: 'produce' }>) {
    const guards = step.verified === 'guard' ? this.guards : this.oldGuards;
    const guard = step.verified === 'nothing' ? undefined : guards.get(step.producerId);
    const records = batch({
      values: ['x'],
      producerId: step.producerId,
      producerEpoch: step.epoch,
      baseSequence: step.sequence,
      transactional: step.transactional,
    });
    const verified = guard === undefined ? {} : { verified: guard };
    return this.log.appendAsLeader(records, { leaderEpoch: 1, now: NOW, ...verified });
  }

  #end({ type, transactionVersion, ...step }: Extract<Step, { do: 'end' }>) {
    const records = marker(type, step.producerId, step.epoch, step.coordinatorEpoch);
    const origin = 'coordinator' as const;
    return this.log.appendAsLeader(records, {
      leaderEpoch: 1,
      now: NOW,
      origin,
      transactionVersion,
    });
  }
}

it('refuses forged batches and markers without a trace, and is the same after a crash', async () => {
  const place = new TestDirectory();
  const left = new Map<number, object>();
  try {
    const directory = place.open();
    const steps = fc.array(step, { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(steps, (all) => {
        const partition = left.size;
        const { log } = new Story(directory.createLog('t', partition, { now: NOW })).playAll(all);
        log.updateHighWatermark(log.logEndOffset);
        const open = log.producers().map((one) => one.currentTxnStartOffset);
        const first = Math.min(...open.filter((offset) => offset >= 0), log.logEndOffset);
        expect(log.lastStableOffset).toBe(first);
        left.set(partition, { ...seen(log), stable: first });
      }),
      { numRuns: 50 },
    );
    await kill(directory);
    const again = place.open();
    for (const [partition, before] of left) {
      const log = again.log('t', partition)!;
      log.updateHighWatermark(log.logEndOffset);
      expect({ ...seen(log), stable: log.lastStableOffset }).toEqual(before);
    }
  } finally {
    await place.remove();
  }
}, 30_000);
