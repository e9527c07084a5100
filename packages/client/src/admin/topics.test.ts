import { describe, expect, it } from 'vitest';
import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

type Page = ResponseOf<'DescribeTopicPartitions'>;

function setUp() {
  const cluster = new ScriptedCluster(1);
  cluster.leaders.set('a', [1, 1, 1]).set('b', [1]);
  return { cluster, broker: cluster.broker(1), clock: cluster.clock, admin: cluster.admin() };
}

const partition = (partitionIndex: number) => ({
  errorCode: 0,
  partitionIndex,
  leaderId: 1,
  replicaNodes: [1],
  isrNodes: [1],
  eligibleLeaderReplicas: [2],
  offlineReplicas: [],
});

/** One partition a page. */
function pageOf({ topics, cursor }: RequestOf<'DescribeTopicPartitions'>): Page {
  const sizes = new Map([
    ['a', 3],
    ['b', 1],
  ]);
  const all = topics.flatMap(({ name }) =>
    Array.from({ length: sizes.get(name) ?? 1 }, (_, index) => ({ name, index })),
  );
  const isReached = ({ name, index }: (typeof all)[number]): boolean =>
    cursor === null || name > cursor.topicName || index >= cursor.partitionIndex;
  const [first, second] = all.filter(isReached);
  const known = sizes.has(first!.name);
  return {
    topics: [
      {
        errorCode: known ? 0 : 3,
        name: first!.name,
        topicId: 'AH2wIO8ZSpa_xIcUNk3hfA',
        partitions: known ? [partition(first!.index)] : [],
      },
    ],
    nextCursor:
      second === undefined ? null : { topicName: second.name, partitionIndex: second.index },
  };
}

describe('describeTopics', () => {
  it('puts the pages of a broker together', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DescribeTopicPartitions', pageOf);
    const options = { partitionSizeLimitPerResponse: 1 };
    const found = await clock.settle(admin.describeTopics(['b', 'a'], options));
    expect(found.map(({ topic, partitions }) => [topic, partitions.length])).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
    expect(found[0]!.partitions[2]).toMatchObject({ partition: 2, eligibleLeaderReplicas: [2] });
    expect(broker.of('DescribeTopicPartitions')).toMatchObject([
      { responsePartitionLimit: 1, cursor: null },
      { cursor: { topicName: 'a', partitionIndex: 1 } },
      { cursor: { topicName: 'a', partitionIndex: 2 } },
      { topics: [{ name: 'b' }], cursor: { topicName: 'b', partitionIndex: 0 } },
    ]);
  });

  it('does not follow pages that lead nowhere', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DescribeTopicPartitions', (request) => ({
      ...pageOf({ ...request, cursor: null }),
      nextCursor: { topicName: 'a', partitionIndex: 1 },
    }));
    await expect(clock.settle(admin.describeTopics(['a']))).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER_ERROR',
      message: expect.stringContaining('over and over'),
    });
    expect(broker.of('DescribeTopicPartitions')).toHaveLength(2);
  });

  it('asks an older broker for metadata', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('DescribeTopicPartitions', -1);
    const [found] = await clock.settle(admin.describeTopics(['a']));
    expect(found).toMatchObject({ topic: 'a', authorizedOperations: null });
    expect(found!.partitions[0]).toMatchObject({ leader: 1, eligibleLeaderReplicas: null });
  });

  it('tells of the topics that are there beside one that is not', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DescribeTopicPartitions', pageOf);
    const failed: unknown[] = [];
    const onFailure = ({ code }: { code: string }, topic: unknown) => failed.push([code, topic]);
    const found = await clock.settle(admin.describeTopics(['b', 'none'], { onFailure }));
    expect(found).toMatchObject([{ topic: 'b' }]);
    expect(failed).toEqual([['UNKNOWN_TOPIC_OR_PARTITION', 'none']]);
  });

  it('asks for topics by their ids in metadata', async () => {
    const { broker, clock, admin } = setUp();
    const topicId = 'AAAAAAAAAAAAAAAAAAAAIg';
    broker.on('Metadata', ({ topics }) => ({
      brokers: [{ nodeId: 1, host: 'broker', port: 1 }],
      controllerId: 1,
      topics: topics!.map(({ topicId }) => ({
        errorCode: 0,
        name: 'a',
        topicId,
        partitions: [],
        topicAuthorizedOperations: (1 << 3) | (1 << 8),
      })),
    }));
    const options = { includeAuthorizedOperations: true };
    expect(await clock.settle(admin.describeTopics([{ topicId }], options))).toMatchObject([
      { topic: 'a', topicId, authorizedOperations: ['read', 'describe'] },
    ]);
    expect(broker.of('Metadata')[0]).toMatchObject({ includeTopicAuthorizedOperations: true });
  });

  it('asks no broker for ids that would take them for topics without a name', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('Metadata', 11);
    const topicId = 'AAAAAAAAAAAAAAAAAAAAIg';
    await expect(clock.settle(admin.describeTopics([{ topicId }]))).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
  });
});

