import { BatchBuilder, type ResponseOf, setBatchBaseOffset } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

const TOPIC_ID = 'AH2wIO8ZSpa_xIcUNk3hfA';
const NOT_LEADER = 6;

function batch(offset: number): Buffer {
  const builder = new BatchBuilder();
  builder.append(0, null, `v${offset}`);
  const bytes = builder.finish();
  setBatchBaseOffset(bytes, 0, offset);
  return bytes;
}

/** Two partitions; each leader gives records of its own, and refuses partitions of others. */
function setUp(leaders: number[]) {
  const cluster = new ScriptedCluster(1, 2);
  cluster.leaders.set('t', leaders);
  const records: number[][] = [[], []];
  const sessions = new Map<number, Set<number>>();
  /** What brokers that do not lead a partition say of who does. */
  const hints = {
    currentLeader: { leaderId: 0, leaderEpoch: 0 },
    nodeEndpoints: [] as ResponseOf<'ShareFetch'>['nodeEndpoints'],
  };
  cluster.onAll('ShareGroupHeartbeat', () => ({
    errorCode: 0,
    memberEpoch: 1,
    heartbeatIntervalMs: 5000,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1] }] },
  }));
  for (const [node, broker] of cluster.brokers) {
    broker.on('ShareFetch', async (request) => {
      const session = sessions.get(node) ?? new Set<number>();
      if (request.shareSessionEpoch === 0) session.clear();
      sessions.set(node, session);
      for (const { partitions } of request.topics) {
        for (const { partitionIndex } of partitions) session.add(partitionIndex);
      }
      for (const index of request.forgottenTopicsData.flatMap(({ partitions }) => partitions)) {
        session.delete(index);
      }
      const idle = [...session].every(
        (index) => cluster.leaders.get('t')![index] === node && records[index]!.length === 0,
      );
      if (idle && request.maxWaitMs > 0) {
        await new Promise<void>((resolve) => cluster.clock.setTimer(request.maxWaitMs, resolve));
      }
      const partitions = [...session].map((index) => partition(node, index));
      return { ...answer(partitions), nodeEndpoints: hints.nodeEndpoints };
    });
    broker.on('ShareAcknowledge', () => ({
      errorCode: 0,
      acquisitionLockTimeoutMs: 30_000,
      responses: [],
      nodeEndpoints: [],
    }));
  }
  const partition = (node: number, partitionIndex: number) => {
    const isLeader = cluster.leaders.get('t')![partitionIndex] === node;
    const offset = isLeader ? records[partitionIndex]!.shift() : undefined;
    return {
      partitionIndex,
      errorCode: isLeader ? 0 : NOT_LEADER,
      acknowledgeErrorCode: 0,
      currentLeader: isLeader ? { leaderId: 0, leaderEpoch: 0 } : hints.currentLeader,
      records: offset === undefined ? null : batch(offset),
      acquiredRecords:
        offset === undefined ? [] : [{ firstOffset: offset, lastOffset: offset, deliveryCount: 1 }],
    };
  };
  return { cluster, clock: cluster.clock, records, sessions, hints };
}

function answer(
  partitions: ResponseOf<'ShareFetch'>['responses'][number]['partitions'],
): ResponseOf<'ShareFetch'> {
  return {
    errorCode: 0,
    acquisitionLockTimeoutMs: 30_000,
    responses: partitions.length === 0 ? [] : [{ topicId: TOPIC_ID, partitions }],
    nodeEndpoints: [],
  };
}

