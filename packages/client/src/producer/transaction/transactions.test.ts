import type { ApiName } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../client.ts';
import type { KafkaClientError } from '../../client-error.ts';
import { string } from '../../serde/primitives.ts';
import { topic } from '../../serde/topic.ts';
import { type Fault, TransactionalBroker } from '../../testing/transactional-broker.ts';
import type { ProducerOptions } from '../producer-settings.ts';

function setUp(version: 1 | 2, options: ProducerOptions = {}) {
  const broker = new TransactionalBroker(version);
  const client = createClient({ bootstrapServers: 'broker:9092', platform: broker.platform });
  const producer = client.producer({ transactionalId: 'tx', lingerMs: 0, ...options });
  const record = (value: string, partition = 0) => ({ topic: 't', partition, value });
  const offset = (n: number) => [{ topic: 'in', partition: 4, offset: n }];
  return { broker, clock: broker.clock, client, producer, record, offset };
}

/** A fault for the first requests of an API, `times` of them. */
function first(name: ApiName, fault: Fault, times = 1): (name: ApiName) => Fault {
  let left = times;
  return (asked) => (asked === name && left-- > 0 ? fault : 'none');
}

const versions = [1, 2] as const;

describe.each(versions)('a transaction, version %i', (version) => {
  it('commits what it sent and the offsets, with results', async () => {
    const { broker, clock, producer, record, offset } = setUp(version);
    const sent = await clock.settle(
      producer.transaction(async (tx) => {
        void tx.sendAll([record('b', 1), record('c', 2)]);
        await tx.sendOffsets(offset(12), 'group');
        return tx.send(record('a'));
      }),
    );
    expect(sent).toMatchObject({ topic: 't', partition: 0, offset: 0 });
    expect([0, 1, 2].map((p) => broker.committed(p))).toEqual([['a'], ['b'], ['c']]);
    expect(broker.offsets.get('group/in-4')).toBe(12);
    const added = broker.of('AddPartitionsToTxn').length + broker.of('AddOffsetsToTxn').length;
    expect(added > 0).toBe(version === 1);
    const sentBy = (name: ApiName) => broker.requests.find((r) => r.name === name)!.version;
    expect(sentBy('Produce')).toBe(version === 1 ? 11 : 13);
    expect(sentBy('EndTxn')).toBe(version === 1 ? 4 : 5);
    expect(sentBy('TxnOffsetCommit')).toBe(version === 1 ? 4 : 5);
    expect(broker.of('Produce')[0]!.transactionalId).toBe('tx');
  });

  it('aborts when the work throws, and the next one begins afresh', async () => {
    const { broker, clock, producer, record } = setUp(version);
    const failed = producer.transaction(async (tx) => {
      await tx.send(record('a'));
      throw new Error('no');
    });
    await expect(clock.settle(failed)).rejects.toThrow('no');
    await clock.settle(producer.transaction((tx) => tx.send(record('b'))));
    await clock.settle(producer.transaction((tx) => tx.send(record('c'))));
    expect(broker.committed(0)).toEqual(['b', 'c']);
    expect(broker.epoch).toBe(version === 1 ? 0 : 3);
    expect(broker.of('InitProducerId')).toHaveLength(1);
  });

  it('says nothing to the coordinator where nothing was sent', async () => {
    const { broker, clock, producer } = setUp(version);
    await clock.settle(producer.transaction(() => 1));
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.abort());
    expect(broker.of('EndTxn')).toEqual([]);
  });

  it('fails what waits when it is aborted, and sends nothing of it', async () => {
    const { broker, clock, producer, record } = setUp(version, { lingerMs: 60_000 });
    const tx = await clock.settle(producer.begin());
    const sent = tx.send(record('a'));
    await clock.until(() => broker.of('Metadata').length > 0);
    await clock.settle(tx.abort());
    await expect(sent).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(broker.of('Produce')).toEqual([]);
    expect(clock.monotonic()).toBeLessThan(60_000);
  });

  it('is over with its end, and there is one at a time', async () => {
    const { clock, producer, record, offset } = setUp(version);
    await expect(producer.send(record('x'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const tx = await clock.settle(producer.begin());
    await expect(clock.settle(producer.begin())).rejects.toMatchObject({
      code: 'INVALID_TXN_STATE',
      message: expect.stringContaining('commit or abort it first'),
    });
    await clock.settle(tx.commit());
    const next = await clock.settle(producer.begin());
    for (const late of [tx.send(record('a')), tx.sendOffsets(offset(1), 'g'), tx.commit()]) {
      await expect(late).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' });
    }
    await clock.settle(next.abort());
  });

  it('can only be aborted after a batch was refused for good', async () => {
    const { broker, clock, producer, record } = setUp(version);
    broker.fault = first('Produce', 'INVALID_RECORD');
    const tx = await clock.settle(producer.begin());
    void tx.send(record('a'));
    await expect(clock.settle(tx.commit())).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      transaction: 'abortable',
    });
    await expect(clock.settle(tx.send(record('b')))).rejects.toMatchObject({
      transaction: 'abortable',
    });
    await clock.settle(tx.abort());
    await clock.settle(producer.transaction((next) => next.send(record('c'))));
    expect(broker.committed(0)).toEqual(['c']);
    // Before version 2 the epoch is bumped by request: the lost sequence is never used (KIP-360).
    const asked = broker.of('InitProducerId');
    expect(asked.map(({ producerId }) => producerId)).toEqual(version === 1 ? [-1, 7] : [-1]);
    expect(broker.epoch).toBe(version === 1 ? 1 : 2);
  });

  it('can only be aborted when a record found no place, awaited or not', async () => {
    const { broker, clock, producer, record } = setUp(version, { maxRequestSizeBytes: 1000 });
    for (const bad of [record('x'.repeat(2000)), record('a', 9), { topic: 'none', value: 'a' }]) {
      const tx = await clock.settle(producer.begin());
      void tx.send(record('a'));
      void tx.send(bad);
      await expect(clock.settle(tx.commit())).rejects.toMatchObject({ transaction: 'abortable' });
      await clock.settle(tx.abort());
    }
    expect(broker.committed(0)).toEqual([]);
  });

  it('takes in what its serdes were still at when it was committed, and nothing after an abort', async () => {
    const { broker, clock, producer } = setUp(version);
    let encode: () => void = () => {};
    const beforeSerialize = () => new Promise<void>((resolve) => (encode = resolve));
    const slow = topic('t', { value: { ...string, beforeSerialize } });
    for (const end of ['commit', 'abort'] as const) {
      const tx = await clock.settle(producer.begin());
      const sent = tx.send({ topic: slow, value: end });
      const outcome = sent.then(
        () => 'sent',
        (error: KafkaClientError) => error.code,
      );
      const ended = tx[end]();
      encode();
      await clock.settle(ended);
      expect(await outcome).toBe(end === 'commit' ? 'sent' : 'TRANSACTION_ABORTED');
    }
    const read = [0, 1, 2].flatMap((partition) => broker.committed(partition));
    expect(read).toEqual(['commit']);
  });

  it.each<[ApiName, Fault]>([
    ['InitProducerId', 'CONCURRENT_TRANSACTIONS'],
    ['InitProducerId', 'NOT_COORDINATOR'],
    ['InitProducerId', 'lost answer'],
    ['AddPartitionsToTxn', 'CONCURRENT_TRANSACTIONS'],
    ['AddPartitionsToTxn', 'COORDINATOR_NOT_AVAILABLE'],
    ['AddPartitionsToTxn', 'lost answer'],
    ['AddOffsetsToTxn', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['AddOffsetsToTxn', 'lost request'],
    ['TxnOffsetCommit', 'NOT_COORDINATOR'],
    ['TxnOffsetCommit', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['TxnOffsetCommit', 'lost answer'],
    ['Produce', 'NOT_LEADER_OR_FOLLOWER'],
    ['Produce', 'CONCURRENT_TRANSACTIONS'],
    ['Produce', 'lost answer'],
    ['EndTxn', 'COORDINATOR_NOT_AVAILABLE'],
    ['EndTxn', 'lost request'],
    ['EndTxn', 'lost answer'],
  ])('goes on after %s met %s', async (api, fault) => {
    const { broker, clock, producer, record, offset } = setUp(version);
    broker.fault = first(api, fault, 2);
    for (const [n, value] of ['a', 'b'].entries()) {
      await clock.settle(
        producer.transaction(async (tx) => {
          void tx.send(record(value));
          await tx.sendOffsets(offset(n), 'group');
        }),
      );
    }
    expect(broker.committed(0)).toEqual(['a', 'b']);
    expect(broker.offsets.get('group/in-4')).toBe(1);
    const lookUps = fault === 'NOT_COORDINATOR' ? 3 : 2;
    expect(broker.of('FindCoordinator').length).toBeGreaterThanOrEqual(lookUps);
  });

  it.each<[ApiName, Fault]>([
    ['AddPartitionsToTxn', 'TOPIC_AUTHORIZATION_FAILED'],
    ['AddPartitionsToTxn', 'TRANSACTION_ABORTABLE'],
    ['AddOffsetsToTxn', 'GROUP_AUTHORIZATION_FAILED'],
    ['TxnOffsetCommit', 'ILLEGAL_GENERATION'],
    ['TxnOffsetCommit', 'FENCED_INSTANCE_ID'],
    ['Produce', 'TRANSACTION_ABORTABLE'],
    ['Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['Produce', 'UNKNOWN_PRODUCER_ID'],
    ['Produce', 'INVALID_PRODUCER_EPOCH'],
    ['EndTxn', 'TRANSACTION_ABORTABLE'],
  ])('is aborted where %s meets %s, and may be repeated', async (api, fault) => {
    if (version === 2 && api.startsWith('Add')) return;
    const { broker, clock, producer, record, offset } = setUp(version);
    broker.fault = first(api, fault);
    const work = () =>
      clock.settle(
        producer.transaction(async (tx) => {
          void tx.send(record('a'));
          await tx.sendOffsets(offset(1), 'group');
        }),
      );
    await expect(work()).rejects.toMatchObject({ code: fault, transaction: 'abortable' });
    expect(broker.offsets.size).toBe(0);
    await work();
    expect(broker.committed(0)).toEqual(['a']);
  });

  it.each<[ApiName, Fault]>([
    ['InitProducerId', 'INVALID_TRANSACTION_TIMEOUT'],
    ['AddPartitionsToTxn', 'INVALID_PRODUCER_ID_MAPPING'],
    ['AddOffsetsToTxn', 'INVALID_PRODUCER_EPOCH'],
    ['TxnOffsetCommit', 'PRODUCER_FENCED'],
    ['Produce', 'PRODUCER_FENCED'],
    ['EndTxn', 'INVALID_TXN_STATE'],
  ])('ends the producer where %s meets %s', async (api, fault) => {
    if (version === 2 && api.startsWith('Add')) return;
    const { broker, clock, producer, record, offset } = setUp(version);
    broker.fault = first(api, fault);
    const work = () =>
      producer.transaction(async (tx) => {
        void tx.send(record('a'));
        await tx.sendOffsets(offset(1), 'group');
      });
    await expect(clock.settle(work())).rejects.toMatchObject({ transaction: 'fatal' });
    const before = broker.requests.length;
    await expect(clock.settle(producer.begin())).rejects.toMatchObject({
      transaction: 'fatal',
      message: expect.stringContaining('create a new one'),
    });
    expect(broker.requests).toHaveLength(before);
    expect(broker.committed(0)).toEqual([]);
  });

  it('is fenced by another producer of the same id', async () => {
    const { broker, clock, producer, record } = setUp(version);
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.send(record('a')));
    broker.fence();
    await expect(clock.settle(tx.commit())).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
      transaction: 'fatal',
      retriable: false,
    });
    expect(broker.committed(0)).toEqual([]);
  });

  it('may be asked for again where access was refused', async () => {
    const { broker, clock, producer, record } = setUp(version);
    broker.fault = first('InitProducerId', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    await expect(clock.settle(producer.begin())).rejects.toMatchObject({
      code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    });
    await clock.settle(producer.transaction((tx) => tx.send(record('a'))));
    expect(broker.committed(0)).toEqual(['a']);
  });

  it.each([
    ['commits', 'commit', ['a', 'b']],
    ['aborts', 'abort', ['b']],
  ] as const)('that %s without an answer is ended before the next', async (_, call, expected) => {
    const { broker, clock, producer, record } = setUp(version, { maxBlockMs: 500 });
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.send(record('a')));
    broker.fault = (name) => (name === 'EndTxn' ? 'lost answer' : 'none');
    await expect(clock.settle(tx[call]())).rejects.toMatchObject({
      code: 'TIMEOUT',
      retriable: true,
      message: expect.stringContaining('the same call again'),
    });
    broker.fault = () => 'none';
    await clock.settle(producer.transaction((next) => next.send(record('b'))));
    expect(broker.committed(0)).toEqual(expected);
  });

  it('cannot be aborted while its commit may have been carried out', async () => {
    const { broker, clock, producer, record } = setUp(version, { maxBlockMs: 500 });
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.send(record('a')));
    broker.fault = (name) => (name === 'EndTxn' ? 'lost answer' : 'none');
    await expect(clock.settle(tx.commit())).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(tx.abort()).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' });
    broker.fault = () => 'none';
    await clock.settle(tx.commit());
    expect(broker.committed(0)).toEqual(['a']);
  });

  it('is aborted when the producer is closed', async () => {
    const { broker, clock, producer, record } = setUp(version);
    const tx = await clock.settle(producer.begin());
    await clock.settle(tx.send(record('a')));
    await clock.settle(producer.close());
    expect(broker.state).toBe('aborted');
    await expect(tx.commit()).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' });
  });

  it('commits offsets as the member of a group that a consumer is', async () => {
    const { broker, clock, producer, offset } = setUp(version);
    const member = {
      groupId: 'g',
      generationId: 5,
      memberId: 'm',
      groupInstanceId: 'static',
    };
    await clock.settle(
      producer.transaction((tx) => tx.sendOffsets(offset(3), { groupMetadata: () => member })),
    );
    expect(broker.of('TxnOffsetCommit')[0]).toMatchObject(member);
    expect(broker.offsets.get('g/in-4')).toBe(3);
  });
});

