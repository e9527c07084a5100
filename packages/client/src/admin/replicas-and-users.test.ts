import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

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

describe('replicas', () => {
  const dir = (path: string, isFutureKey: boolean) => ({
    errorCode: 0,
    logDir: path,
    topics: [
      {
        name: 't',
        partitions: [{ partitionIndex: 0, partitionSize: 8, offsetLag: 2, isFutureKey }],
      },
    ],
  });

  it('are found in their directories, and where they are moved to', async () => {
    const { other, clock, admin } = setUp();
    other.on('DescribeLogDirs', () => ({
      results: [dir('/a', false), dir('/b', true), { errorCode: 56, logDir: '/c', topics: [] }],
    }));
    const replica = { ...place, brokerId: 2 };
    expect(await clock.settle(admin.describeReplicaLogDirs([replica]))).toEqual([
      {
        ...replica,
        current: { path: '/a', offsetLag: 2 },
        future: { path: '/b', offsetLag: 2 },
      },
    ]);
    const [found] = await clock.settle(admin.describeLogDirs([2]));
    expect(found!.dirs[2]!.error).toMatchObject({ code: 'KAFKA_STORAGE_ERROR' });
    expect(found!.dirs[0]).toMatchObject({ error: null, totalBytes: null, isCordoned: false });
    expect(other.of('DescribeLogDirs')[1]).toEqual({ topics: null });
  });

  it('are moved between directories, by path', async () => {
    const { other, clock, admin } = setUp();
    other.on('AlterReplicaLogDirs', () => ({
      results: [
        {
          topicName: 't',
          partitions: [
            { partitionIndex: 0, errorCode: 0 },
            { partitionIndex: 1, errorCode: 57 },
          ],
        },
      ],
    }));
    const moves = [0, 1].map((partition) => ({ topic: 't', partition, brokerId: 2 }));
    const altered = admin.alterReplicaLogDirs([
      { ...moves[0]!, path: '/a' },
      { ...moves[1]!, path: '/b' },
    ]);
    await expect(clock.settle(altered)).rejects.toMatchObject({ code: 'LOG_DIR_NOT_FOUND' });
    expect(other.of('AlterReplicaLogDirs')[0]!.dirs).toEqual([
      { path: '/a', topics: [{ name: 't', partitions: [0] }] },
      { path: '/b', topics: [{ name: 't', partitions: [1] }] },
    ]);
  });

  it('are elected leaders where it is needed', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ElectLeaders', () => ({
      errorCode: 0,
      replicaElectionResults: [
        {
          topic: 't',
          partitionResult: [
            { partitionId: 0, errorCode: 84, errorMessage: null },
            { partitionId: 1, errorCode: 0, errorMessage: null },
            { partitionId: 2, errorCode: 80, errorMessage: 'it is not in sync' },
          ],
        },
      ],
    }));
    const failed: string[] = [];
    const onFailure = ({ code }: { code: string }) => failed.push(code);
    for (const partitions of [[0, 1, 2].map((partition) => ({ topic: 't', partition })), null]) {
      const elected = await clock.settle(admin.electLeaders('unclean', partitions, { onFailure }));
      expect(elected).toEqual([
        { ...place, elected: false },
        { topic: 't', partition: 1, elected: true },
      ]);
    }
    expect(failed).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE', 'PREFERRED_LEADER_NOT_AVAILABLE']);
    expect(broker.of('ElectLeaders')).toMatchObject([
      { electionType: 1, topicPartitions: [{ topic: 't', partitions: [0, 1, 2] }] },
      { electionType: 1, topicPartitions: null },
    ]);
  });

  it('are reassigned, and moves under way are listed', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('AlterPartitionReassignments', ({ topics }) => ({
      errorCode: 0,
      errorMessage: null,
      responses: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, replicas }) => ({
          partitionIndex,
          errorCode: replicas === null ? 85 : 0,
          errorMessage: null,
        })),
      })),
    }));
    const wanted = [
      { ...place, replicas: [2, 1] },
      { topic: 't', partition: 1, replicas: null },
    ];
    const altered = admin.alterPartitionReassignments(wanted, {
      allowReplicationFactorChange: false,
    });
    await expect(clock.settle(altered)).rejects.toMatchObject({
      code: 'NO_REASSIGNMENT_IN_PROGRESS',
      message: expect.stringContaining('t-1'),
    });
    expect(broker.of('AlterPartitionReassignments')[0]).toMatchObject({
      allowReplicationFactorChange: false,
    });
    const move = { replicas: [1, 2], addingReplicas: [2], removingReplicas: [1] };
    broker.on('ListPartitionReassignments', () => ({
      errorCode: 0,
      errorMessage: null,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, ...move }] }],
    }));
    const options = { partitions: [place] };
    expect(await clock.settle(admin.listPartitionReassignments(options))).toEqual([
      { ...place, ...move },
    ]);
  });
});

