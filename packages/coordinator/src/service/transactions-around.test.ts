import { errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { settle } from '../host/manual.test-clock.ts';
import type { TransactionState } from '../transaction/states.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { batchOf, type Producer, TransactionScript } from './script.test-transaction.ts';

const DAY_MS = 24 * 3_600_000;

function transaction(state: TransactionState, more: Partial<Transaction> = {}): Transaction {
  return {
    state,
    producerId: 7,
    producerEpoch: 5,
    previousProducerId: 7,
    nextProducerId: -1,
    lastProducerEpoch: -1,
    timeoutMs: 60_000,
    partitions: new Map([['a', new Set([0])]]),
    startTimestampMs: 1_700_000_000_000,
    lastUpdateTimestampMs: 1_700_000_000_000,
    clientVersion: 2,
    ...more,
  };
}

/** A script whose producer has an open transaction with these topics. */
async function opened(...topics: string[]): Promise<[TransactionScript, Producer]> {
  const script = await TransactionScript.start();
  const producer = await script.producer();
  await script.add(producer, Object.fromEntries(topics.map((topic) => [topic, [0, 1]])));
  return [script, producer];
}

describe('markers', () => {
  it('go out when the end is replicated, as does the answer', async () => {
    const [script, producer] = await opened('a');
    script.log.replicates = false;
    const answer = script.commit(producer);
    await settle();
    expect(script.brokers.sent).toEqual([]);
    script.log.replicates = true;
    script.log.replicate();
    expect(await answer).toEqual({ producerId: 1000, producerEpoch: 1 });
    expect(script.brokers.sent.length).toBe(1);
    expect(script.last().state).toBe('CompleteCommit');
  });

  it('are not forgotten when replication takes too long for the answer', async () => {
    const [script, producer] = await opened('a');
    script.log.replicates = false;
    const answer = script.commit(producer);
    await script.clock.pass(30_000);
    expect(await answer).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(script.brokers.sent).toEqual([]);
    script.log.replicates = true;
    script.log.replicate();
    await settle();
    expect(script.brokers.sent.length).toBe(1);
    expect(script.last().state).toBe('CompleteCommit');
  });

  it('go to the leader of each partition, and are dropped for those that are deleted', async () => {
    const [script, producer] = await opened('a', 'b', 'gone');
    script.brokers.leaders.set('b', 2).set('gone', 'deleted');
    await script.commit(producer);
    const sent = script.brokers.sent.map(({ nodeId, markers }) => [
      nodeId,
      markers[0]!.topics.map(({ name }) => name),
    ]);
    expect(sent).toEqual([
      [1, ['a']],
      [2, ['b']],
    ]);
    expect(script.last().state).toBe('CompleteCommit');
  });

  it('wait for a leader', async () => {
    const [script, producer] = await opened('a', 'b');
    script.brokers.leaders.set('b', null);
    await script.commit(producer);
    await script.clock.pass(5000);
    expect(script.last().state).toBe('PrepareCommit');
    expect((await script.describe()).topics).toEqual([{ topic: 'b', partitions: [0, 1] }]);
    script.brokers.leaders.delete('b');
    await script.clock.pass(1000);
    expect(script.last().state).toBe('CompleteCommit');
    expect(script.brokers.sent.length).toBe(2);
  });

  it.each([
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.NOT_ENOUGH_REPLICAS,
    errors.KAFKA_STORAGE_ERROR,
    errors.UNKNOWN_SERVER_ERROR,
  ])('are sent again after $name, and not too often', async (error) => {
    const [script, producer] = await opened('a', 'b');
    script.brokers.answers.set('a', error);
    await script.commit(producer);
    await script.clock.pass(10_000);
    expect(script.last().state).toBe('PrepareCommit');
    expect(script.brokers.sent.length).toBeLessThan(20);
    expect(
      script
        .markers()
        .at(-1)!
        .topics.map(({ name }) => name),
    ).toEqual(['a']);
    script.brokers.answers.clear();
    await script.clock.pass(1000);
    expect(script.last().state).toBe('CompleteCommit');
  });

  it('are sent again to a broker that does not answer', async () => {
    const [script, producer] = await opened('a');
    script.brokers.down = true;
    await script.commit(producer);
    await script.clock.pass(1000);
    script.brokers.down = false;
    await script.clock.pass(1000);
    expect(script.last().state).toBe('CompleteCommit');
  });

  it.each([errors.UNSUPPORTED_FOR_MESSAGE_FORMAT, errors.UNSUPPORTED_VERSION])(
    'are not missed where records cannot be: $name',
    async (error) => {
      const [script, producer] = await opened('a');
      script.brokers.answers.set('a', error);
      await script.commit(producer);
      expect(script.last().state).toBe('CompleteCommit');
    },
  );

  it.each([errors.INVALID_PRODUCER_EPOCH, errors.TRANSACTION_COORDINATOR_FENCED])(
    'are sent no more after $name, and the operator is told',
    async (error) => {
      const [script, producer] = await opened('a');
      script.brokers.answers.set('a', error);
      await script.commit(producer);
      await script.clock.pass(60_000);
      expect(script.brokers.sent.length).toBe(1);
      expect(script.warnings[0]).toContain(`t stays PrepareCommit`);
      expect(script.last().state).toBe('PrepareCommit');
    },
  );

  it('are sent no more by a coordinator that has resigned', async () => {
    const [script, producer] = await opened('a');
    script.brokers.answers.set('a', errors.NOT_LEADER_OR_FOLLOWER);
    await script.commit(producer);
    script.coordinator.resigned(0);
    const sent = script.brokers.sent.length;
    await script.clock.pass(10_000);
    expect(script.brokers.sent.length).toBe(sent);
    expect(await script.commit(producer)).toBe('NOT_COORDINATOR');
    script.coordinator.close();
    expect(await script.init()).toBe('COORDINATOR_NOT_AVAILABLE');
    expect((await script.list()).errorCode).toBe(errors.COORDINATOR_NOT_AVAILABLE.code);
  });
});

describe('a coordinator that loads its log', () => {
  it.each(['PrepareCommit', 'PrepareAbort'] as const)('completes what is %s', async (state) => {
    const script = await TransactionScript.loaded(transaction(state));
    expect(script.markers()).toMatchObject([
      { producerId: 7, producerEpoch: 5, transactionResult: state === 'PrepareCommit' },
    ]);
    expect(script.last().state).toBe(state.replace('Prepare', 'Complete'));
  });

  it('completes what has no partitions', async () => {
    const script = await TransactionScript.loaded(
      transaction('PrepareAbort', { partitions: new Map(), nextProducerId: 12 }),
    );
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerId: 12 });
  });

  it('knows all that it did', async () => {
    const [script, producer] = await opened('a', 'b');
    const before = await script.describe();
    const next = await script.restart();
    expect(await next.describe()).toEqual(before);
    expect(await next.commit(producer)).toEqual({ producerId: 1000, producerEpoch: 1 });
    expect(await (await next.restart()).commit(producer)).toEqual({
      producerId: 1000,
      producerEpoch: 1,
    });
  });

  it('starts again after an append has failed', async () => {
    const [script, producer] = await opened('a');
    script.log.refusal = errors.NOT_LEADER_OR_FOLLOWER;
    expect(await script.commit(producer)).toBe('NOT_COORDINATOR');
    script.log.refusal = null;
    await script.clock.pass(1000);
    expect((await script.describe()).transactionState).toBe('Ongoing');
    expect(await script.commit(producer)).toEqual({ producerId: 1000, producerEpoch: 1 });
    expect(script.last().state).toBe('CompleteCommit');
  });

  it('answers that it is loading', async () => {
    const script = new TransactionScript();
    script.coordinator.elected(0, script.log, 1);
    const loading = 'COORDINATOR_LOAD_IN_PROGRESS';
    const none = { producerId: 1, producerEpoch: 0 };
    const answers = [script.init(), script.add(none), script.commit(none)];
    const listed = script.list();
    expect(await Promise.all(answers)).toEqual([loading, loading, loading]);
    expect((await listed).errorCode).toBe(errors.COORDINATOR_LOAD_IN_PROGRESS.code);
  });
});

