import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { batch, reader, setUp } from '../testing/consumed-broker.ts';
import type { ConsumerOptions } from './consumer-settings.ts';

const OFFSET_OUT_OF_RANGE = 1;
const NOT_LEADER_OR_FOLLOWER = 6;
const FENCED_LEADER_EPOCH = 74;
const UNKNOWN_LEADER_EPOCH = 75;
const UNKNOWN_TOPIC_ID = 100;
const place = { topic: 't', partition: 0 };

type Partition = Partial<ResponseOf<'Fetch'>['responses'][number]['partitions'][number]>;
interface Reply {
  readonly sessionId?: number;
  readonly errorCode?: number;
  readonly partition?: Partition;
  readonly nodeEndpoints?: ResponseOf<'Fetch'>['nodeEndpoints'];
}

type Scripted = (offset: number) => Reply | Promise<Reply>;

/** Fetches of one partition are answered by these in turn, and then not any more. */
function scripted(options: ConsumerOptions, ...replies: (Reply | Scripted)[]) {
  const set = setUp(options);
  const topicId = { value: 'AH2wIO8ZSpa_xIcUNk3hfA' };
  const nodes = { ids: [1, 2, 3] };
  set.append(0, ...Array.from({ length: 100 }, (_, i) => `${i}`));
  set.broker.on('Fetch', async (request: RequestOf<'Fetch'>) => {
    if (request.sessionEpoch === -1) return { responses: [] };
    const next = replies.shift();
    if (next === undefined) return 'hang';
    const asked = request.topics[0]?.partitions[0]?.fetchOffset ?? 0;
    const { partition, ...reply } = typeof next === 'function' ? await next(asked) : next;
    return {
      ...reply,
      responses:
        partition === undefined
          ? []
          : [
              {
                topicId: request.topics[0]?.topicId ?? 'AH2wIO8ZSpa_xIcUNk3hfA',
                partitions: [
                  {
                    partitionIndex: 0,
                    errorCode: 0,
                    highWatermark: 100,
                    records: null,
                    ...partition,
                  },
                ],
              },
            ],
    } as ResponseOf<'Fetch'>;
  });
  set.broker.on('Metadata', ({ topics }) => ({
    brokers: nodes.ids.map((nodeId) => ({ nodeId, host: 'broker', port: 9092 })),
    clusterId: 'c',
    controllerId: 1,
    topics: topics!.map(() => ({
      errorCode: 0,
      name: 't',
      topicId: topicId.value,
      partitions: [
        {
          errorCode: 0,
          partitionIndex: 0,
          leaderId: 1,
          leaderEpoch: 4,
          replicaNodes: [1, 2, 3],
          isrNodes: [1, 2, 3],
        },
      ],
    })),
  }));
  const asked = () =>
    set.broker.of('Fetch').map(({ sessionId, sessionEpoch, topics }) => {
      const offsets = topics.flatMap(({ partitions }) => partitions.map((p) => p.fetchOffset));
      return `${sessionId}/${sessionEpoch} ${offsets.join(',')}`;
    });
  const start = (offset = 0): ((count: number) => Promise<string[]>) => {
    set.consumer.assign([{ ...place, offset }]);
    return reader(set);
  };
  return { ...set, asked, start, topicId, nodes };
}

const values = (baseOffset: number, ...list: string[]): Reply => ({
  sessionId: 11,
  partition: { records: batch(baseOffset, list) },
});