describe('users of SCRAM', () => {
  it('get passwords that are salted here, one of each user in a request', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('AlterUserScramCredentials', ({ upsertions, deletions }) => ({
      results: [...upsertions, ...deletions].map(({ name }) => ({
        user: name,
        errorCode: 0,
        errorMessage: null,
      })),
    }));
    const salt = Buffer.from('salt');
    await admin.alterUserScramCredentials([
      { user: 'a', mechanism: 'SCRAM-SHA-256', password: 'secret', salt },
      { user: 'b', mechanism: 'SCRAM-SHA-256', delete: true },
      { user: 'a', mechanism: 'SCRAM-SHA-512', password: 'secret', iterations: 5000 },
    ]);
    const [first, second] = broker.of('AlterUserScramCredentials');
    expect(first).toEqual({
      deletions: [{ name: 'b', mechanism: 1 }],
      upsertions: [
        {
          name: 'a',
          mechanism: 1,
          iterations: 4096,
          salt,
          saltedPassword: pbkdf2Sync('secret', 'salt', 4096, 32, 'sha256'),
        },
      ],
    });
    const [other] = second!.upsertions;
    expect(other).toMatchObject({ name: 'a', mechanism: 2, iterations: 5000 });
    expect(other!.salt.length).toBe(16);
    expect(other!.saltedPassword).toEqual(pbkdf2Sync('secret', other!.salt, 5000, 64, 'sha512'));
    expect(clock.monotonic()).toBe(0);
  });

  it.each([0, 1.5, 20_000])('are not salted %d times', async (iterations) => {
    const { broker, admin } = setUp();
    const upsertion = { user: 'a', mechanism: 'SCRAM-SHA-256', password: 'p' } as const;
    const altered = admin.alterUserScramCredentials([{ ...upsertion, iterations }]);
    await expect(altered).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(broker.of('AlterUserScramCredentials')).toEqual([]);
  });

  it('are described, each with its own outcome', async () => {
    const { cluster, clock, admin } = setUp();
    cluster.onAll('DescribeUserScramCredentials', (_, { users }) => ({
      errorCode: 0,
      errorMessage: null,
      results: (users ?? []).map(({ name }) => ({
        user: name,
        errorCode: name === 'a' ? 0 : 91,
        errorMessage: null,
        credentialInfos: [{ mechanism: 2, iterations: 8192 }],
      })),
    }));
    const failed: unknown[] = [];
    const onFailure = ({ code }: { code: string }, user: string) => failed.push([code, user]);
    const described = admin.describeUserScramCredentials(['a', 'b'], { onFailure });
    expect(await clock.settle(described)).toEqual([
      { user: 'a', credentials: [{ mechanism: 'SCRAM-SHA-512', iterations: 8192 }] },
    ]);
    expect(failed).toEqual([['RESOURCE_NOT_FOUND', 'b']]);
  });
});