describe('a transaction that takes too long', () => {
  it('is aborted at the next round, and its producer fenced until it asks', async () => {
    const [script, producer] = await opened('a');
    await script.clock.pass(60_000);
    expect(script.last().state).toBe('Ongoing');
    await script.clock.pass(10_001);
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerEpoch: 1 });
    expect(script.markers()[0]).toMatchObject({ transactionResult: false, producerEpoch: 1 });
    expect(await script.add(producer)).toBe('PRODUCER_FENCED');
    // A commit that raced the abort hears that the transaction is not what it thinks.
    expect(await script.commit(producer)).toBe('INVALID_TXN_STATE');
    expect(await script.abort(producer)).toEqual({ producerId: 1000, producerEpoch: 1 });
  });

  it('has its time from its start, also after a restart', async () => {
    const [script] = await opened('a');
    await script.clock.pass(50_000);
    const next = await script.restart();
    await next.clock.pass(20_001);
    expect(next.last().state).toBe('CompleteAbort');
  });

  it('gets a new producer id where the epochs are used up', async () => {
    const script = await TransactionScript.loaded(
      transaction('Ongoing', { producerEpoch: 32_766 }),
    );
    script.producerIdError = errors.COORDINATOR_LOAD_IN_PROGRESS;
    await script.clock.pass(80_000);
    expect(script.last().state).toBe('Ongoing');
    script.producerIdError = null;
    await script.clock.pass(10_000);
    expect(script.last()).toMatchObject({ state: 'CompleteAbort', producerId: 1000 });
  });

  it('is not aborted when it has ended, or begun again', async () => {
    const [script, producer] = await opened('a');
    const next = (await script.commit(producer)) as Producer;
    await script.clock.pass(55_000);
    await script.add(next);
    await script.clock.pass(30_000);
    expect(script.last().state).toBe('Ongoing');
    await script.clock.pass(40_000);
    expect(script.last().state).toBe('CompleteAbort');
  });
});

