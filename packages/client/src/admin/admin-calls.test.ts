import { describe, expect, it } from 'vitest';
import type { KafkaClientError } from '../client-error.ts';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';
import { FailedItemsError } from './failed-items.ts';

const NOT_LEADER = 6;
const LOADING = 14;
const NOT_COORDINATOR = 16;
const NOT_CONTROLLER = 41;
const NOT_AUTHORIZED = 30;
const EXISTS = 36;

function cluster() {
  const cluster = new ScriptedCluster(1, 2, 3);
  cluster.leaders.set('a', [1, 2, 1]);
  cluster.leaders.set('b', [2]);
  return { cluster, clock: cluster.clock, admin: cluster.admin() };
}

/** Every partition is 7 long; those in `refused` answer with that code, once. */
function answerOffsets(cluster: ScriptedCluster, refused = new Map<string, number>()) {
  cluster.onAll('ListOffsets', (node, { topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const key = `${name}-${partitionIndex}@${node}`;
        const errorCode = refused.get(key) ?? 0;
        refused.delete(key);
        return { partitionIndex, errorCode, offset: 7 };
      }),
    })),
  }));
}

function deleteGroups(cluster: ScriptedCluster, refusal: (node: number, id: string) => number) {
  cluster.onAll('DeleteGroups', (node, { groupsNames }) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode: refusal(node, groupId) })),
  }));
}

const latest = (topic: string, partition: number) => ({
  topic,
  partition,
  spec: 'latest' as const,
});

describe('a coordinator', () => {
  it('is asked where the answer says that it is, though metadata knew it elsewhere', async () => {
    const { cluster: scripted, clock } = cluster();
    const client = scripted.client();
    const admin = client.admin();
    answerOffsets(scripted);
    await clock.settle(admin.listOffsets([latest('b', 0)]));
    // Node 2 is back with the port of what was node 3.
    const moved = { errorCode: 0, nodeId: 2, host: 'broker', port: 3 };
    scripted.onAll('FindCoordinator', (_, { coordinatorKeys }) => ({
      ...moved,
      coordinators: coordinatorKeys.map((key) => ({ ...moved, key })),
    }));
    deleteGroups(scripted, () => 0);
    await clock.settle(admin.deleteGroups(['g']));
    expect(scripted.broker(3).of('DeleteGroups')).toHaveLength(1);
    scripted.onAll('OffsetCommit', () => ({
      topics: [{ name: 'a', partitions: [{ partitionIndex: 0, errorCode: 0 }] }],
    }));
    const consumer = client.consumer({ groupId: 'g', autoCommit: false });
    await clock.settle(consumer.commit([{ topic: 'a', partition: 0, offset: 1 }]));
    expect(scripted.broker(3).of('OffsetCommit')).toHaveLength(1);
  });
});

describe('a call about partitions', () => {
  it('asks each leader once for all that it leads, and answers in the order of the items', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    answerOffsets(scripted);
    const wanted = [latest('b', 0), latest('a', 2), latest('a', 1), latest('a', 0)];
    const found = await clock.settle(admin.listOffsets(wanted));
    expect(found.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual([
      'b-0',
      'a-2',
      'a-1',
      'a-0',
    ]);
    expect(scripted.broker(1).of('ListOffsets')).toMatchObject([
      { topics: [{ name: 'a', partitions: [{ partitionIndex: 2 }, { partitionIndex: 0 }] }] },
    ]);
    expect(scripted.broker(2).of('ListOffsets')).toHaveLength(1);
    expect(scripted.broker(3).of('ListOffsets')).toHaveLength(0);
  });

  it('follows a leader that has moved, and asks again only for its partition', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    answerOffsets(scripted, new Map([['a-1@2', NOT_LEADER]]));
    const wanted = [latest('a', 0), latest('a', 1)];
    const found = admin.listOffsets(wanted);
    await clock.until(() => scripted.broker(2).of('ListOffsets').length === 1);
    scripted.leaders.set('a', [1, 3, 1]);
    expect(await clock.settle(found)).toHaveLength(2);
    expect(scripted.broker(1).of('ListOffsets')).toHaveLength(1);
    expect(scripted.broker(3).of('ListOffsets')).toMatchObject([
      { topics: [{ name: 'a', partitions: [{ partitionIndex: 1 }] }] },
    ]);
  });

  it('does not take a topic for unknown while no broker answers', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    answerOffsets(scripted);
    const first = scripted.broker(1);
    first.refusesConnections = true;
    const found = admin.listOffsets([latest('a', 0)]);
    // Longer than one waits for a topic that does not exist.
    await clock.until(() => clock.monotonic() > 1000);
    first.refusesConnections = false;
    expect(await clock.settle(found)).toMatchObject([{ topic: 'a', partition: 0, offset: 7 }]);
  });

  it('waits for a partition that has no leader at the moment', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    answerOffsets(scripted);
    scripted.leaders.set('b', [-1]);
    const found = admin.listOffsets([latest('b', 0)]);
    await clock.until(() => clock.monotonic() > 1000);
    scripted.leaders.set('b', [3]);
    expect(await clock.settle(found)).toMatchObject([{ topic: 'b', offset: 7 }]);
  });

  it('gives up soon on a partition that does not exist, and tells of the others', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    answerOffsets(scripted);
    const failed: string[] = [];
    const onFailure = (error: KafkaClientError, { topic }: { topic: string }) =>
      failed.push(`${topic} ${error.code}`);
    const wanted = [latest('none', 0), latest('b', 0), latest('a', 9)];
    const found = await clock.settle(admin.listOffsets(wanted, { onFailure }));
    expect(found).toMatchObject([{ topic: 'b' }]);
    expect(failed).toEqual(['none UNKNOWN_TOPIC_OR_PARTITION', 'a UNKNOWN_TOPIC_OR_PARTITION']);
    expect(clock.monotonic()).toBeLessThan(1000);
  });
});

