import { errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { settle } from '../host/manual.test-clock.ts';
import { type Producer, TransactionScript } from './script.test-transaction.ts';

const LAST_EPOCH = 32_766;

/** A coordinator whose producer has this epoch, and an open transaction unless `open` is false. */
async function withEpoch(producerEpoch: number, { open = true } = {}): Promise<TransactionScript> {
  return TransactionScript.loaded({
    state: open ? 'Ongoing' : 'CompleteCommit',
    producerId: 7,
    producerEpoch,
    previousProducerId: 7,
    nextProducerId: -1,
    lastProducerEpoch: -1,
    timeoutMs: 60_000,
    partitions: new Map(open ? [['a', new Set([0])]] : []),
    startTimestampMs: 1_700_000_000_000,
    lastUpdateTimestampMs: 1_700_000_000_000,
    clientVersion: 2,
  });
}

describe('a transaction', () => {
  it('is opened, committed and completed, with a new epoch at each end', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    expect(producer).toEqual({ producerId: 1000, producerEpoch: 0 });
    expect(await script.add(producer, { a: [0, 1] })).toBe('NONE');
    expect(await script.add(producer, { b: [2] })).toBe('NONE');
    const next = (await script.commit(producer)) as Producer;
    expect(next).toEqual({ producerId: 1000, producerEpoch: 1 });
    expect(script.states()).toEqual([
      'Empty',
      'Ongoing',
      'Ongoing',
      'PrepareCommit',
      'CompleteCommit',
    ]);
    expect(script.markers()).toEqual([
      {
        producerId: 1000,
        producerEpoch: 1,
        transactionResult: true,
        topics: [
          { name: 'a', partitionIndexes: [0, 1] },
          { name: 'b', partitionIndexes: [2] },
        ],
        coordinatorEpoch: 5,
        transactionVersion: 2,
      },
    ]);
    expect(await script.add(producer)).toBe('PRODUCER_FENCED');
    expect(await script.add(next)).toBe('NONE');
    expect(await script.abort(next)).toEqual({ producerId: 1000, producerEpoch: 2 });
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerEpoch: 2 });
  });

  it('keeps its epoch for clients of before KIP-890', async () => {
    const script = await TransactionScript.start();
    script.transactionVersion = 0;
    const producer = await script.producer();
    expect(await script.add(producer, { a: [0] }, { apiVersion: 3 })).toBe('NONE');
    expect(await script.commit(producer, 4)).toEqual({ producerId: -1, producerEpoch: -1 });
    expect(script.markers()[0]).toMatchObject({ producerEpoch: 0, transactionVersion: 0 });
    expect(script.last()).toMatchObject({ state: 'CompleteCommit', producerEpoch: 0 });
    expect(script.events().map(({ valueVersion }) => valueVersion)).toEqual([0, 0, 0, 0]);
  });

  it('of nothing can be aborted, which bumps the epoch, and not be committed', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    expect(await script.commit(producer)).toBe('INVALID_TXN_STATE');
    const next = (await script.abort(producer)) as Producer;
    expect(next).toEqual({ producerId: 1000, producerEpoch: 1 });
    expect(await script.abort(producer)).toEqual(next);
    expect(await script.abort(next)).toEqual({ producerId: 1000, producerEpoch: 2 });
    expect(script.markers()).toEqual([]);
    expect(script.last()).toMatchObject({
      state: 'CompleteAbort',
      startTimestampMs: script.clock.now(),
    });
  });

  it('is not ended by a late request of the one before', async () => {
    const script = await TransactionScript.start();
    const first = await script.producer();
    await script.add(first);
    const second = (await script.commit(first)) as Producer;
    await script.add(second);
    expect(await script.commit(first)).toBe('PRODUCER_FENCED');
    expect(script.last().state).toBe('Ongoing');
  });

  it('answers a retry of its end as the first try', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    await script.add(producer);
    const next = await script.commit(producer);
    expect(await script.commit(producer)).toEqual(next);
    expect(await script.abort(producer)).toBe('INVALID_TXN_STATE');
  });

  it('makes others wait until its markers are written', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    await script.add(producer);
    script.brokers.silent = true;
    const next = (await script.commit(producer)) as Producer;
    expect(await script.add(next)).toBe('CONCURRENT_TRANSACTIONS');
    expect(await script.commit(producer)).toBe('CONCURRENT_TRANSACTIONS');
    expect(await script.init()).toBe('CONCURRENT_TRANSACTIONS');
  });

  it('takes partitions that it has without a record', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    await script.add(producer, { a: [0, 1], b: [] });
    expect(await script.add(producer, { a: [1] })).toBe('NONE');
    expect(script.states()).toEqual(['Empty', 'Ongoing']);
    expect([...script.last().partitions.keys()]).toEqual(['a']);
    expect(await script.add(producer, { a: [1], c: [0] }, { verifyOnly: true })).toBe(
      'NONE TRANSACTION_ABORTABLE',
    );
  });

  it('has the offsets of a group as a partition', async () => {
    const script = await TransactionScript.start();
    const producer = await script.producer();
    const request = { transactionalId: 't', ...producer, groupId: 'group' };
    const { coordinator } = script;
    expect(await coordinator.addOffsetsToTxn(request, { apiVersion: 4 })).toEqual({ errorCode: 0 });
    expect([...script.last().partitions]).toEqual([['__consumer_offsets', new Set([5])]]);
    const old = { ...request, producerEpoch: 9 };
    expect(await coordinator.addOffsetsToTxn(old, { apiVersion: 1 })).toEqual({
      errorCode: errors.INVALID_PRODUCER_EPOCH.code,
    });
  });

  it('whose record would not fit a batch is refused', async () => {
    const script = await TransactionScript.start();
    script.log.maxBatchSizeBytes = 2000;
    await script.elect();
    const producer = await script.producer();
    const many = Array.from({ length: 1000 }, (_, index) => index);
    expect(await script.add(producer, { a: many })).toBe('UNKNOWN_SERVER_ERROR');
    expect(await script.add(producer, { a: [0] })).toBe('NONE');
  });
});