describe('a transactional id', () => {
  it('expires when nothing was heard of it for long enough', async () => {
    const script = await TransactionScript.start();
    await script.producer();
    await script.clock.pass(7 * DAY_MS - 1);
    expect(script.states()).toEqual(['Empty']);
    await script.clock.pass(3_600_000);
    expect(script.states()).toEqual(['Empty', null]);
    expect((await script.describe()).errorCode).toBe(errors.TRANSACTIONAL_ID_NOT_FOUND.code);
    expect(await script.producer()).toEqual({ producerId: 1001, producerEpoch: 0 });
  });

  it('expires in as many batches as it takes, and not while a transaction is open', async () => {
    const script = new TransactionScript();
    script.log.maxBatchSizeBytes = 1000;
    for (let id = 0; id < 100; id++) {
      const value = transaction('CompleteCommit', { partitions: new Map() });
      script.log.put(batchOf({ transactionalId: `id-${id}`, valueVersion: 1, value }));
    }
    const open = transaction('Ongoing', { timeoutMs: 0x7fffffff });
    script.log.put(batchOf({ transactionalId: 't', valueVersion: 1, value: open }));
    script.log.replicate();
    await script.elect();
    await script.clock.pass(8 * DAY_MS);
    const { transactionStates } = await script.list();
    expect(transactionStates.map(({ transactionalId }) => transactionalId)).toEqual(['t']);
  });
});

describe('who looks', () => {
  it('sees the transaction and its partitions', async () => {
    const [script, producer] = await opened('a', 'b');
    expect(await script.describe()).toEqual({
      errorCode: 0,
      transactionalId: 't',
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: script.clock.now(),
      ...producer,
      topics: [
        { topic: 'a', partitions: [0, 1] },
        { topic: 'b', partitions: [0, 1] },
      ],
    });
    expect((await script.describe('')).errorCode).toBe(errors.INVALID_REQUEST.code);
    expect((await script.describe('no')).errorCode).toBe(errors.TRANSACTIONAL_ID_NOT_FOUND.code);
  });

  it('lists by state, producer, duration and pattern', async () => {
    const [script] = await opened('a');
    await script.clock.pass(1000);
    await script.init({}, { transactionalId: 'other' });
    const ids = async (request: Parameters<TransactionScript['list']>[0]) => {
      const { transactionStates } = await script.list(request);
      return transactionStates.map(({ transactionalId }) => transactionalId);
    };
    expect(await ids({})).toEqual(['t', 'other']);
    expect(await ids({ stateFilters: ['Ongoing'] })).toEqual(['t']);
    expect(await ids({ producerIdFilters: [1001] })).toEqual(['other']);
    // What never began counts from the epoch, as in Apache Kafka.
    expect(await ids({ durationFilter: 999 })).toEqual(['t', 'other']);
    expect(await ids({ durationFilter: 1000 })).toEqual(['other']);
    expect(await ids({ transactionalIdPattern: 'o.*r' })).toEqual(['other']);
    expect(await ids({ transactionalIdPattern: 'o' })).toEqual([]);
    expect(await ids({ transactionalIdPattern: '' })).toEqual(['t', 'other']);
    const { unknownStateFilters, transactionStates } = await script.list({
      stateFilters: ['Bogus', 'Dead', 'Bogus'],
    });
    expect([unknownStateFilters, transactionStates]).toEqual([['Bogus'], []]);
    for (const transactionalIdPattern of ['[', 'x'.repeat(10_000)]) {
      const { errorCode } = await script.list({ transactionalIdPattern });
      expect(errorCode).toBe(errors.INVALID_REGULAR_EXPRESSION.code);
    }
  });

  it('sees nothing that could still be lost', async () => {
    const [script, producer] = await opened('a');
    script.log.replicates = false;
    let seen = 0;
    const looks = [
      script.commit(producer),
      script.describe(),
      script.list(),
      script.add(producer, { a: [0] }, { verifyOnly: true }),
      script.add({ ...producer, producerEpoch: 9 }),
    ].map((look) => look.then(() => seen++));
    await settle();
    expect(seen).toBe(0);
    script.log.replicate();
    await Promise.all(looks);
  });
});
