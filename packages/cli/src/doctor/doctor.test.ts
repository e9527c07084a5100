import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkConfigFile } from './check-config-file.ts';
import { adviceOf } from './check-connection.ts';
import type { ClusterView, GroupView, TopicView } from './cluster-view.ts';
import { diagnose } from './doctor.ts';
import { named, sorted } from './finding.ts';

/** Three brokers and controllers without a fault. */
const healthy: ClusterView = {
  nowMs: 1_000_000,
  controllerId: 1,
  brokers: [1, 2, 3].map((id) => ({ id, isFenced: false })),
  quorum: {
    leaderId: 1,
    voters: [1, 2, 3].map((replicaId) => ({
      replicaId,
      lag: 0,
      lastCaughtUpTimestamp: 1_000_000,
    })),
  },
  topics: [topic({})],
  groups: [group({})],
  disks: [{ brokerId: 1, path: '/data', error: null, totalBytes: 1000, usableBytes: 500 }],
  configs: [{ brokerId: 1, values: new Map([['default.replication.factor', '3']]) }],
  features: [{ feature: 'metadata.version', finalized: 30, supported: 30 }],
  hanging: [],
};

function topic(
  partition: Partial<TopicView['partitions'][number]>,
  configs: Record<string, string> = {},
): TopicView {
  const replicas = [1, 2, 3];
  const sound = { partition: 0, leader: 1, replicas, inSyncReplicas: replicas };
  return {
    topic: 'orders',
    isInternal: false,
    configs: new Map(Object.entries({ 'min.insync.replicas': '2', ...configs })),
    partitions: [{ ...sound, ...partition }],
  };
}

function group(change: Partial<GroupView>): GroupView {
  const place = { topic: 'orders', partition: 0, currentOffset: 10, logStartOffset: 0 };
  const partitions = [{ ...place, lag: 5, lagBefore: 5 }];
  return { group: 'billing', state: 'Stable', members: 1, partitions, ...change };
}

/** `severity subject: finding` of each. */
function found(change: Partial<ClusterView>): string[] {
  return diagnose({ ...healthy, ...change }).map(
    ({ severity, subject, finding }) => `${severity} ${subject}: ${finding}`,
  );
}