describe('a call about groups', () => {
  it('looks all coordinators up at once, and asks each of them once', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.coordinators.set('g2', 2).set('g3', 2);
    deleteGroups(scripted, () => 0);
    await clock.settle(admin.deleteGroups(['g1', 'g2', 'g3']));
    const lookups = [1, 2, 3].flatMap((id) => scripted.broker(id).of('FindCoordinator'));
    expect(lookups).toMatchObject([{ keyType: 0, coordinatorKeys: ['g1', 'g2', 'g3'] }]);
    expect(scripted.broker(1).of('DeleteGroups')).toEqual([{ groupsNames: ['g1'] }]);
    expect(scripted.broker(2).of('DeleteGroups')).toEqual([{ groupsNames: ['g2', 'g3'] }]);
  });

  it('looks coordinators up one by one where brokers are old', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    for (const broker of scripted.brokers.values()) broker.maxVersions.set('FindCoordinator', 3);
    scripted.coordinators.set('g2', 3);
    deleteGroups(scripted, () => 0);
    await clock.settle(admin.deleteGroups(['g1', 'g2']));
    const lookups = [1, 2, 3].flatMap((id) => scripted.broker(id).of('FindCoordinator'));
    expect(lookups.map(({ key }) => key).sort()).toEqual(['g1', 'g2']);
    expect(scripted.broker(3).of('DeleteGroups')).toEqual([{ groupsNames: ['g2'] }]);
  });

  it('follows a coordinator that has moved, and waits for one that loads', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    let loading = 2;
    deleteGroups(scripted, (node, id) => {
      if (id !== 'g2') return 0;
      return node === 1 ? NOT_COORDINATOR : loading-- > 0 ? LOADING : 0;
    });
    const deleted = admin.deleteGroups(['g1', 'g2']);
    await clock.until(() => scripted.broker(1).of('DeleteGroups').length === 1);
    scripted.coordinators.set('g2', 2);
    await clock.settle(deleted);
    expect(scripted.broker(1).of('DeleteGroups')).toEqual([{ groupsNames: ['g1', 'g2'] }]);
    expect(scripted.broker(2).of('DeleteGroups')).toHaveLength(3);
  });

  it('throws the error of the only one that fails', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    deleteGroups(scripted, (_, id) => (id === 'g2' ? NOT_AUTHORIZED : 0));
    const deleted = clock.settle(admin.deleteGroups(['g1', 'g2']));
    await expect(deleted).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
      message: expect.stringContaining('group g2: '),
    });
    await expect(deleted).rejects.not.toBeInstanceOf(FailedItemsError);
  });

  it('throws all errors when several fail', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    deleteGroups(scripted, () => NOT_AUTHORIZED);
    const deleted = clock.settle(admin.deleteGroups(['g1', 'g2']));
    await expect(deleted).rejects.toBeInstanceOf(FailedItemsError);
    await expect(deleted).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
      retriable: false,
      errors: [
        { message: expect.stringContaining('group g1') },
        { message: expect.stringContaining('group g2') },
      ],
    });
  });

  it('says which group has no coordinator, while the others are served', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.onAll('FindCoordinator', (_, { coordinatorKeys }) => ({
      errorCode: 0,
      nodeId: -1,
      host: '',
      port: -1,
      coordinators: coordinatorKeys.map((key) => ({
        key,
        errorCode: key === 'g1' ? NOT_AUTHORIZED : 0,
        nodeId: 2,
        host: 'broker',
        port: 2,
      })),
    }));
    deleteGroups(scripted, () => 0);
    const deleted = clock.settle(admin.deleteGroups(['g1', 'g2']));
    await expect(deleted).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
      message: expect.stringContaining('coordinator of group g1'),
    });
    expect(scripted.broker(2).of('DeleteGroups')).toEqual([{ groupsNames: ['g2'] }]);
  });

  it('ends with the last error of what never succeeds', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    deleteGroups(scripted, (_, id) => (id === 'g1' ? LOADING : 0));
    const options = { timeoutMs: 2000 };
    await expect(clock.settle(admin.deleteGroups(['g1', 'g2'], options))).rejects.toMatchObject({
      code: 'COORDINATOR_LOAD_IN_PROGRESS',
      retriable: true,
    });
    expect(clock.monotonic()).toBeLessThan(2001);
  });

  it('ends at once with its signal, whatever was done', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    deleteGroups(scripted, () => LOADING);
    const stop = new AbortController();
    const failed: unknown[] = [];
    const onFailure = (error: KafkaClientError) => failed.push(error);
    const deleted = admin.deleteGroups(['g1'], { signal: stop.signal, onFailure });
    await clock.until(() => scripted.broker(1).of('DeleteGroups').length > 0);
    stop.abort();
    await expect(clock.settle(deleted)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(failed).toEqual([]);
  });
});

