import { describe, expect, it } from 'vitest';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { RESOURCE } from './configs-image.ts';
import { MetadataDelta } from './metadata-delta.ts';
import { MetadataImage } from './metadata-image.ts';

const ID = 'OiJVA69ZTSKy3HWRGvnUyA';
const DIRECTORY = 'kmQWCgzkRBKIog9cH8kOmg';

const topic: MetadataRecord = { type: 'Topic', name: 't', topicId: ID };
const partition = (partitionId: number): MetadataRecord => ({
  type: 'Partition',
  partitionId,
  topicId: ID,
  replicas: [1],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 0,
  partitionEpoch: 0,
  directories: [DIRECTORY],
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
});
const change = (fields: { leader?: number; isr?: number[] }): MetadataRecord => ({
  type: 'PartitionChange',
  partitionId: 0,
  topicId: ID,
  isr: null,
  leader: -2,
  replicas: null,
  removingReplicas: null,
  addingReplicas: null,
  leaderRecoveryState: -1,
  directories: null,
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
  ...fields,
});
const config = (name: string, value: string | null): MetadataRecord => ({
  type: 'Config',
  resourceType: RESOURCE.TOPIC,
  resourceName: 't',
  name,
  value,
});

function imageOf(...records: MetadataRecord[]): { image: MetadataImage; delta: MetadataDelta } {
  const image = new MetadataImage();
  const delta = new MetadataDelta();
  for (const record of records) image.apply(record, delta);
  return { image, delta };
}

describe('partitions', () => {
  it('have epochs that grow with their changes, the leader epoch with their leaders', () => {
    const { image } = imageOf(topic, partition(0), change({ isr: [] }), change({ leader: -1 }));
    const found = image.topics.partition('t', 0);
    expect(found).toMatchObject({ isr: [], leader: -1, leaderEpoch: 1, partitionEpoch: 2 });
  });

  it('are new objects after a change, so that readers may keep the old ones', () => {
    const { image } = imageOf(topic, partition(0));
    const before = image.topics.partition('t', 0);
    image.apply(change({ leader: -1 }));
    expect(before).toMatchObject({ leader: 1, partitionEpoch: 0 });
  });

  it('of topics that are not there mean a damaged log', () => {
    expect(() => imageOf(partition(0))).toThrow(/no topic with id/);
    expect(() => imageOf(topic, change({}))).toThrow(/no partition 0/);
  });
});

describe('what changed', () => {
  it('names topics, partitions and resources, each once', () => {
    const { delta } = imageOf(topic, partition(0), partition(1), config('a', '1'), change({}));
    const found = delta.topics.get(ID);
    expect(found).toMatchObject({ created: true, deleted: false });
    expect([...(found?.partitions ?? [])]).toEqual([0, 1]);
    expect([...delta.configs]).toEqual([{ type: RESOURCE.TOPIC, name: 't' }]);
  });

  it('leaves out topics that came and went', () => {
    const { delta } = imageOf(topic, partition(0), { type: 'RemoveTopic', topicId: ID });
    expect(delta.topics.size).toBe(0);
  });

  it('shows a deleted topic as it was', () => {
    const { image } = imageOf(topic, partition(0));
    const delta = new MetadataDelta();
    image.apply({ type: 'RemoveTopic', topicId: ID }, delta);
    expect(delta.topics.get(ID)).toMatchObject({ created: false, deleted: true });
    expect(delta.topics.get(ID)?.topic.partitions).toHaveLength(1);
  });

  it('is nothing for a NoOp', () => {
    expect(imageOf({ type: 'NoOp' }).delta.isEmpty).toBe(true);
  });
});

describe('configs', () => {
  it('take any name', () => {
    const { image } = imageOf(config('__proto__', '1'), config('constructor', '2'));
    expect([...image.configs.of(RESOURCE.TOPIC, 't')]).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('vanish with their last value', () => {
    const { image } = imageOf(config('a', '1'), config('a', null));
    expect([...image.configs.resources()]).toEqual([]);
  });
});

it('keeps what no API serves yet', () => {
  const kept: MetadataRecord[] = [
    {
      type: 'ClientQuota',
      entity: [
        { entityType: 'user', entityName: 'alice' },
        { entityType: 'client-id', entityName: null },
      ],
      key: 'producer_byte_rate',
      value: 1024.5,
      remove: false,
    },
    {
      type: 'AccessControlEntry',
      id: DIRECTORY,
      resourceType: 2,
      resourceName: 't',
      patternType: 3,
      principal: 'User:alice',
      host: '*',
      operation: 3,
      permissionType: 3,
    },
    {
      type: 'UserScramCredential',
      name: 'alice',
      mechanism: 1,
      salt: Buffer.from('salt'),
      storedKey: Buffer.from('stored'),
      serverKey: Buffer.from('server'),
      iterations: 4096,
    },
    {
      type: 'DelegationToken',
      owner: 'User:alice',
      requester: 'User:alice',
      renewers: ['User:bob'],
      issueTimestamp: 1,
      maxTimestamp: 3,
      expirationTimestamp: 2,
      tokenId: 'token',
    },
  ];
  const { image, delta } = imageOf(...kept);
  expect([...image.records()]).toEqual(kept);
  expect([...delta.parts]).toEqual(['clientQuotas', 'acls', 'scram', 'delegationTokens']);
  image.apply({ type: 'RemoveAccessControlEntry', id: DIRECTORY });
  image.apply({ type: 'RemoveUserScramCredential', name: 'alice', mechanism: 1 });
  image.apply({ type: 'RemoveDelegationToken', tokenId: 'token' });
  image.apply({ ...kept[0], remove: true } as MetadataRecord);
  expect([...image.records()]).toEqual([]);
});

it('gives the records that it had, whatever is applied while they are gone through', () => {
  const config = { resourceType: RESOURCE.TOPIC, resourceName: 't', name: 'retention.ms' } as const;
  const quota = {
    type: 'ClientQuota',
    entity: [{ entityType: 'user', entityName: 'alice' }],
    key: 'producer_byte_rate',
    remove: false,
  } as const;
  const before: MetadataRecord[] = [
    topic,
    partition(0),
    partition(1),
    { type: 'Config', ...config, value: '1' },
    { ...quota, value: 1 },
  ];
  const { image } = imageOf(...before);
  const records = image.records()[Symbol.iterator]();
  const seen = [records.next().value];
  image.apply(change({ leader: 2 }));
  image.apply(partition(2));
  image.apply({ type: 'Config', ...config, value: null });
  image.apply({ type: 'Config', ...config, name: 'cleanup.policy', value: 'compact' });
  image.apply({ ...quota, value: 2 });
  image.apply({ type: 'RemoveTopic', topicId: ID });
  seen.push(...{ [Symbol.iterator]: () => records });
  expect(seen).toEqual(before);
  expect([...image.records()]).toEqual([{ ...quota, value: 2 }]);
});
