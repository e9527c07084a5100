import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFailure, type Log, type VerificationGuard, type VerifiedProducer } from './index.ts';
import { batch, marker, NOW, readAll, TestDirectory } from './log.test-support.ts';

const DAY_MS = 86_400_000;
const MAX_EPOCH = 0x7fff;

let place: TestDirectory;
let log: Log;
beforeEach(() => {
  place = new TestDirectory();
  log = place.open().createLog('t', 0, { now: NOW });
});
afterEach(() => place.remove());

const PRODUCER = 5;

/** What the append of a transactional batch of one record is answered. */
function produce(
  { epoch = 0, sequence = 0, transactional = true },
  verified?: VerificationGuard | 'waived' | null,
): string {
  const before = log.logEndOffset;
  const records = batch({
    values: ['x'],
    producerId: PRODUCER,
    producerEpoch: epoch,
    baseSequence: sequence,
    transactional,
  });
  const result = log.appendAsLeader(records, {
    leaderEpoch: 1,
    now: NOW,
    ...(verified && { verified }),
  });
  if (!isFailure(result)) return 'ok';
  expect(log.logEndOffset).toBe(before);
  return result.error.name;
}

function end(
  type: 'abort' | 'commit',
  { epoch = 0, coordinatorEpoch = 1, transactionVersion = 1 },
): string {
  const before = [log.logEndOffset, log.producers()];
  const result = log.appendAsLeader(marker(type, PRODUCER, epoch, coordinatorEpoch), {
    leaderEpoch: 1,
    now: NOW,
    origin: 'coordinator',
    transactionVersion,
  });
  if (!isFailure(result)) return 'ok';
  expect([log.logEndOffset, log.producers()]).toEqual(before);
  return result.error.name;
}

function verify(change: Partial<VerifiedProducer> = {}): VerificationGuard | null {
  const producer = { producerId: PRODUCER, epoch: 0, sequence: 0, supportsEpochBump: false };
  const started = log.transactions.startVerification({ ...producer, ...change }, NOW);
  if (started !== null && isFailure(started)) throw new Error(started.error.name);
  return started;
}

