import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

const NOT_AUTHORIZED = 31;
const LOADING = 14;

function setUp() {
  const cluster = new ScriptedCluster(1, 2);
  cluster.leaders.set('t', [1, 2]);
  return {
    cluster,
    broker: cluster.broker(1),
    other: cluster.broker(2),
    clock: cluster.clock,
    admin: cluster.admin(),
  };
}

const place = { topic: 't', partition: 0 };

describe('configs', () => {
  const answer = (resources: readonly { resourceType: number; resourceName: string }[]) =>
    resources.map((resource) => ({
      errorCode: resource.resourceName === 'bad' ? 40 : 0,
      errorMessage: null,
      ...resource,
      configs: [
        {
          name: 'retention.ms',
          value: '5',
          readOnly: false,
          configSource: 1,
          isSensitive: false,
          synonyms: [{ name: 'log.retention.ms', value: '9', source: 5 }],
          configType: 5,
          documentation: 'how long',
        },
      ],
    }));

  it('of a broker are asked of it, the others of any', async () => {
    const { cluster, broker, other, clock, admin } = setUp();
    cluster.onAll('DescribeConfigs', (_, { resources }) => ({ results: answer(resources) }));
    const resources = [
      { type: 'topic', name: 't' },
      { type: 'broker', name: '2' },
      { type: 'group', name: 'g' },
    ] as const;
    const options = { includeSynonyms: true, includeDocumentation: true };
    const found = await clock.settle(admin.describeConfigs(resources, options));
    expect(found.map(({ type, name }) => [type, name])).toEqual([
      ['topic', 't'],
      ['broker', '2'],
      ['group', 'g'],
    ]);
    expect(found[0]!.configs).toEqual([
      {
        name: 'retention.ms',
        value: '5',
        source: 'topic',
        isReadOnly: false,
        isSensitive: false,
        type: 'long',
        documentation: 'how long',
        synonyms: [{ name: 'log.retention.ms', value: '9', source: 'default' }],
      },
    ]);
    const own = other.of('DescribeConfigs').at(-1)!;
    expect(own.resources).toMatchObject([{ resourceType: 4, resourceName: '2' }]);
    const all = [...broker.of('DescribeConfigs'), ...other.of('DescribeConfigs')];
    expect(all.find((request) => request !== own)).toMatchObject({
      resources: [{ resourceType: 2 }, { resourceType: 32 }],
      includeSynonyms: true,
    });
    expect(all).toHaveLength(2);
  });

  it('are changed value by value', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('IncrementalAlterConfigs', (_, { resources }) => ({
      responses: answer(resources),
    }));
    const changes = [
      { name: 'a', operation: 'append', value: 'x' },
      { name: 'b', operation: 'delete' },
    ] as const;
    const resources = ['t', 'bad'].map((name) => ({ type: 'topic' as const, name, changes }));
    await expect(clock.settle(admin.incrementalAlterConfigs(resources))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('topic bad'),
    });
    const sent = [1, 2].flatMap((id) => cluster.broker(id).of('IncrementalAlterConfigs'));
    expect(sent[0]!.resources[0]!.configs).toEqual([
      { name: 'a', configOperation: 2, value: 'x' },
      { name: 'b', configOperation: 1, value: null },
    ]);
  });

  it('are listed by resource, on older brokers only those of the metrics of clients', async () => {
    const { cluster, clock, admin } = setUp();
    for (const broker of cluster.brokers.values()) broker.maxVersions.set('ListConfigResources', 0);
    cluster.onAll('ListConfigResources', () => ({
      errorCode: 0,
      configResources: [{ resourceName: 'm' }],
    }));
    expect(await clock.settle(admin.listConfigResources(['client-metrics']))).toEqual([
      { type: 'client-metrics', name: 'm' },
    ]);
    await expect(clock.settle(admin.listConfigResources(['group']))).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
    await expect(clock.settle(admin.listConfigResources())).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
  });
});