describe('the doctor', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<ClusterView>]>([
    ['error controller: there is no active controller', { controllerId: -1 }],
    ['warning broker 2: it is registered and not', { brokers: [{ id: 2, isFenced: true }] }],
    [
      'error controller 3: it is behind by 7 offsets',
      {
        quorum: {
          leaderId: 1,
          voters: healthy.quorum!.voters.map((voter) =>
            voter.replicaId === 3 ? { ...voter, lag: 7, lastCaughtUpTimestamp: 980_000 } : voter,
          ),
        },
      },
    ],
    [
      'warning quorum: one voter decides',
      { quorum: { leaderId: 1, voters: healthy.quorum!.voters.slice(0, 1) } },
    ],
    [
      'info quorum: 2 voters',
      { quorum: { leaderId: 1, voters: healthy.quorum!.voters.slice(0, 2) } },
    ],
    ['warning controller 1: its clock is 5.0 s behind', { nowMs: 1_005_000 }],
    ['error controller 1: its clock is 60.0 s ahead of', { nowMs: 940_000 }],
    [
      'error broker 1, /data: the directory is out of use',
      { disks: [{ ...healthy.disks[0]!, error: 'KAFKA_STORAGE_ERROR' }] },
    ],
    [
      'warning broker 1, /data: 100 bytes of 1.0 KB are free',
      { disks: [{ ...healthy.disks[0]!, usableBytes: 100 }] },
    ],
    [
      'error broker 1, /data: 10 bytes of 1.0 KB are free',
      { disks: [{ ...healthy.disks[0]!, usableBytes: 10 }] },
    ],
    [
      'info broker 1: acks=all is answered before',
      { configs: [{ brokerId: 1, values: new Map([['tidelog.durability', 'relaxed']]) }] },
    ],
    [
      'warning broker 1: topics are created with one replica',
      { configs: [{ brokerId: 1, values: new Map([['default.replication.factor', '1']]) }] },
    ],
    [
      'info metadata.version: level 29 is in use, and 30 could be',
      { features: [{ feature: 'metadata.version', finalized: 29, supported: 30 }] },
    ],
    [
      'error orders-0: a transaction of producer 4 hangs since offset 17',
      {
        hanging: [
          {
            topic: 'orders',
            partition: 0,
            producerId: 4,
            producerEpoch: 0,
            coordinatorEpoch: 0,
            startOffset: 17,
            lastTimestamp: 0,
          },
        ],
      },
    ],
    ['error orders-0: it has no leader', { topics: [topic({ leader: -1 })] }],
    [
      'error orders-0: 1 of 3 replicas are in sync, and acks=all needs 2',
      { topics: [topic({ inSyncReplicas: [1] })] },
    ],
    [
      'warning orders-0: it is under-replicated: 2 of 3',
      { topics: [topic({ inSyncReplicas: [1, 2] })] },
    ],
    [
      'warning orders: min.insync.replicas is 4, and there are 3',
      { topics: [topic({}, { 'min.insync.replicas': '4' })] },
    ],
    [
      'warning orders: one replica',
      { topics: [topic({ replicas: [1], inSyncReplicas: [1] }, { 'min.insync.replicas': '1' })] },
    ],
    [
      'warning orders: acks=all is content with one',
      { topics: [topic({}, { 'min.insync.replicas': '1' })] },
    ],
    [
      'warning orders: a replica that is not in sync may become leader',
      { topics: [topic({}, { 'unclean.leader.election.enable': 'true' })] },
    ],
    [
      'warning billing: nobody reads for it, and 5 records wait',
      { groups: [group({ members: 0, state: 'Empty' })] },
    ],
    [
      'warning billing: it falls behind in orders-0: by 3 records',
      { groups: [group({ partitions: [{ ...group({}).partitions[0]!, lag: 8 }] })] },
    ],
    [
      'info billing: its members are agreeing',
      { groups: [group({ state: 'PreparingRebalance' })] },
    ],
    [
      'warning billing: 90 offsets of orders-0 were deleted',
      { groups: [group({ partitions: [{ ...group({}).partitions[0]!, logStartOffset: 100 }] })] },
    ],
  ])('finds: %s', (finding, change) => {
    expect(found(change)).toEqual([expect.stringMatching(`^${finding.replaceAll('.', '\\.')}`)]);
  });

  it('minds one replica less where there is one broker', () => {
    const brokers = healthy.brokers.slice(0, 1);
    const topics = [topic({ replicas: [1], inSyncReplicas: [1] }, { 'min.insync.replicas': '1' })];
    expect(found({ brokers, topics })).toEqual([]);
  });

  it('says the worst first, and names a few', () => {
    const findings = diagnose({ ...healthy, controllerId: -1, nowMs: 1_005_000 });
    expect(sorted(findings.toReversed()).map(({ severity }) => severity)).toEqual([
      'error',
      'warning',
    ]);
    expect(named(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  });

  it.each([
    ['connect ECONNREFUSED 127.0.0.1:1', 'see whether a broker runs there'],
    ['getaddrinfo ENOTFOUND kafka', 'check the name of the host'],
    ['self-signed certificate in chain', 'see which security.protocol'],
    ['SASL authentication failed', 'check sasl.mechanism'],
    ['no answer within 5000 ms', 'see whether a firewall'],
  ])('knows what to do about %j', (message, advice) => {
    expect(adviceOf(message)).toContain(advice);
  });
});

describe('the doctor of a configuration file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidelog-doctor-'));
  const path = join(directory, 'server.properties');
  afterAll(() => rmSync(directory, { recursive: true }));

  const base = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
controller.listener.names=CONTROLLER
`;

  const findings = (text: string) => {
    writeFileSync(path, base + text);
    return checkConfigFile(path).map(({ severity, subject }) => `${severity} ${subject}`);
  };

  it('finds names, values and directories that are wrong', () => {
    expect(findings(`log.dirs=${directory}/data\n`)).toContain(`info ${directory}/data`);
    expect(findings(`log.dirs=${directory}\nnum.partition=3\n`)).toContain('error num.partition');
    expect(findings(`log.dirs=${directory}\nnum.partitions=many\n`)).toContain(`error ${path}`);
    expect(() => checkConfigFile(join(directory, 'absent'))).toThrow('cannot read');
  });
});