describe('a producer that is initialized', () => {
  it('fences the one before, whose transaction is aborted first', async () => {
    const script = await TransactionScript.start();
    const first = await script.producer();
    await script.add(first);
    expect(await script.init()).toBe('CONCURRENT_TRANSACTIONS');
    await settle();
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerEpoch: 1 });
    expect(await script.init()).toEqual({ producerId: 1000, producerEpoch: 2 });
    expect(await script.commit(first)).toBe('PRODUCER_FENCED');
    expect(await script.init({}, { apiVersion: 3, ...first })).toBe('INVALID_PRODUCER_EPOCH');
  });

  it.each([0, 1])('fences before KIP-890 just as well (transaction.version %i)', async (level) => {
    const script = await TransactionScript.start();
    script.transactionVersion = level;
    const first = await script.producer();
    await script.add(first, { a: [0] }, { apiVersion: 3 });
    expect(await script.init()).toBe('CONCURRENT_TRANSACTIONS');
    await settle();
    expect(script.markers()[0]).toMatchObject({ producerEpoch: 1, transactionVersion: 0 });
    expect(await script.init()).toEqual({ producerId: 1000, producerEpoch: 2 });
    expect(script.events().every(({ valueVersion }) => valueVersion === level)).toBe(true);
  });

  it('goes on with the id and epoch that it has (KIP-360)', async () => {
    const script = await TransactionScript.start();
    const first = await script.producer();
    const second = (await script.init(first)) as Producer;
    expect(second).toEqual({ producerId: 1000, producerEpoch: 1 });
    // The answer was lost.
    expect(await script.init(first)).toEqual(second);
    // Another producer took over.
    await script.init();
    expect(await script.init(second)).toBe('PRODUCER_FENCED');
    expect(await script.init({ producerId: 9, producerEpoch: 0 })).toBe('PRODUCER_FENCED');
  });

  it('goes on where its id is forgotten', async () => {
    const script = await TransactionScript.start();
    expect(await script.init({ producerId: 9, producerEpoch: 3 })).toEqual({
      producerId: 1000,
      producerEpoch: 0,
    });
  });

  it('gets a new id when the epochs are used up', async () => {
    const script = await withEpoch(LAST_EPOCH, { open: false });
    const last = { producerId: 7, producerEpoch: LAST_EPOCH };
    const next = { producerId: 1000, producerEpoch: 0 };
    expect(await script.init(last)).toEqual(next);
    expect(await script.init(last)).toEqual(next);
    expect(script.last()).toMatchObject({ previousProducerId: 1000, ...next });
    expect(await script.init({ producerId: 7, producerEpoch: 3 })).toBe('PRODUCER_FENCED');
  });

  it('is refused what makes no sense', async () => {
    const script = await TransactionScript.start({ maxTimeoutMs: 1000 });
    expect(await script.init({}, { transactionalId: '' })).toBe('INVALID_REQUEST');
    expect(await script.init({ producerId: 7 })).toBe('INVALID_REQUEST');
    expect(await script.init({ producerEpoch: 7 })).toBe('INVALID_REQUEST');
    for (const transactionTimeoutMs of [0, -1, 1001]) {
      expect(await script.init({}, { transactionTimeoutMs })).toBe('INVALID_TRANSACTION_TIMEOUT');
    }
    const transactionTimeoutMs = 1000;
    expect(await script.init({}, { transactionTimeoutMs, enable2Pc: true })).toBe(
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    );
    expect(await script.init({}, { transactionTimeoutMs, keepPreparedTxn: true })).toBe(
      'UNSUPPORTED_VERSION',
    );
    const unstorable = '\ufffd'.repeat(12_000);
    expect(await script.init({}, { transactionTimeoutMs, transactionalId: unstorable })).toBe(
      'UNKNOWN_SERVER_ERROR',
    );
    expect(script.events()).toEqual([]);
    expect(await script.init({}, { transactionalId: null })).toEqual({
      producerId: 1000,
      producerEpoch: 0,
    });
  });

  it('hears why there is no producer id', async () => {
    const script = await TransactionScript.start();
    script.producerIdError = errors.COORDINATOR_LOAD_IN_PROGRESS;
    expect(await script.init()).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(await script.init({}, { transactionalId: null })).toBe('COORDINATOR_LOAD_IN_PROGRESS');
  });

  it('has no timeout in two-phase commit', async () => {
    const script = await TransactionScript.start({ twoPhaseCommit: true });
    const producer = (await script.init({}, { enable2Pc: true })) as Producer;
    expect(script.last().timeoutMs).toBe(0x7fffffff);
    await script.add(producer);
    await script.clock.pass(30 * 24 * 3_600_000);
    expect(script.last().state).toBe('Ongoing');
  });
});

