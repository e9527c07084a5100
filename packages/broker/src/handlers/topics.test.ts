import { readFileSync } from 'node:fs';
import { errors, type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAEQ';

describe('topics', () => {
  let node: TestNode;
  let client: TestClient;
  let topicId: string;

  beforeAll(async () => {
    node = await TestNode.start({ 'max.request.partition.size.limit': '5' });
    client = await TestClient.connect(node);
    topicId = await client.createTopic('t', {}, 3);
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  describe('Metadata', () => {
    const ask = (version: number, request: RequestInput<'Metadata'>) =>
      client.send('Metadata', version, request);
    const byName = (name: string) => ({ topics: [{ topicId: ZERO_UUID, name }] });

    it('gives all topics where none are named, and none for an empty list', async () => {
      const listed = async (version: number, topics: [] | null) =>
        (await ask(version, { topics })).topics.some(({ name }) => name === 't');
      expect(await listed(0, [])).toBe(true);
      expect(await listed(1, [])).toBe(false);
      expect(await listed(1, null)).toBe(true);
      expect(await listed(13, null)).toBe(true);
    });

    it('finds topics by id', async () => {
      const known = await ask(12, { topics: [{ topicId, name: null }] });
      expect(known.topics[0]).toMatchObject({ errorCode: 0, name: 't', topicId });
      const unknown = await ask(12, { topics: [{ topicId: UNKNOWN_ID, name: null }] });
      expect(unknown.topics[0]).toMatchObject({
        errorCode: errors.UNKNOWN_TOPIC_ID.code,
        name: null,
        topicId: UNKNOWN_ID,
      });
    });

    it('creates a topic that is missing where client and broker allow it', async () => {
      const refused = await ask(12, { ...byName('auto'), allowAutoTopicCreation: false });
      expect(refused.topics[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
      const created = await ask(12, byName('auto'));
      expect(created.topics[0]).toMatchObject({ errorCode: 0, partitions: [{ leaderId: 1 }] });
      const old = await ask(3, byName('auto-old'));
      expect(old.topics[0]).toMatchObject({ errorCode: 0, partitions: [{ leaderId: 1 }] });
    });

    it('creates a topic once that many ask for', async () => {
      const clients = await Promise.all([1, 2, 3, 4].map(() => TestClient.connect(node)));
      const answers = await Promise.all(
        clients.map((each) => each.send('Metadata', 12, byName('wanted'))),
      );
      const ids = answers.map(({ topics }) => topics[0]!.topicId);
      expect(new Set(ids).size).toBe(1);
      expect(answers.flatMap(({ topics }) => topics.map(({ errorCode }) => errorCode))).toEqual([
        0, 0, 0, 0,
      ]);
    });

    it.each(['', '.', '..', 'a b', 'ä', 'x'.repeat(250)])('refuses the name %j', async (name) => {
      const { topics } = await ask(12, byName(name));
      expect(topics[0]!.errorCode).toBe(errors.INVALID_TOPIC_EXCEPTION.code);
    });

    it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
      'takes the name %s for a name',
      async (name) => {
        const { topics } = await ask(12, { ...byName(name), allowAutoTopicCreation: false });
        expect(topics[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
        await client.createTopic(name);
        expect(await client.produce(name, ['x'])).toMatchObject({ errorCode: 0 });
        expect(await client.values(name)).toEqual(['x']);
      },
    );
  });

  describe('CreateTopics', () => {
    type Topic = RequestInput<'CreateTopics'>['topics'][number];
    const topic = (name: string, rest: Partial<Topic> = {}): Topic => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
      ...rest,
    });
    const create = async (...topics: Topic[]) =>
      (await client.send('CreateTopics', 7, { topics })).topics;
    const config = (name: string, value: string | null) => ({ configs: [{ name, value }] });
    const assigned = (...brokers: number[][]) => ({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: brokers.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    });

    it.each<[string, Topic, number]>([
      ['one that is there', topic('t'), errors.TOPIC_ALREADY_EXISTS.code],
      ['a bad name', topic('a/b'), errors.INVALID_TOPIC_EXCEPTION.code],
      ['no partitions', topic('n', { numPartitions: 0 }), errors.INVALID_PARTITIONS.code],
      ['too many', topic('n', { numPartitions: 0x7fffffff }), errors.POLICY_VIOLATION.code],
      ['no replicas', topic('n', { replicationFactor: 0 }), errors.INVALID_REPLICATION_FACTOR.code],
      ['three', topic('n', { replicationFactor: 3 }), errors.INVALID_REPLICATION_FACTOR.code],
      ['an unknown config', topic('n', config('no.such', '1')), errors.INVALID_CONFIG.code],
      ['a bad value', topic('n', config('retention.ms', 'long')), errors.INVALID_CONFIG.code],
      ['a null value', topic('n', config('retention.ms', null)), errors.INVALID_CONFIG.code],
      ['strange brokers', topic('n', assigned([9])), errors.INVALID_REPLICA_ASSIGNMENT.code],
    ])('refuses %s', async (_, wanted, errorCode) => {
      expect((await create(wanted))[0]).toMatchObject({ errorCode });
      expect(node.broker.metadata.image.topics.byName('n')).toBeUndefined();
    });

    it('refuses a name that is given twice, and creates the others', async () => {
      const answers = await create(topic('twice'), topic('other'), topic('twice'));
      const codes = new Map(answers.map(({ name, errorCode }) => [name, errorCode]));
      expect(codes.get('twice')).toBe(errors.INVALID_REQUEST.code);
      expect(codes.get('other')).toBe(0);
    });

    it('tells what it made', async () => {
      const [made] = await create(
        topic('made', { ...assigned([1], [1]), ...config('retention.ms', '77') }),
      );
      expect(made).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 1 });
      const retention = made!.configs!.find(({ name }) => name === 'retention.ms');
      expect(retention).toMatchObject({ value: '77', configSource: 1 });
    });

    it('only looks where it is told to', async () => {
      const request = { topics: [topic('unborn')], validateOnly: true };
      const { topics } = await client.send('CreateTopics', 7, request);
      expect(topics[0]!.errorCode).toBe(0);
      expect(node.broker.metadata.image.topics.byName('unborn')).toBeUndefined();
    });
  });

  it('CreatePartitions only adds', async () => {
    const grow = async (name: string, count: number) => {
      const topics = [{ name, count, assignments: null }];
      const request = { topics, timeoutMs: 1000, validateOnly: false };
      return (await client.send('CreatePartitions', 3, request)).results[0]!.errorCode;
    };
    await client.createTopic('growing');
    expect(await grow('growing', 3)).toBe(0);
    expect(await client.produce('growing', ['x'], { index: 2 })).toMatchObject({ errorCode: 0 });
    expect(await grow('growing', 3)).toBe(errors.INVALID_PARTITIONS.code);
    expect(await grow('growing', 2)).toBe(errors.INVALID_PARTITIONS.code);
    expect(await grow('growing', 0x7fffffff)).toBe(errors.POLICY_VIOLATION.code);
    expect(await grow('nowhere', 3)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
  });

  it('DeleteTopics takes names and ids, and a new topic of the name starts empty', async () => {
    const first = await client.createTopic('reborn');
    await client.produce('reborn', ['old']);
    const remove = async (wanted: { name: string | null; topicId: string }) => {
      const request = { topics: [wanted], timeoutMs: 1000 };
      return (await client.send('DeleteTopics', 6, request)).responses[0]!;
    };
    expect(await remove({ name: null, topicId: first })).toMatchObject({
      errorCode: 0,
      name: 'reborn',
    });
    const gone = await remove({ name: 'reborn', topicId: ZERO_UUID });
    expect(gone.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    const unknown = await remove({ name: null, topicId: first });
    expect(unknown.errorCode).toBe(errors.UNKNOWN_TOPIC_ID.code);
    const both = await remove({ name: 't', topicId });
    expect(both.errorCode).toBe(errors.INVALID_REQUEST.code);
    expect(await client.createTopic('reborn')).not.toBe(first);
    expect(await client.values('reborn')).toEqual([]);
  });

  it('DeleteRecords moves the start of the log', async () => {
    await client.createTopic('aging');
    for (const value of ['a', 'b', 'c']) await client.produce('aging', [value]);
    const remove = async (name: string, offset: number, partitionIndex = 0) => {
      const topics = [{ name, partitions: [{ partitionIndex, offset }] }];
      const reply = await client.send('DeleteRecords', 2, { topics, timeoutMs: 1000 });
      const { errorCode, lowWatermark } = reply.topics[0]!.partitions[0]!;
      return [errorCode, lowWatermark];
    };
    expect(await remove('aging', 2)).toEqual([0, 2]);
    expect(await client.values('aging', 2)).toEqual(['c']);
    expect((await client.fetch('aging', { fetchOffset: 1 })).errorCode).toBe(
      errors.OFFSET_OUT_OF_RANGE.code,
    );
    expect(await remove('aging', 1)).toEqual([0, 2]);
    expect(await remove('aging', 4)).toEqual([errors.OFFSET_OUT_OF_RANGE.code, -1]);
    expect(await remove('aging', -2)).toEqual([errors.OFFSET_OUT_OF_RANGE.code, -1]);
    expect(await remove('aging', -1)).toEqual([0, 3]);
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION.code;
    expect(await remove('nowhere', 0)).toEqual([unknown, -1]);
    expect(await remove('aging', 0, 5)).toEqual([unknown, -1]);
    await client.createTopic('compacted', { 'cleanup.policy': 'compact' });
    expect(await remove('compacted', 0)).toEqual([errors.POLICY_VIOLATION.code, -1]);
  });

  it('DeleteRecords is durable when it is answered', async () => {
    await client.createTopic('durable-start');
    for (const value of ['a', 'b']) await client.produce('durable-start', [value]);
    const topics = [{ name: 'durable-start', partitions: [{ partitionIndex: 0, offset: 1 }] }];
    await client.send('DeleteRecords', 2, { topics, timeoutMs: 1000 });
    const saved = readFileSync(`${node.directory}/log-start-offset-checkpoint`, 'utf8');
    expect(saved.split('\n')).toContain('durable-start 0 1');
  });

  it('OffsetForLeaderEpoch tells where an epoch ends', async () => {
    await client.createTopic('epochs');
    await client.produce('epochs', ['a', 'b']);
    const ask = async (topic: string, leaderEpoch: number, currentLeaderEpoch = -1) => {
      const partitions = [{ partition: 0, leaderEpoch, currentLeaderEpoch }];
      const request = { replicaId: -1, topics: [{ topic, partitions }] };
      return (await client.send('OffsetForLeaderEpoch', 4, request)).topics[0]!.partitions[0]!;
    };
    expect(await ask('epochs', 0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
    expect(await ask('epochs', 5)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask('epochs', 0, 3)).toMatchObject({
      errorCode: errors.UNKNOWN_LEADER_EPOCH.code,
    });
    expect(await ask('nowhere', 0)).toMatchObject({
      errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION.code,
    });
  });

  describe('DescribeTopicPartitions', () => {
    type Cursor = RequestInput<'DescribeTopicPartitions'>['cursor'];
    const page = async (names: string[], limit: number, cursor: Cursor = null) => {
      const topics = names.map((name) => ({ name }));
      const request = { topics, responsePartitionLimit: limit, cursor };
      const reply = await client.send('DescribeTopicPartitions', 0, request);
      return {
        next: reply.nextCursor,
        seen: reply.topics.map(({ name, errorCode, partitions }) => [
          name,
          errorCode,
          ...partitions.map(({ partitionIndex }) => partitionIndex),
        ]),
      };
    };
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION.code;

    beforeAll(async () => {
      await client.createTopic('page-a', {}, 2);
      await client.createTopic('page-b', {}, 4);
    });

    it('goes on where it stopped', async () => {
      const names = ['page-b', 'page-a', 'page-c'];
      const first = await page(names, 3);
      expect(first).toEqual({
        seen: [
          ['page-a', 0, 0, 1],
          ['page-b', 0, 0],
        ],
        next: { topicName: 'page-b', partitionIndex: 1 },
      });
      const second = await page(names, 3, first.next);
      expect(second).toEqual({
        seen: [['page-b', 0, 1, 2, 3]],
        next: { topicName: 'page-c', partitionIndex: 0 },
      });
      expect(await page(names, 3, second.next)).toEqual({
        seen: [['page-c', unknown]],
        next: null,
      });
    });

    it('is bounded by the broker too', async () => {
      const { next } = await page(['page-a', 'page-b'], 2000);
      expect(next).toEqual({ topicName: 'page-b', partitionIndex: 3 });
    });

    it('refuses a cursor that is about nothing', async () => {
      const refused = { seen: [['page-a', errors.INVALID_REQUEST.code]], next: null };
      expect(await page(['page-a'], 3, { topicName: 'page-b', partitionIndex: 0 })).toEqual(
        refused,
      );
      expect(await page(['page-a'], 3, { topicName: 'page-a', partitionIndex: -1 })).toEqual(
        refused,
      );
    });
  });
});