describe('topics', () => {
  it('are not waited for long by an id that none of them has', async () => {
    const { broker, clock, admin } = setUp();
    const topicId = 'AAAAAAAAAAAAAAAAAAAAIg';
    broker.on('DeleteTopics', () => ({ responses: [{ name: null, topicId, errorCode: 100 }] }));
    await expect(clock.settle(admin.deleteTopics([{ topicId }]))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_ID',
      message: expect.stringContaining(`topic with id ${topicId}`),
    });
    expect(clock.monotonic()).toBeLessThan(1000);
  });

  it('are created with replicas by hand, or as the broker likes', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('CreateTopics', ({ topics }) => ({
      topics: topics.map(({ name }) => ({ name, errorCode: 0, errorMessage: null, configs: [] })),
    }));
    const topics = [
      { topic: 'x', assignments: [[1, 2], [2]], configs: { 'retention.ms': '5' } },
      { topic: 'y', configs: new Map([['a', 'b']]) },
    ];
    await clock.settle(admin.createTopics(topics, { validateOnly: true }));
    expect(broker.of('CreateTopics')).toMatchObject([
      {
        validateOnly: true,
        topics: [
          {
            name: 'x',
            numPartitions: -1,
            replicationFactor: -1,
            assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }, { brokerIds: [2] }],
            configs: [{ name: 'retention.ms', value: '5' }],
          },
          { name: 'y', numPartitions: -1, assignments: [], configs: [{ name: 'a' }] },
        ],
      },
    ]);
  });

  it('are deleted by name and by id in one request', async () => {
    const { broker, clock, admin } = setUp();
    const topicId = 'AAAAAAAAAAAAAAAAAAAAIg';
    broker.on('DeleteTopics', () => ({
      responses: [
        { name: 'a', topicId: 'AH2wIO8ZSpa_xIcUNk3hfA', errorCode: 0 },
        { name: null, topicId, errorCode: 29 },
      ],
    }));
    const failed: unknown[] = [];
    const onFailure = ({ code }: { code: string }, topic: unknown) => failed.push([code, topic]);
    await clock.settle(admin.deleteTopics(['a', { topicId }], { onFailure }));
    expect(failed).toEqual([['TOPIC_AUTHORIZATION_FAILED', { topicId }]]);
    expect(broker.of('DeleteTopics')).toMatchObject([
      { topics: [{ name: 'a' }, { name: null, topicId }] },
    ]);
  });

  it('get more partitions, with replicas by hand where they are given', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('CreatePartitions', ({ topics }) => ({
      results: topics.map(({ name }) => ({ name, errorCode: name === 'b' ? 37 : 0 })),
    }));
    const counts = new Map([
      ['a', { count: 4, assignments: [[1]] }],
      ['b', { count: 1 }],
    ]);
    await expect(clock.settle(admin.createPartitions(counts))).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: expect.stringContaining('topic b'),
    });
    expect(broker.of('CreatePartitions')).toMatchObject([
      {
        topics: [
          { name: 'a', count: 4, assignments: [{ brokerIds: [1] }] },
          { name: 'b', count: 1, assignments: null },
        ],
        validateOnly: false,
      },
    ]);
  });

  it('are listed without internal ones where these are not wanted', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('Metadata', () => ({
      brokers: [{ nodeId: 1, host: 'broker', port: 1 }],
      topics: ['z', '__consumer_offsets'].map((name) => ({
        errorCode: 0,
        name,
        isInternal: name.startsWith('__'),
        partitions: [],
      })),
    }));
    const names = async (options?: object) =>
      (await clock.settle(admin.listTopics(options))).map(({ topic }) => topic);
    expect(await names()).toEqual(['__consumer_offsets', 'z']);
    expect(await names({ listInternal: false })).toEqual(['z']);
  });
});

describe('offsets', () => {
  it('of a kind that a broker is too old for are not asked for as times', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ListOffsets', 8);
    const wanted = { topic: 'a', partition: 0, spec: 'latest-tiered' as const };
    await expect(clock.settle(admin.listOffsets([wanted]))).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
    expect(broker.of('ListOffsets')).toEqual([]);
  });

  it('of kinds that a broker is too old for keep no others from being found', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ListOffsets', 7);
    broker.on('ListOffsets', ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: 0,
          offset: partitionIndex,
        })),
      })),
    }));
    const specs = ['latest', 'max-timestamp', 'latest-tiered'] as const;
    const wanted = specs.map((spec, partition) => ({ topic: 'a', partition, spec }));
    const failed: string[] = [];
    const onFailure = ({ code }: { code: string }, { spec }: { spec: unknown }) =>
      failed.push(`${spec as string} ${code}`);
    const found = await clock.settle(admin.listOffsets(wanted, { onFailure }));
    expect(found.map(({ offset }) => offset)).toEqual([0, 1]);
    expect(failed).toEqual(['latest-tiered UNSUPPORTED_VERSION']);
  });

  it('are asked for by the isolation level', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ListOffsets', () => ({
      topics: [{ name: 'a', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 4 }] }],
    }));
    const wanted = { topic: 'a', partition: 0, spec: { timestamp: 5 } };
    const options = { isolationLevel: 'read_committed' as const };
    expect(await clock.settle(admin.listOffsets([wanted], options))).toMatchObject([{ offset: 4 }]);
    expect(broker.of('ListOffsets')).toMatchObject([
      { isolationLevel: 1, topics: [{ partitions: [{ timestamp: 5 }] }] },
    ]);
  });

  it('before which records are deleted become the starts of logs', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DeleteRecords', ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => ({
          partitionIndex,
          lowWatermark: offset,
          errorCode: partitionIndex === 2 ? 1 : 0,
        })),
      })),
    }));
    const deletions = [2, 0].map((partition) => ({ topic: 'a', partition, offset: 5 }));
    const failed: string[] = [];
    const onFailure = ({ code }: { code: string }) => failed.push(code);
    expect(await clock.settle(admin.deleteRecords(deletions, { onFailure }))).toEqual([
      { topic: 'a', partition: 0, logStartOffset: 5 },
    ]);
    expect(failed).toEqual(['OFFSET_OUT_OF_RANGE']);
  });
});