describe('a share consumer of partitions with several leaders', () => {
  it('asks all of them, and acknowledges each record where it came from', async () => {
    const { cluster, clock, records } = setUp([1, 2]);
    records[0]!.push(10);
    records[1]!.push(20);
    const consumer = cluster.client().shareConsumer({ groupId: 'g' });
    consumer.subscribe('t');
    const iterator = consumer.messages();
    const taken = [
      (await clock.settle(iterator.next())).value,
      (await clock.settle(iterator.next())).value,
    ];
    expect(new Set(taken.map(({ offset }) => offset))).toEqual(new Set([10, 20]));
    const more = iterator.next();
    records[0]!.push(11);
    await clock.settle(more);
    const acknowledged = (node: number) =>
      [
        ...cluster.broker(node).of('ShareFetch'),
        ...cluster.broker(node).of('ShareAcknowledge'),
      ].flatMap(({ topics }) =>
        topics.flatMap(({ partitions }) =>
          partitions.flatMap(({ acknowledgementBatches }) =>
            acknowledgementBatches.map(({ firstOffset }) => firstOffset),
          ),
        ),
      );
    expect(acknowledged(1)).toEqual([10]);
    expect(acknowledged(2)).toEqual([20]);
  });

  it('follows a leader that moves: one session forgets the partition, the other takes it up', async () => {
    const { cluster, clock, records, sessions } = setUp([1, 1]);
    records[0]!.push(10);
    const consumer = cluster.client().shareConsumer({ groupId: 'g' });
    consumer.subscribe('t');
    const iterator = consumer.messages();
    await clock.settle(iterator.next());
    cluster.leaders.set('t', [1, 2]);
    records[1]!.push(20);
    const { value } = await clock.settle(iterator.next());
    expect(value.offset).toBe(20);
    const next = iterator.next();
    await clock.until(() => !sessions.get(1)!.has(1));
    expect([...sessions.get(1)!]).toEqual([0]);
    expect([...sessions.get(2)!]).toEqual([1]);
    await clock.settle(consumer.close());
    expect(await next).toMatchObject({ done: true });
    expect(cluster.broker(2).of('ShareAcknowledge').at(-1)).toMatchObject({
      shareSessionEpoch: -1,
    });
  });

  it('goes to a leader that an answer tells of, without asking for metadata', async () => {
    const { cluster, clock, records, hints } = setUp([1, 1]);
    records[0]!.push(10);
    const consumer = cluster.client().shareConsumer({ groupId: 'g' });
    consumer.subscribe('t');
    const iterator = consumer.messages();
    await clock.settle(iterator.next());
    const metadata = () =>
      [...cluster.brokers.values()].flatMap((broker) => broker.of('Metadata')).length;
    const before = metadata();
    cluster.leaders.set('t', [1, 2]);
    hints.currentLeader = { leaderId: 2, leaderEpoch: 3 };
    hints.nodeEndpoints = [{ nodeId: 2, host: 'broker', port: 2, rack: null }];
    records[1]!.push(20);
    const { value } = await clock.settle(iterator.next());
    expect(value.offset).toBe(20);
    expect(metadata()).toBe(before);
    await clock.settle(consumer.close());
  });

  it('hears of a leader from the answer to acknowledgements too', async () => {
    const { cluster, clock, records } = setUp([1, 1]);
    records[1]!.push(10);
    const outcomes: unknown[] = [];
    const consumer = cluster.client().shareConsumer({
      groupId: 'g',
      acknowledgement: 'explicit',
      onAcknowledged: ({ error }) => outcomes.push(error?.code),
    });
    consumer.subscribe('t');
    const iterator = consumer.messages();
    const { value: message } = await clock.settle(iterator.next());
    cluster.leaders.set('t', [1, 2]);
    cluster.broker(1).on('ShareAcknowledge', () => ({
      ...answer([]),
      responses: [
        {
          topicId: TOPIC_ID,
          partitions: [
            {
              partitionIndex: 1,
              errorCode: NOT_LEADER,
              currentLeader: { leaderId: 2, leaderEpoch: 3 },
            },
          ],
        },
      ],
      nodeEndpoints: [{ nodeId: 2, host: 'broker', port: 2, rack: null }],
    }));
    consumer.acknowledge(message, 'accept');
    await expect(clock.settle(consumer.commit())).rejects.toMatchObject({
      code: 'NOT_LEADER_OR_FOLLOWER',
    });
    expect(outcomes).toEqual(['NOT_LEADER_OR_FOLLOWER']);
    const asked = cluster.broker(1).of('ShareFetch').length;
    records[1]!.push(20);
    const { value } = await clock.settle(iterator.next());
    expect(value.offset).toBe(20);
    const names = cluster.broker(1).of('ShareFetch').slice(asked);
    expect(names[0]?.forgottenTopicsData).toMatchObject([{ partitions: [1] }]);
    await clock.settle(consumer.close());
  });

  it('asks who leads when a leader is gone without a word', async () => {
    const { cluster, clock, records } = setUp([1, 2]);
    records[0]!.push(10);
    const consumer = cluster.client().shareConsumer({ groupId: 'g' });
    consumer.subscribe('t');
    const iterator = consumer.messages();
    await clock.settle(iterator.next());
    cluster.leaders.set('t', [1, 1]);
    cluster.broker(2).refusesConnections = true;
    cluster.broker(2).closeConnections();
    records[1]!.push(20);
    const { value } = await clock.settle(iterator.next());
    expect(value.offset).toBe(20);
    await clock.settle(consumer.close());
  });
});
