import { errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient, valuesOf } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';
import { TransactionalClient } from './transactional-client.test-client.ts';

let node: TestNode;
let plain: TestClient;

beforeAll(async () => {
  node = await TestNode.start({ 'transaction.state.log.num.partitions': '3' });
  plain = await TestClient.connect(node);
  await plain.send('FindCoordinator', 6, { coordinatorKeys: ['g'] });
});

afterAll(async () => {
  expect(node.faults).toEqual([]);
  await node.dispose();
});

const logOf = (topic: string) => node.broker.partitions.get(topic, 0)!.log;

/** Markers are written behind the answer to EndTxn. */
async function decided(topic: string): Promise<void> {
  const { log } = node.broker.partitions.get(topic, 0)!;
  await expect.poll(() => log.lastStableOffset === log.logEndOffset).toBe(true);
}

describe.each([1, 2] as const)('transactions of version %i', (version) => {
  const name = (what: string) => `${what}-${version}`;
  const start = async (what: string) => {
    await plain.createTopic(name(what));
    const producer = await TransactionalClient.connect(node, name(what), version);
    return { producer, topic: name(what) };
  };

  it('show committed records, and which others to leave out', async () => {
    const { producer, topic } = await start('visible');
    expect(await producer.produce(topic, ['a', 'b'])).toMatchObject({ errorCode: 0 });
    expect(await producer.committedFetch(topic)).toMatchObject({
      lastStableOffset: 0,
      highWatermark: 2,
      abortedTransactions: [],
    });
    expect(valuesOf((await producer.committedFetch(topic)).records)).toEqual([]);
    expect(await plain.values(topic)).toEqual(['a', 'b']);
    expect(await producer.end(true)).toBe(0);
    await decided(topic);
    expect(await producer.produce(topic, ['c'])).toMatchObject({ errorCode: 0, baseOffset: 3 });
    const { producerId } = producer;
    expect(await producer.end(false)).toBe(0);
    await decided(topic);
    const fetched = await producer.committedFetch(topic);
    expect(valuesOf(fetched.records).slice(0, 2)).toEqual(['a', 'b']);
    expect(fetched).toMatchObject({
      lastStableOffset: 5,
      abortedTransactions: [{ producerId, firstOffset: 3 }],
    });
    expect((await plain.fetch(topic)).abortedTransactions).toBeNull();
  });

  it('wake readers when they are decided, and not before', async () => {
    const { producer, topic } = await start('woken');
    await producer.produce(topic, ['a']);
    let woken = false;
    const waiting = producer.committedFetch(topic, 10_000).finally(() => (woken = true));
    const writer = await TransactionalClient.connect(node, name('woken-writer'), version);
    await writer.produce(topic, ['b']);
    expect(await writer.end(true)).toBe(0);
    expect(await writer.committedFetch(topic)).toMatchObject({ lastStableOffset: 0 });
    expect(woken).toBe(false);
    const other = await TransactionalClient.connect(node, name('woken-other'), version);
    expect(await producer.end(true)).toBe(0);
    expect(valuesOf((await waiting).records)).toContain('a');
    expect(await other.producers(topic)).toHaveLength(2);
  });

  it('let ListOffsets of committed readers end at the last stable offset', async () => {
    const { producer, topic } = await start('listed');
    await producer.produce(topic, ['a', 'b']);
    const latest = async (isolationLevel: number) => {
      const { topics } = await plain.send('ListOffsets', 7, {
        replicaId: -1,
        isolationLevel,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      });
      return topics[0]!.partitions[0]!.offset;
    };
    expect([await latest(0), await latest(1)]).toEqual([2, 0]);
    expect(await producer.end(true)).toBe(0);
    await decided(topic);
    expect([await latest(0), await latest(1)]).toEqual([3, 3]);
  });

  it('are described with where they began', async () => {
    const { producer, topic } = await start('described');
    await producer.produce(topic, ['a', 'b']);
    const { producerId, producerEpoch } = producer;
    expect(await producer.producers(topic)).toMatchObject([
      {
        producerId,
        producerEpoch,
        lastSequence: 1,
        currentTxnStartOffset: 0,
        coordinatorEpoch: -1,
      },
    ]);
    expect(await producer.end(true)).toBe(0);
    await decided(topic);
    const [state] = await producer.producers(topic);
    expect(state).toMatchObject({ producerId, currentTxnStartOffset: -1 });
    expect(state!.coordinatorEpoch).toBeGreaterThanOrEqual(0);
  });

  it('fence a producer whose place another has taken', async () => {
    const { producer, topic } = await start('zombie');
    await producer.produce(topic, ['lost']);
    const next = await TransactionalClient.connect(node, name('zombie'), version);
    await decided(topic);
    const end = logOf(topic).logEndOffset;
    const refused = await producer.produceOnly(topic, ['late']);
    expect(refused.errorCode).toBe(errors.INVALID_PRODUCER_EPOCH.code);
    expect(await producer.end(true)).toBe(errors.PRODUCER_FENCED.code);
    expect(logOf(topic).logEndOffset).toBe(end);
    expect(await next.produce(topic, ['kept'])).toMatchObject({ errorCode: 0 });
    expect(await next.end(true)).toBe(0);
  });

  it('append requests that were sent one behind the other in their order', async () => {
    const { producer, topic } = await start('pipelined');
    if (version === 1) await producer.addPartition(topic);
    const sent = ['a', 'b', 'c', 'd', 'e'].map((value) => producer.produceOnly(topic, [value]));
    const codes = (await Promise.all(sent)).map(({ errorCode }) => errorCode);
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect(await producer.end(true)).toBe(0);
  });

  it('take offsets of groups along', async () => {
    const { producer, topic } = await start('offsets');
    const group = name('group');
    expect(await producer.commitOffset(group, topic, 7)).toBe(0);
    expect(await producer.committedOffset(group, topic)).toBe(-1);
    expect(await producer.committedOffset(group, topic, true)).toEqual({
      errorCode: errors.UNSTABLE_OFFSET_COMMIT.code,
    });
    expect(await producer.end(true)).toBe(0);
    await expect.poll(() => producer.committedOffset(group, topic, true)).toBe(7);
    expect(await producer.commitOffset(group, topic, 9)).toBe(0);
    expect(await producer.end(false)).toBe(0);
    await expect.poll(() => producer.committedOffset(group, topic, true)).toBe(7);
  });

  it('hold committers to what they say of their group', async () => {
    const { producer, topic } = await start('fenced-offsets');
    const commit = (member: object) => producer.commitOffset(name('fenced'), topic, 1, member);
    expect(await commit({ generationId: 3, memberId: 'm' })).toBe(errors.ILLEGAL_GENERATION.code);
    expect(await commit({ generationId: -1, memberId: '' })).toBe(0);
    expect(await producer.end(false)).toBe(0);
  });
});