describe('fetching', () => {
  it('keeps a session, and ends it', async () => {
    const set = scripted({}, values(5, 'a'), { sessionId: 11 }, values(6, 'b'));
    const read = set.start(5);
    expect(await read(2)).toEqual(['a', 'b']);
    await set.clock.settle(set.consumer.close());
    expect(set.asked().slice(0, 3)).toEqual(['0/0 5', '11/1 6', '11/2 ']);
    expect(set.asked().at(-1)).toBe('11/-1 ');
  });

  it('says everything again when the session is not known any more', async () => {
    const lost = { errorCode: 70, sessionId: 0 };
    const set = scripted({}, values(5, 'a'), lost, values(6, 'b'));
    expect(await set.start(5)(2)).toEqual(['a', 'b']);
    expect(set.asked().slice(0, 3)).toEqual(['0/0 5', '11/1 6', '0/0 6']);
  });

  it('reads from the replica that the leader names, and from the leader when that has less', async () => {
    const set = scripted(
      { rackId: 'r' },
      { sessionId: 11, partition: { preferredReadReplica: 2 } },
      { ...values(5, 'a'), sessionId: 22 },
      { sessionId: 22, partition: { errorCode: OFFSET_OUT_OF_RANGE } },
      (offset) => values(offset, 'b'),
    );
    expect(await set.start(5)(2)).toEqual(['a', 'b']);
    expect(set.asked().slice(0, 4)).toEqual(['0/0 5', '0/0 5', '22/1 6', '11/1 6']);
    expect(set.broker.of('Fetch')[0]!.rackId).toBe('r');
    expect(set.broker.of('ListOffsets')).toEqual([]);
  });

  it('looks for a replica that it does not know, before it asks the leader again', async () => {
    const preferred = { sessionId: 11, partition: { preferredReadReplica: 9 } };
    const set = scripted({ rackId: 'r' }, preferred, preferred, values(5, 'a'));
    set.nodes.ids = [1];
    const read = set.start(5)(1);
    await set.clock.until(() => set.broker.of('Fetch').length === 2);
    const { arrived } = set.broker;
    expect(arrived.slice(arrived.indexOf('Fetch'), arrived.lastIndexOf('Fetch'))).toContain(
      'Metadata',
    );
    expect(set.clock.monotonic()).toBeGreaterThan(0); // after a pause
    set.nodes.ids = [1, 9];
    expect(await read).toEqual(['a']);
    expect(set.asked().slice(0, 3)).toEqual(['0/0 5', '11/1 ', '11/2 ']);
  });

  it('follows a leader that an answer tells of, also one that it did not know', async () => {
    const nodeEndpoints = [{ nodeId: 7, host: 'broker', port: 9092, rack: null }];
    const moved = {
      errorCode: NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 7, leaderEpoch: 5 },
    };
    const set = scripted({}, { sessionId: 11, partition: moved, nodeEndpoints }, (offset) => ({
      ...values(offset, 'a'),
      sessionId: 77,
    }));
    expect(await set.start(5)(1)).toEqual(['a']);
    expect(set.broker.of('Fetch')[1]!.topics[0]!.partitions[0]!.currentLeaderEpoch).toBe(5);
  });

  it('waits for a leader that has not heard yet that it leads, and asks nobody else', async () => {
    const partition = { errorCode: UNKNOWN_LEADER_EPOCH };
    const set = scripted({}, { sessionId: 11, partition }, values(5, 'a'));
    expect(await set.start(5)(1)).toEqual(['a']);
    const [first, second] = set.broker.timesOf('Fetch');
    expect(second! - first!).toBeGreaterThanOrEqual(100);
    expect(set.broker.of('Metadata')).toHaveLength(1);
  });

  it('asks again at once when a newer leader became known meanwhile', async () => {
    const set = scripted(
      {},
      async () => {
        await set.client
          .producer({ acks: 1, idempotence: false, lingerMs: 0 })
          .send({ ...place, value: 'x' });
        const currentLeader = { leaderId: 2, leaderEpoch: 5 };
        return { sessionId: 11, partition: { errorCode: FENCED_LEADER_EPOCH, currentLeader } };
      },
      (offset) => ({ ...values(offset, 'a'), sessionId: 22 }),
    );
    set.broker.on('Produce', ({ topicData }) => {
      const [{ topicId } = { topicId: '' }] = topicData;
      const error = { index: 0, errorCode: NOT_LEADER_OR_FOLLOWER };
      const currentLeader = { leaderId: 2, leaderEpoch: 6 };
      const isFirst = set.broker.of('Produce').length === 1;
      const answer = isFirst ? { ...error, currentLeader } : { index: 0, errorCode: 0 };
      return { responses: [{ topicId, partitionResponses: [{ baseOffset: 0, ...answer }] }] };
    });
    expect(await set.start(5)(1)).toEqual(['a']);
    expect(new Set(set.broker.timesOf('Fetch'))).toHaveProperty('size', 1);
    expect(set.broker.of('Metadata')).toHaveLength(1);
  });

  it('tells the epoch of what it has read', async () => {
    const set = scripted({ groupId: 'g', autoCommit: false }, values(0, 'a'));
    const read = set.start(0);
    await read(1);
    await set.clock.until(() => set.broker.of('Fetch').length === 2);
    const epochs = set.broker.of('Fetch').map(({ topics }) => topics[0]!.partitions[0]!);
    expect(epochs.map(({ lastFetchedEpoch }) => lastFetchedEpoch)).toEqual([-1, -1]);
    const records = batch(1, ['b']);
    records.writeInt32BE(3, 12);
    const other = scripted({}, { partition: { records } });
    await other.start(1)(1);
    await other.clock.until(() => other.broker.of('Fetch').length === 2);
    expect(other.broker.of('Fetch')[1]!.topics[0]!.partitions[0]!.lastFetchedEpoch).toBe(3);
  });

  it('tells no epoch of a topic to the one that was created anew', async () => {
    const unknown = { errorCode: UNKNOWN_TOPIC_ID };
    const records = batch(1, ['b']);
    records.writeInt32BE(3, 12);
    const createdAnew = (): Reply => {
      set.topicId.value = 'BH2wIO8ZSpa_xIcUNk3hfA';
      return { partition: unknown };
    };
    const set = scripted({}, { partition: { records } }, createdAnew, (offset) =>
      values(offset, 'anew'),
    );
    expect(await set.start(1)(2)).toEqual(['b', 'anew']);
    const asked = set.broker.of('Fetch').map(({ topics }) => topics[0]!);
    expect(asked.slice(1, 3).map(({ topicId }) => topicId[0])).toEqual(['A', 'B']);
    const epochs = asked.slice(1, 3).map(({ partitions }) => partitions[0]!.lastFetchedEpoch);
    expect(epochs).toEqual([3, -1]);
  });

  it('goes on from where the logs part when the log was truncated', async () => {
    const diverging = { partition: { divergingEpoch: { epoch: 3, endOffset: 40 } } };
    const set = scripted({}, diverging, (offset) => values(offset, `at ${offset}`));
    expect(await set.start(50)(1)).toEqual(['at 40']);
    expect(set.broker.of('Fetch')[1]!.topics[0]!.partitions[0]!.lastFetchedEpoch).toBe(3);
  });

  it('says that the log was truncated where nothing says where to go on, until someone seeks', async () => {
    const diverging = { partition: { divergingEpoch: { epoch: 3, endOffset: 40 } } };
    const set = scripted({ autoOffsetReset: 'none' }, diverging, (offset) => values(offset, 'a'));
    const read = set.start(50);
    for (let i = 0; i < 2; i++) {
      await expect(read(1)).rejects.toMatchObject({
        code: 'LOG_TRUNCATION',
        message: expect.stringContaining('t-0: the log was truncated to offset 40'),
      });
    }
    set.consumer.seek(place, 40);
    expect(await read(1)).toEqual(['a']);
  });

  it('asks for no more than there is room for', async () => {
    const big = 'x'.repeat(600);
    const options = {
      prefetchBytes: 2000,
      fetchMaxBytes: 1500,
      fetchMinBytes: 5,
      fetchMaxWaitMs: 7,
    };
    const set = scripted(options, values(0, big, big), values(2, 'a'));
    await set.start(0)(1);
    await set.clock.until(() => set.broker.of('Fetch').length === 2);
    const [first, second] = set.broker.of('Fetch');
    expect(first).toMatchObject({ maxBytes: 1500, minBytes: 5, maxWaitMs: 7 });
    expect(second!.maxBytes).toBe(2000 - batch(0, [big, big]).length);
  });
});