describe('the end of the epochs', () => {
  it('comes with the end of a transaction: the markers have the old id, the producer the new', async () => {
    const script = await withEpoch(LAST_EPOCH);
    const last = { producerId: 7, producerEpoch: LAST_EPOCH };
    const next = { producerId: 1000, producerEpoch: 0 };
    expect(await script.commit(last)).toEqual(next);
    expect(script.markers()[0]).toMatchObject({ producerId: 7, producerEpoch: LAST_EPOCH + 1 });
    expect(script.events().at(-2)!.value).toMatchObject({
      state: 'PrepareCommit',
      producerId: 7,
      nextProducerId: 1000,
    });
    expect(script.last()).toMatchObject({ ...next, previousProducerId: 7, nextProducerId: -1 });
    // The answer was lost.
    expect(await script.commit(last)).toEqual(next);
    expect(await script.add(next)).toBe('NONE');
    expect(await script.commit(next)).toEqual({ producerId: 1000, producerEpoch: 1 });
  });

  it('is no obstacle for the coordinator to abort', async () => {
    const script = await withEpoch(LAST_EPOCH);
    expect(await script.init()).toBe('CONCURRENT_TRANSACTIONS');
    await settle();
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerId: 1000 });
    expect(await script.init()).toEqual({ producerId: 1000, producerEpoch: 1 });
  });

  it('is no obstacle for the coordinator to abort before KIP-890', async () => {
    const script = await withEpoch(LAST_EPOCH);
    script.transactionVersion = 1;
    expect(await script.init()).toBe('CONCURRENT_TRANSACTIONS');
    await settle();
    expect(script.last()).toMatchObject({ producerId: 7, producerEpoch: LAST_EPOCH + 1 });
    expect(await script.init()).toEqual({ producerId: 1000, producerEpoch: 0 });
  });

  it('that should never have been reached can be left', async () => {
    const script = await withEpoch(LAST_EPOCH + 1);
    expect(await script.abort({ producerId: 7, producerEpoch: LAST_EPOCH + 1 })).toEqual({
      producerId: 1000,
      producerEpoch: 0,
    });
    expect(script.markers()[0]).toMatchObject({ producerId: 7, producerEpoch: LAST_EPOCH + 1 });
  });
});