describe('a producer of version 2', () => {
  it('need not wait for the markers of its last transaction before it begins the next', async () => {
    await plain.createTopic('at-once');
    const producer = await TransactionalClient.connect(node, 'at-once', 2);
    for (let round = 0; round < 5; round++) {
      const sent = ['a', 'b', 'c'].map((value) => producer.produceOnly('at-once', [value]));
      expect((await Promise.all(sent)).map(({ errorCode }) => errorCode)).toEqual([0, 0, 0]);
      expect(await producer.end(round % 2 === 0)).toBe(0);
    }
  });
});

describe('of a transactional batch a producer is told', () => {
  const topic = 'refusals';
  let producer: TransactionalClient;
  beforeAll(async () => {
    await plain.createTopic(topic);
    producer = await TransactionalClient.connect(node, topic, 1);
  });

  const refused = async (change: Parameters<TransactionalClient['produceOnly']>[2]) => {
    const before = [logOf(topic).logEndOffset, logOf(topic).producers()];
    const { errorCode, baseOffset } = await producer.produceOnly(topic, ['x'], change);
    expect([logOf(topic).logEndOffset, logOf(topic).producers()]).toEqual(before);
    expect(baseOffset).toBe(-1);
    return errorCode;
  };

  it('that it names no transactional id', async () => {
    const { code } = errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    expect(await refused({ transactionalId: null })).toBe(code);
  });

  it('that it is part of no transaction, in terms of its version', async () => {
    expect(await refused({ apiVersion: 10 })).toBe(errors.INVALID_TXN_STATE.code);
    expect(await refused({ apiVersion: 11 })).toBe(errors.TRANSACTION_ABORTABLE.code);
  });

  it('that its id is another producer’s', async () => {
    const { code } = errors.INVALID_PRODUCER_ID_MAPPING;
    expect(await refused({ transactionalId: 'nobody' })).toBe(code);
  });

  it('that its epoch was never given out', async () => {
    const { code } = errors.INVALID_PRODUCER_EPOCH;
    expect(await refused({ producerEpoch: 9 })).toBe(code);
    expect(await refused({ producerEpoch: 9, apiVersion: 12 })).toBe(code);
  });

  it('that a request speaks for one producer only', async () => {
    const { code } = errors.INVALID_PRODUCER_ID_MAPPING;
    await plain.createTopic('two', {}, 2);
    const batch = (producerId: number) =>
      batchOf(['x'], { producerId, producerEpoch: 0, baseSequence: 0, transactional: true });
    const { responses } = await plain.send('Produce', 12, {
      transactionalId: topic,
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'two',
          partitionData: [
            { index: 0, records: batch(1) },
            { index: 1, records: batch(2) },
          ],
        },
      ],
    });
    expect(responses[0]!.partitionResponses.map(({ errorCode }) => errorCode)).toEqual([
      code,
      code,
    ]);
  });
});

describe('a marker', () => {
  it('is held to the epochs that the partition has seen, and answered for each partition', async () => {
    await plain.createTopic('markers');
    const write = async (marker: object) => {
      const { markers } = await plain.send('WriteTxnMarkers', 2, {
        markers: [
          {
            producerId: 4242,
            producerEpoch: 3,
            transactionResult: false,
            coordinatorEpoch: 5,
            transactionVersion: 1,
            topics: [
              { name: 'markers', partitionIndexes: [0, 9] },
              { name: 'nowhere', partitionIndexes: [0] },
            ],
            ...marker,
          },
        ],
      });
      return markers[0]!.topics.map(({ partitions }) => partitions.map((p) => p.errorCode));
    };
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION.code;
    expect(await write({})).toEqual([[0, unknown], [unknown]]);
    const state = [logOf('markers').logEndOffset, logOf('markers').producers()];
    const topics = [{ name: 'markers', partitionIndexes: [0] }];
    expect(await write({ topics, producerEpoch: 2 })).toEqual([
      [errors.INVALID_PRODUCER_EPOCH.code],
    ]);
    expect(await write({ topics, coordinatorEpoch: 4 })).toEqual([
      [errors.TRANSACTION_COORDINATOR_FENCED.code],
    ]);
    expect([logOf('markers').logEndOffset, logOf('markers').producers()]).toEqual(state);
  });
});