describe('a transactional producer', () => {
  it('takes a new epoch when the cluster goes over to version 2', async () => {
    const { broker, clock, client, producer, record } = setUp(1);
    await clock.settle(producer.transaction((tx) => tx.send(record('a'))));
    Object.assign(broker, { version: 2 });
    broker.features.set('transaction.version', 2);
    broker.featuresEpoch = 2;
    broker.closeConnections();
    await clock.settle(client.admin().listTopics());
    await clock.settle(producer.transaction((tx) => tx.send(record('b'))));
    await clock.settle(producer.transaction((tx) => tx.send(record('c'))));
    expect(broker.of('InitProducerId').map(({ producerId }) => producerId)).toEqual([-1, 7]);
    expect(broker.requests.findLast(({ name }) => name === 'EndTxn')!.version).toBe(5);
    expect(broker.committed(0)).toEqual(['a', 'b', 'c']);
  });

  it('ends what the coordinator may have begun though nobody has heard of it', async () => {
    const { broker, clock, producer, record } = setUp(1, { maxBlockMs: 500 });
    const tx = await clock.settle(producer.begin());
    broker.fault = (name) => (name === 'AddPartitionsToTxn' ? 'lost answer' : 'none');
    await expect(clock.settle(tx.send(record('a')))).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(broker.state).toBe('open');
    await clock.settle(tx.abort());
    expect(broker.state).toBe('aborted');
  });

  it('takes an abort of what the coordinator never saw as done', async () => {
    const { broker, clock, producer, record } = setUp(1, { maxBlockMs: 500 });
    const tx = await clock.settle(producer.begin());
    broker.fault = (name) => (name === 'AddPartitionsToTxn' ? 'lost request' : 'none');
    await expect(clock.settle(tx.send(record('a')))).rejects.toMatchObject({
      code: 'TIMEOUT',
      transaction: 'abortable',
    });
    broker.fault = () => 'none';
    await clock.settle(tx.abort());
    await clock.settle(producer.transaction((next) => next.send(record('b'))));
    expect(broker.committed(0)).toEqual(['b']);
  });

  it('needs an id, idempotence and a timeout', async () => {
    const { client } = setUp(1);
    for (const options of [
      { transactionalId: '' },
      { transactionalId: 'x', idempotence: false },
      { transactionalId: 'x', acks: 1 as const },
      { transactionalId: 'x', transactionTimeoutMs: 0 },
    ]) {
      expect(() => client.producer(options)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    await expect(client.producer().begin()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