describe('a call to the controller', () => {
  it('looks for it again when it has moved, and does not repeat what was done', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.onAll('CreateTopics', (node, { topics }) => ({
      topics: topics.map(({ name }) => ({
        name,
        errorCode: name === 'old' ? EXISTS : name === 'slow' && node === 1 ? NOT_CONTROLLER : 0,
        errorMessage: null,
        numPartitions: 3,
        replicationFactor: 1,
        configs: [],
      })),
    }));
    const failed: string[] = [];
    const onFailure = (error: KafkaClientError, { topic }: { topic: string }) =>
      failed.push(`${topic} ${error.code}`);
    const topics = [{ topic: 'old' }, { topic: 'fast' }, { topic: 'slow' }];
    const created = admin.createTopics(topics, { onFailure });
    await clock.until(() => scripted.broker(1).of('CreateTopics').length === 1);
    scripted.controllerId = 2;
    expect(await clock.settle(created)).toMatchObject([{ topic: 'fast' }, { topic: 'slow' }]);
    expect(failed).toEqual(['old TOPIC_ALREADY_EXISTS']);
    expect(scripted.broker(2).of('CreateTopics')).toMatchObject([{ topics: [{ name: 'slow' }] }]);
  });

  it('says so when the answer leaves something out', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.onAll('CreateTopics', () => ({ topics: [] }));
    await expect(clock.settle(admin.createTopics([{ topic: 't' }]))).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER_ERROR',
      message: expect.stringContaining('topic t: the broker left it out of its answer'),
    });
  });
});

describe('a call to brokers', () => {
  it('asks each for what is its own', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.onAll('DescribeLogDirs', (node) => ({
      results: [{ errorCode: 0, logDir: `/data-${node}`, topics: [] }],
    }));
    const found = await clock.settle(admin.describeLogDirs([3, 1]));
    expect(found.map(({ brokerId, dirs }) => [brokerId, dirs[0]!.path])).toEqual([
      [3, '/data-3'],
      [1, '/data-1'],
    ]);
  });

  it('does not wait for a broker that is not there', async () => {
    const { clock, admin } = cluster();
    await expect(clock.settle(admin.describeLogDirs([9]))).rejects.toMatchObject({
      code: 'BROKER_NOT_AVAILABLE',
      message: expect.stringContaining('broker 9'),
    });
    expect(clock.monotonic()).toBe(0);
  });

  it('tells which broker does not answer, and gives the others', async () => {
    const { cluster: scripted, clock, admin } = cluster();
    scripted.onAll('ListGroups', (node) =>
      node === 2
        ? { errorCode: LOADING, groups: [] }
        : { errorCode: 0, groups: [{ groupId: `g${node}`, protocolType: 'consumer' }] },
    );
    const failed: number[] = [];
    const options = {
      timeoutMs: 1000,
      onFailure: (_: unknown, { id }: { id: number }) => failed.push(id),
    };
    const groups = await clock.settle(admin.listGroups(options));
    expect(groups.map(({ groupId }) => groupId)).toEqual(['g1', 'g3']);
    expect(failed).toEqual([2]);
    expect(scripted.broker(1).of('ListGroups')).toHaveLength(1);
  });

  it('is refused when the admin is closed', async () => {
    const { clock, admin } = cluster();
    await admin.close();
    await expect(clock.settle(admin.listGroups())).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await expect(clock.settle(admin.deleteGroups(['g']))).rejects.toMatchObject({
      code: 'CLIENT_CLOSED',
    });
  });
});
