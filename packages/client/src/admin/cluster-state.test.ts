import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

const NOT_CONTROLLER = 41;
const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAIg';
const NOBODY = 'AAAAAAAAAAAAAAAAAAAAAA';

function setUp() {
  const cluster = new ScriptedCluster(1, 2);
  return { cluster, clock: cluster.clock, admin: cluster.admin() };
}

describe('the cluster', () => {
  it('is described by its brokers, fenced ones too, or by its controllers', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('DescribeCluster', (_, { endpointType }) => ({
      errorCode: 0,
      clusterId: 'c',
      controllerId: 2,
      endpointType,
      brokers: [{ brokerId: 1, host: 'h', port: 9, rack: 'r', isFenced: true }],
      clusterAuthorizedOperations: 1 << 7,
    }));
    const options = { includeFencedBrokers: true, includeAuthorizedOperations: true };
    expect(await clock.settle(admin.describeCluster(options))).toEqual({
      clusterId: 'c',
      controllerId: 2,
      brokers: [{ id: 1, host: 'h', port: 9, rack: 'r', isFenced: true }],
      authorizedOperations: ['alter'],
    });
    await clock.settle(admin.describeCluster({ endpointType: 'controller' }));
    expect(cluster.broker(1).of('DescribeCluster')).toMatchObject([
      { endpointType: 1, includeFencedBrokers: true, includeClusterAuthorizedOperations: true },
      { endpointType: 2, includeFencedBrokers: false },
    ]);
  });

  it('is not asked for fenced brokers where it cannot tell', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.broker(1).maxVersions.set('DescribeCluster', 1);
    const described = clock.settle(admin.describeCluster({ includeFencedBrokers: true }));
    await expect(described).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
  });

  it('gives the client an id once', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('GetTelemetrySubscriptions', () => ({
      errorCode: 0,
      clientInstanceId: DIRECTORY,
      subscriptionId: 1,
      acceptedCompressionTypes: [],
      pushIntervalMs: 1000,
      telemetryMaxBytes: 1000,
      deltaTemporality: true,
      requestedMetrics: [],
    }));
    expect(await clock.settle(admin.clientInstanceId())).toBe(DIRECTORY);
    expect(await clock.settle(admin.clientInstanceId())).toBe(DIRECTORY);
    expect(cluster.broker(1).of('GetTelemetrySubscriptions')).toEqual([
      { clientInstanceId: NOBODY },
    ]);
  });
});

describe('the features of a cluster', () => {
  it('are told by any broker, or by one that is named', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.broker(2).features.set('share.version', 1);
    cluster.broker(2).featuresEpoch = 8;
    const found = await clock.settle(admin.describeFeatures({ nodeId: 2 }));
    expect(found.finalizedEpoch).toBe(8);
    expect(found.finalized.get('share.version')).toMatchObject({ maxVersion: 1 });
    expect(found.supported.size).toBe(0);
    cluster.broker(1).featuresEpoch = -1;
    const other = await clock.settle(admin.describeFeatures({ nodeId: 1 }));
    expect([other.finalizedEpoch, other.finalized.size]).toEqual([null, 0]);
    // Beside the one with which each connection begins.
    expect(cluster.broker(2).of('ApiVersions')).toHaveLength(2);
  });

  it('are changed by the controller, wherever it is', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('UpdateFeatures', (node) => ({
      errorCode: node === 1 ? NOT_CONTROLLER : 0,
      errorMessage: null,
    }));
    const updates = new Map([
      ['metadata.version', { maxVersionLevel: 20, upgradeType: 'unsafe-downgrade' as const }],
      ['share.version', { maxVersionLevel: 1 }],
    ]);
    const updated = admin.updateFeatures(updates, { validateOnly: true });
    await clock.until(() => cluster.broker(1).of('UpdateFeatures').length === 1);
    cluster.controllerId = 2;
    await clock.settle(updated);
    expect(cluster.broker(2).of('UpdateFeatures')).toMatchObject([
      {
        featureUpdates: [
          { feature: 'metadata.version', maxVersionLevel: 20, upgradeType: 3 },
          { feature: 'share.version', maxVersionLevel: 1, upgradeType: 1 },
        ],
        validateOnly: true,
      },
    ]);
  });

  it('are refused one by one by older brokers', async () => {
    const { cluster, clock, admin } = setUp();
    for (const broker of cluster.brokers.values()) broker.maxVersions.set('UpdateFeatures', 1);
    cluster.onAll('UpdateFeatures', () => ({
      errorCode: 0,
      errorMessage: null,
      results: [{ feature: 'share.version', errorCode: 95, errorMessage: 'too new' }],
    }));
    const updates = new Map([['share.version', { maxVersionLevel: 9 }]]);
    await expect(clock.settle(admin.updateFeatures(updates))).rejects.toMatchObject({
      code: 'INVALID_UPDATE_VERSION',
      message: expect.stringContaining('feature share.version: too new'),
    });
  });
});