describe('transactions', () => {
  it('are listed with filters that the broker applies', async () => {
    const { cluster, broker, clock, admin } = setUp();
    cluster.onAll('ListTransactions', (node) => ({
      errorCode: 0,
      unknownStateFilters: [],
      transactionStates: [
        { transactionalId: `x${3 - node}`, producerId: node, transactionState: 'Ongoing' },
      ],
    }));
    const options = { states: ['Ongoing'], producerIds: [1, 2], transactionalIdPattern: 'x.*' };
    const found = await clock.settle(admin.listTransactions({ ...options, minDurationMs: 5 }));
    expect(found.map(({ transactionalId }) => transactionalId)).toEqual(['x1', 'x2']);
    expect(broker.of('ListTransactions')).toMatchObject([
      {
        stateFilters: ['Ongoing'],
        producerIdFilters: [1, 2],
        durationFilter: 5,
        transactionalIdPattern: 'x.*',
      },
    ]);
  });

  it('are described at their coordinators', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.coordinators.set('x', 2);
    cluster.onAll('DescribeTransactions', (_, { transactionalIds }) => ({
      transactionStates: transactionalIds.map((transactionalId) => ({
        errorCode: 0,
        transactionalId,
        transactionState: 'Ongoing',
        transactionTimeoutMs: 60_000,
        transactionStartTimeMs: transactionalId === 'x' ? 77 : -1,
        producerId: 5,
        producerEpoch: 1,
        topics: [{ topic: 't', partitions: [0] }],
      })),
    }));
    const found = await clock.settle(admin.describeTransactions(['x', 'y']));
    expect(found).toMatchObject([
      { transactionalId: 'x', coordinator: 2, startTimeMs: 77, partitions: [place] },
      { transactionalId: 'y', coordinator: 1, startTimeMs: null },
    ]);
    const lookups = cluster.broker(1).of('FindCoordinator');
    expect([...lookups, ...cluster.broker(2).of('FindCoordinator')]).toMatchObject([
      { keyType: 1 },
    ]);
  });

  it('are ended by fencing their producers, waiting while one is being ended', async () => {
    const { broker, clock, admin } = setUp();
    let concurrent = 1;
    broker.on('InitProducerId', () => ({
      errorCode: concurrent-- > 0 ? 51 : 0,
      producerId: 5,
      producerEpoch: 3,
    }));
    expect(await clock.settle(admin.fenceProducers(['x']))).toEqual([
      { transactionalId: 'x', producerId: 5, producerEpoch: 3 },
    ]);
    await clock.settle(admin.forceTerminateTransaction('x'));
    expect(broker.of('InitProducerId')).toHaveLength(3);
  });

  it('that hang are aborted at the leader of a partition', async () => {
    const { other, clock, admin } = setUp();
    other.on('WriteTxnMarkers', ({ markers }) => ({
      markers: markers.map(({ producerId }) => ({
        producerId,
        topics: [{ name: 't', partitions: [{ partitionIndex: 1, errorCode: NOT_AUTHORIZED }] }],
      })),
    }));
    const hanging = { topic: 't', partition: 1, producerId: 5, producerEpoch: 2 };
    const aborted = admin.abortTransaction({ ...hanging, coordinatorEpoch: 3 });
    await expect(clock.settle(aborted)).rejects.toMatchObject({
      code: 'CLUSTER_AUTHORIZATION_FAILED',
    });
    expect(other.of('WriteTxnMarkers')[0]!.markers).toMatchObject([
      {
        producerId: 5,
        producerEpoch: 2,
        coordinatorEpoch: 3,
        transactionResult: false,
        topics: [{ name: 't', partitionIndexes: [1] }],
      },
    ]);
  });

  it('show in the producers of partitions, of leaders or of one replica', async () => {
    const { cluster, other, clock, admin } = setUp();
    cluster.onAll('DescribeProducers', (_, { topics }) => ({
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          activeProducers: [
            { producerId: 5, producerEpoch: 0, coordinatorEpoch: 0, currentTxnStartOffset: 9 },
          ],
        })),
      })),
    }));
    const [found] = await clock.settle(admin.describeProducers([place], { brokerId: 2 }));
    expect(found!.producers).toMatchObject([{ producerId: 5, currentTransactionStartOffset: 9 }]);
    expect(other.of('DescribeProducers')).toHaveLength(1);
    await clock.settle(admin.describeProducers([place]));
    expect(cluster.broker(1).of('DescribeProducers')).toHaveLength(1);
  });
});

describe('a call about the whole cluster', () => {
  it('is repeated while it may yet succeed', async () => {
    const { cluster, clock, admin } = setUp();
    let loading = 2;
    cluster.onAll('UnregisterBroker', () => ({
      errorCode: loading-- > 0 ? LOADING : 0,
      errorMessage: null,
    }));
    await clock.settle(admin.unregisterBroker(2));
    expect(loading).toBe(-1);
  });
});
