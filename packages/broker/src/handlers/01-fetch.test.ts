import { errors, type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { baseOffsets, TestClient, valuesOf } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';

type FetchRequest = RequestInput<'Fetch'>;
type Partition = FetchRequest['topics'][number]['partitions'][number];

function topicOf(topic: string, topicId = ZERO_UUID, partition: Partial<Partition> = {}) {
  const wanted = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20, ...partition };
  return { topic, topicId, partitions: [wanted] };
}

describe('Fetch', () => {
  let node: TestNode;
  let client: TestClient;
  let topicId: string;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    topicId = await client.createTopic('t');
    for (const value of ['a', 'b', 'c']) await client.produce('t', [value]);
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  function ask(request: Partial<FetchRequest>, version = 12) {
    const whole = { maxWaitMs: 0, minBytes: 1, topics: [], forgottenTopicsData: [], ...request };
    return client.send('Fetch', version, whole);
  }

  it('gives records and where the log stands', async () => {
    const { records, ...rest } = await client.fetch('t');
    expect(rest).toMatchObject({
      errorCode: 0,
      highWatermark: 3,
      lastStableOffset: 3,
      logStartOffset: 0,
    });
    expect(valuesOf(records as Buffer)).toEqual(['a', 'b', 'c']);
    expect(await client.values('t', 2)).toEqual(['c']);
    expect(await client.values('t', 3)).toEqual([]);
  });

  it.each([4, -1])('refuses offset %i, which is out of range', async (fetchOffset) => {
    const { errorCode } = await client.fetch('t', { fetchOffset });
    expect(errorCode).toBe(errors.OFFSET_OUT_OF_RANGE.code);
  });

  it('always gives the first batch, and not one more than fits', async () => {
    await client.createTopic('large');
    for (let i = 0; i < 3; i++) await client.produce('large', ['x'.repeat(1000)]);
    const limits = [
      [{ partitionMaxBytes: 1 }, {}, [0]],
      [{ partitionMaxBytes: 0 }, {}, [0]],
      [{}, { maxBytes: 1 }, [0]],
      [{ partitionMaxBytes: 2500 }, {}, [0, 1]],
      [{}, { maxBytes: 100_000 }, [0, 1, 2]],
    ] as const;
    for (const [partition, request, offsets] of limits) {
      const { records } = await client.fetch('large', partition, request);
      expect(baseOffsets(records as Buffer)).toEqual(offsets);
    }
  });

  it('gives the oversize first batch of one partition only', async () => {
    const { responses } = await ask({ topics: [topicOf('t'), topicOf('large')], maxBytes: 1 });
    const sizes = responses.map(({ partitions }) => (partitions[0]!.records as Buffer).length > 0);
    expect(sizes).toEqual([true, false]);
  });

  it('knows topics by id, and tells them from those that are not there', async () => {
    const known = await ask({ topics: [topicOf('', topicId)] }, 18);
    expect(known.responses[0]).toMatchObject({ topicId, partitions: [{ errorCode: 0 }] });
    const unknown = await ask({ topics: [topicOf('', 'AAAAAAAAAAAAAAAAAAAAEQ')] }, 18);
    expect(unknown.responses[0]!.partitions[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_ID.code);
    const { errorCode } = await client.fetch('nowhere');
    expect(errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    const partition = await client.fetch('t', { partition: 9 });
    expect(partition.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
  });

  it('holds the epochs that a client believes in against its own', async () => {
    const fenced = await client.fetch('t', { currentLeaderEpoch: 5 });
    expect(fenced.errorCode).toBe(errors.UNKNOWN_LEADER_EPOCH.code);
    const current = node.broker.partitions.get('t', 0)!.leaderEpoch;
    const same = await client.fetch('t', { currentLeaderEpoch: current });
    expect(same.errorCode).toBe(0);
  });

  it('tells a client whose log has diverged where', async () => {
    const { divergingEpoch, records } = await client.fetch('t', {
      fetchOffset: 10,
      lastFetchedEpoch: 0,
    });
    expect(divergingEpoch).toEqual({ epoch: 0, endOffset: 3 });
    expect(records).toHaveLength(0);
    const { errorCode } = await client.fetch('t', { lastFetchedEpoch: 7 });
    expect(errorCode).toBe(errors.OFFSET_OUT_OF_RANGE.code);
  });

  it('reads committed records like all others while there are no transactions', async () => {
    const { records, abortedTransactions } = await client.fetch('t', {}, { isolationLevel: 1 });
    expect(valuesOf(records as Buffer)).toEqual(['a', 'b', 'c']);
    expect(abortedTransactions).toEqual([]);
  });

  it('waits until there is something to read', async () => {
    await client.createTopic('waiting');
    const reader = await TestClient.connect(node);
    const read = reader.fetch('waiting', {}, { maxWaitMs: 60_000 });
    await client.produce('waiting', ['news']);
    expect(valuesOf((await read).records as Buffer)).toEqual(['news']);
  });

  it('waits for as much as is asked for', async () => {
    await client.createTopic('slow');
    const reader = await TestClient.connect(node);
    const sizeBytes = batchOf(['news']).length;
    const read = reader.fetch('slow', {}, { maxWaitMs: 60_000, minBytes: sizeBytes + 1 });
    await client.produce('slow', ['news']);
    await client.produce('slow', ['more']);
    expect(valuesOf((await read).records as Buffer)).toEqual(['news', 'more']);
  });

  it('does not wait where it has an error to tell', async () => {
    const { responses } = await ask({
      topics: [topicOf('t', ZERO_UUID, { fetchOffset: 3 }), topicOf('nowhere')],
      maxWaitMs: 60_000,
    });
    expect(responses).toHaveLength(2);
  });

  it('gives what there is when the time is over', async () => {
    const { records } = await client.fetch('t', {}, { maxWaitMs: 20, minBytes: 1 << 20 });
    expect(valuesOf(records as Buffer)).toHaveLength(3);
  });

  it('waits no longer when the topic is deleted', async () => {
    await client.createTopic('passing');
    const reader = await TestClient.connect(node);
    const read = reader.fetch('passing', {}, { maxWaitMs: 60_000 });
    await client.send('DeleteTopics', 5, { topics: [], topicNames: ['passing'], timeoutMs: 1000 });
    expect((await read).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
  });

  it('forgets who waits when the connection is gone', async () => {
    await client.createTopic('gone');
    const reader = await TestClient.connect(node);
    const read = reader.fetch('gone', {}, { maxWaitMs: 60_000 });
    await client.values('gone');
    reader.connection.close();
    await expect(read).rejects.toThrow('closed');
    expect(await client.produce('gone', ['x'])).toMatchObject({ errorCode: 0 });
  });

  describe('in a session', () => {
    const news = (partitions: { responses: { partitions: { records: unknown }[] }[] }) =>
      partitions.responses.map((topic) => valuesOf(topic.partitions[0]!.records as Buffer));

    async function open(name: string): Promise<{ sessionId: number; topics: string[] }> {
      const topics = [`${name}-1`, `${name}-2`];
      for (const topic of topics) await client.createTopic(topic);
      const { sessionId, responses } = await ask({
        sessionEpoch: 0,
        topics: topics.map((topic) => topicOf(topic)),
      });
      expect(responses).toHaveLength(2);
      return { sessionId, topics };
    }

    it('tells news only', async () => {
      const { sessionId, topics } = await open('news');
      expect(sessionId).toBeGreaterThan(0);
      expect(await ask({ sessionId, sessionEpoch: 1 })).toMatchObject({ sessionId, responses: [] });
      await client.produce(topics[1]!, ['x']);
      const third = await ask({ sessionId, sessionEpoch: 2 });
      expect(third.responses.map(({ topic }) => topic)).toEqual([topics[1]]);
      expect(news(third)).toEqual([['x']]);
      const moved = topicOf(topics[1]!, ZERO_UUID, { fetchOffset: 1 });
      expect(await ask({ sessionId, sessionEpoch: 3, topics: [moved] })).toMatchObject({
        responses: [],
      });
    });

    it('takes partitions on and forgets others', async () => {
      const { sessionId, topics } = await open('changes');
      const forgottenTopicsData = [{ topic: topics[0]!, topicId: ZERO_UUID, partitions: [0] }];
      const added = await ask({
        sessionId,
        sessionEpoch: 1,
        topics: [topicOf('t')],
        forgottenTopicsData,
      });
      expect(news(added)).toEqual([['a', 'b', 'c']]);
      await client.produce(topics[0]!, ['unheard']);
      const later = await ask({
        sessionId,
        sessionEpoch: 2,
        topics: [topicOf('t', ZERO_UUID, { fetchOffset: 3 })],
      });
      expect(later.responses).toEqual([]);
    });

    it('repeats an error until it is gone', async () => {
      const { sessionId } = await open('errors');
      for (const sessionEpoch of [1, 2]) {
        const topics = [topicOf('later')];
        const { responses } = await ask({ sessionId, sessionEpoch, topics });
        expect(responses[0]!.partitions[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
      }
      await client.createTopic('later');
      const { responses } = await ask({ sessionId, sessionEpoch: 3 });
      expect(responses[0]!.partitions[0]!.errorCode).toBe(0);
    });

    it('refuses what does not belong to it', async () => {
      const { sessionId } = await open('refusals');
      const epoch = await ask({ sessionId, sessionEpoch: 7 });
      expect(epoch.errorCode).toBe(errors.INVALID_FETCH_SESSION_EPOCH.code);
      const ids = await ask({ sessionId, sessionEpoch: 1 }, 13);
      expect(ids.errorCode).toBe(errors.FETCH_SESSION_TOPIC_ID_ERROR.code);
      const closed = await ask({ sessionId, sessionEpoch: -1 });
      expect(closed).toMatchObject({ errorCode: 0, sessionId: 0 });
      const gone = await ask({ sessionId, sessionEpoch: 1 });
      expect(gone.errorCode).toBe(errors.FETCH_SESSION_ID_NOT_FOUND.code);
    });
  });
});