describe('the quorum', () => {
  const replica = { replicaId: 3, replicaDirectoryId: DIRECTORY, logEndOffset: 50 };

  it('is described with voters, observers and where they listen', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('DescribeQuorum', (_, { topics }) => ({
      errorCode: 0,
      topics: topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: 0,
          leaderId: 3,
          leaderEpoch: 4,
          highWatermark: 49,
          currentVoters: [{ ...replica, lastFetchTimestamp: 7, lastCaughtUpTimestamp: 8 }],
          observers: [{ ...replica, replicaId: 1, replicaDirectoryId: NOBODY }],
        })),
      })),
      nodes: [{ nodeId: 3, listeners: [{ name: 'CONTROLLER', host: 'h', port: 9093 }] }],
    }));
    const unknown = { lastFetchTimestamp: null, lastCaughtUpTimestamp: null };
    expect(await clock.settle(admin.describeMetadataQuorum())).toEqual({
      leaderId: 3,
      leaderEpoch: 4,
      highWatermark: 49,
      voters: [
        {
          replicaId: 3,
          directoryId: DIRECTORY,
          logEndOffset: 50,
          lastFetchTimestamp: 7,
          lastCaughtUpTimestamp: 8,
        },
      ],
      observers: [{ replicaId: 1, directoryId: null, logEndOffset: 50, ...unknown }],
      nodes: [{ nodeId: 3, endpoints: [{ name: 'CONTROLLER', host: 'h', port: 9093 }] }],
    });
    expect(cluster.broker(1).of('DescribeQuorum')).toMatchObject([
      { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
    ]);
  });

  it('says so when a broker does not tell of it', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('DescribeQuorum', () => ({ errorCode: 0, topics: [], nodes: [] }));
    await expect(clock.settle(admin.describeMetadataQuorum())).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER_ERROR',
    });
  });

  it('gets voters and loses them, by id and directory', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('AddRaftVoter', () => ({ errorCode: 0, errorMessage: null }));
    cluster.onAll('RemoveRaftVoter', () => ({ errorCode: 127, errorMessage: 'who?' }));
    const voter = { voterId: 5, directoryId: DIRECTORY };
    const endpoints = [{ name: 'CONTROLLER', host: 'h', port: 9093 }];
    await clock.settle(admin.addRaftVoter({ ...voter, endpoints }, { clusterId: 'c' }));
    await expect(clock.settle(admin.removeRaftVoter(voter))).rejects.toMatchObject({
      code: 'VOTER_NOT_FOUND',
      message: expect.stringContaining('voter 5: who?'),
    });
    expect(cluster.broker(1).of('AddRaftVoter')).toMatchObject([
      { clusterId: 'c', voterId: 5, voterDirectoryId: DIRECTORY, listeners: endpoints },
    ]);
    expect(cluster.broker(1).of('RemoveRaftVoter')).toMatchObject([{ clusterId: null }]);
  });
});