describe('a transactional batch', () => {
  it('is refused when nobody has verified it', () => {
    expect(produce({})).toBe('INVALID_TXN_STATE');
    expect(log.producers()).toEqual([]);
  });

  it('needs the guard of its own verification once, and none while the transaction goes on', () => {
    const guard = verify();
    expect(verify()).toBe(guard);
    expect(produce({}, guard)).toBe('ok');
    expect(verify({ sequence: 1 })).toBeNull();
    expect(produce({ sequence: 1 })).toBe('ok');
    expect(end('commit', {})).toBe('ok');
    expect(produce({ sequence: 2 }, guard)).toBe('INVALID_TXN_STATE');
  });

  it('is refused when a marker came between verification and append', () => {
    const guard = verify();
    expect(end('abort', {})).toBe('ok');
    expect(produce({}, guard)).toBe('INVALID_TXN_STATE');
    const later = verify();
    expect(later).not.toBe(guard);
    expect(produce({}, guard)).toBe('INVALID_TXN_STATE');
    expect(produce({}, later)).toBe('ok');
  });

  it('of version 2 outlives the marker of the transaction before it', () => {
    const guard = verify({ epoch: 1, supportsEpochBump: true });
    expect(end('commit', { epoch: 1, transactionVersion: 2 })).toBe('ok');
    expect(produce({ epoch: 1 }, guard)).toBe('ok');
    const next = verify({ epoch: 2, supportsEpochBump: true });
    expect(end('commit', { epoch: 3, transactionVersion: 2 })).toBe('ok');
    expect(produce({ epoch: 2 }, next)).toBe('INVALID_PRODUCER_EPOCH');
    expect(produce({ epoch: 3 }, next)).toBe('INVALID_TXN_STATE');
  });

  it('is refused when its verification has expired', () => {
    const guard = verify();
    log.expireProducers(NOW + DAY_MS - 1);
    expect(verify()).toBe(guard);
    log.expireProducers(NOW + DAY_MS);
    expect(produce({}, guard)).toBe('INVALID_TXN_STATE');
  });

  it('waits for batches of lower sequences that are verified with it', () => {
    const guard = verify({ sequence: 3 });
    expect(verify({ sequence: 1 })).toBe(guard);
    expect(produce({ sequence: 3 }, guard)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(produce({ sequence: 1 }, guard)).toBe('ok');
    expect(produce({ sequence: 2 })).toBe('ok');
  });

  it('of a later epoch begins its sequences anew, whatever waited before', () => {
    const guard = verify({ sequence: 3 });
    expect(verify({ sequence: 5, epoch: 1 })).toBe(guard);
    expect(verify({ sequence: 0, epoch: 0 })).toBe(guard);
    expect(produce({ sequence: 6, epoch: 1 }, guard)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(produce({ sequence: 5, epoch: 1 }, guard)).toBe('ok');
  });

  it('of version 2 starts at sequence 0 where nothing is known of its producer', () => {
    const guard = verify({ sequence: 4, supportsEpochBump: true });
    expect(produce({ sequence: 4 }, guard)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    log.expireProducers(NOW + DAY_MS);
    expect(produce({ sequence: 4 }, verify({ sequence: 4 }))).toBe('ok');
  });

  it('of an old epoch is fenced before it is verified, and after', () => {
    const guard = verify({ epoch: 2 });
    expect(produce({ epoch: 2 }, guard)).toBe('ok');
    expect(() => verify({ epoch: 1 })).toThrow('INVALID_PRODUCER_EPOCH');
    expect(produce({ epoch: 1 }, 'waived')).toBe('INVALID_PRODUCER_EPOCH');
    expect(produce({ epoch: 3 })).toBe('INVALID_TXN_STATE');
  });

  it('is what a producer has to send until its transaction ends', () => {
    expect(produce({}, verify())).toBe('ok');
    expect(produce({ sequence: 1, transactional: false })).toBe('INVALID_TXN_STATE');
    expect(end('abort', {})).toBe('ok');
    expect(produce({ sequence: 1, transactional: false })).toBe('ok');
  });

  it('can be asked for before it is made, as coordinators do', () => {
    const refusal = (epoch: number, guard?: VerificationGuard | 'waived') =>
      log.transactions.check(PRODUCER, epoch, guard)?.error.name ?? 'ok';
    expect(refusal(1)).toBe('INVALID_TXN_STATE');
    expect(refusal(1, 'waived')).toBe('ok');
    const guard = verify({ epoch: 1 })!;
    expect(refusal(1, guard)).toBe('ok');
    expect(produce({ epoch: 1 }, guard)).toBe('ok');
    expect(refusal(1)).toBe('ok');
    expect(refusal(0, 'waived')).toBe('INVALID_PRODUCER_EPOCH');
    expect(refusal(2)).toBe('INVALID_TXN_STATE');
  });
});

describe('a marker', () => {
  it('of an older epoch than the producer has is refused', () => {
    expect(produce({ epoch: 4 }, verify({ epoch: 4 }))).toBe('ok');
    expect(end('abort', { epoch: 3 })).toBe('INVALID_PRODUCER_EPOCH');
    expect(end('abort', { epoch: 4 })).toBe('ok');
  });

  it('of version 2 has to raise the epoch', () => {
    expect(produce({ epoch: 4 }, verify({ epoch: 4 }))).toBe('ok');
    expect(end('commit', { epoch: 4, transactionVersion: 2 })).toBe('INVALID_PRODUCER_EPOCH');
    expect(end('commit', { epoch: 5, transactionVersion: 2 })).toBe('ok');
    expect(log.producers()).toMatchObject([{ producerEpoch: 5, currentTxnStartOffset: -1 }]);
  });

  it('of version 2 may come twice while no transaction is open, and always at the last epoch', () => {
    expect(end('commit', { epoch: 5, transactionVersion: 2 })).toBe('ok');
    expect(end('commit', { epoch: 5, transactionVersion: 2 })).toBe('ok');
    expect(produce({ epoch: MAX_EPOCH }, verify({ epoch: MAX_EPOCH }))).toBe('ok');
    expect(end('abort', { epoch: MAX_EPOCH, transactionVersion: 2 })).toBe('ok');
  });

  it('of a coordinator that was replaced is refused', () => {
    expect(end('commit', { coordinatorEpoch: 7 })).toBe('ok');
    expect(end('commit', { coordinatorEpoch: 6 })).toBe('TRANSACTION_COORDINATOR_FENCED');
    expect(end('commit', { coordinatorEpoch: 7 })).toBe('ok');
  });
});

describe('what holds readers back', () => {
  it('is late when it stands for longer than any transaction may', () => {
    const isLate = (afterMs: number) => log.transactions.hasLate(NOW + afterMs, 900_000);
    expect(isLate(DAY_MS)).toBe(false);
    expect(produce({}, verify())).toBe('ok');
    expect(isLate(1_200_000)).toBe(false);
    expect(isLate(1_200_001)).toBe(true);
    expect(end('abort', {})).toBe('ok');
    expect(isLate(DAY_MS)).toBe(false);
  });

  it('is told of with the records that it touches, not with all that precede them', () => {
    for (let i = 0; i < 60; i++) {
      expect(produce({ sequence: i }, verify({ sequence: i }))).toBe('ok');
      expect(end('abort', {})).toBe('ok');
    }
    log.updateHighWatermark(log.logEndOffset);
    const told = (offset: number, maxBytes: number) => {
      const limits = { maxBytes, maxOffset: log.lastStableOffset, minOneMessage: true };
      const result = log.read(offset, { ...limits, abortedTransactions: true });
      if (isFailure(result)) throw new Error(result.message);
      return result.abortedTransactions.map(({ firstOffset }) => firstOffset);
    };
    expect(told(0, 200).length).toBeLessThan(10);
    expect(told(0, 200).slice(0, 2)).toEqual([0, 2]);
    expect(told(40, 200)[0]).toBe(40);
    expect(told(41, 200)[0]).toBe(40);
    expect(readAll(log).length).toBe(120);
  });
});
