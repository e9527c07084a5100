import { beforeEach, describe, expect, it } from 'vitest';
import { RESOURCE } from '../image/configs-image.ts';
import { TestCluster } from '../testing/test-cluster.ts';

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
  cluster.addBroker(1);
  cluster.createTopic('t');
});

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

function alter(
  resource: readonly [number, string],
  ...ops: readonly [string, number, (string | null)?][]
): [number, string | null | undefined] {
  const [resourceType, resourceName] = resource;
  const configs = ops.map(([name, configOperation, value = null]) => ({
    name,
    configOperation,
    value,
  }));
  const resources = [{ resourceType, resourceName, configs }];
  const reply = cluster.submit('IncrementalAlterConfigs', { resources, validateOnly: false });
  return [reply.responses[0]?.errorCode ?? 0, reply.responses[0]?.errorMessage];
}

const configs = (type: number, name: string): Record<string, string> =>
  Object.fromEntries(cluster.image.configs.of(type, name));

const T = [RESOURCE.TOPIC, 't'] as const;

describe('incremental changes of configs', () => {
  it('set, append, subtract and delete', () => {
    expect(alter(T, ['retention.ms', SET, '5'], ['cleanup.policy', SET, 'compact'])[0]).toBe(0);
    alter(T, ['cleanup.policy', APPEND, 'delete']);
    expect(configs(...T)).toEqual({ 'retention.ms': '5', 'cleanup.policy': 'compact,delete' });
    alter(T, ['cleanup.policy', SUBTRACT, 'compact'], ['retention.ms', DELETE]);
    expect(configs(...T)).toEqual({ 'cleanup.policy': 'delete' });
  });

  it('append to the default where nothing is set', () => {
    alter(T, ['cleanup.policy', APPEND, 'compact']);
    expect(configs(...T)).toEqual({ 'cleanup.policy': 'delete,compact' });
  });

  it('are refused as a whole', () => {
    expect(alter(T, ['retention.ms', SET, '5'], ['segment.bytes', SET, 'x'])[0]).toBe(40);
    expect(configs(...T)).toEqual({});
    expect(alter(T, ['retention.ms', APPEND, '5'])).toEqual([
      40,
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ]);
    expect(alter(T, ['retention.ms', SET])[0]).toBe(42);
    expect(alter(T, ['retention.ms', 9, 'x'])[0]).toBe(42);
    expect(alter(T, ['retention.ms', SET, '1'], ['retention.ms', SET, '2'])[0]).toBe(42);
  });

  it('need the resource to be there', () => {
    expect(alter([RESOURCE.TOPIC, 'gone'], ['retention.ms', SET, '5'])).toEqual([
      3,
      "The topic 'gone' does not exist.",
    ]);
    expect(alter([RESOURCE.BROKER, '9'], ['log.cleaner.threads', SET, '5'])[0]).toBe(102);
    expect(alter([RESOURCE.BROKER, 'x'], ['log.cleaner.threads', SET, '5'])[0]).toBe(42);
    expect(alter([3, 'x'], ['a', SET, '5'])[0]).toBe(35);
  });

  it('reach brokers, all brokers, groups and subscriptions', () => {
    expect(alter([RESOURCE.BROKER, '1'], ['log.cleaner.threads', SET, '2'])[0]).toBe(0);
    expect(alter([RESOURCE.BROKER, ''], ['log.cleaner.threads', SET, '3'])[0]).toBe(0);
    expect(alter([RESOURCE.GROUP, 'g'], ['consumer.session.timeout.ms', SET, '46000'])[0]).toBe(0);
    expect(alter([RESOURCE.GROUP, 'g'], ['no.such', SET, '46000'])[0]).toBe(40);
    expect(alter([RESOURCE.CLIENT_METRICS, 'm'], ['interval.ms', SET, '1000'])[0]).toBe(0);
    expect(configs(RESOURCE.BROKER, '1')).toEqual({ 'log.cleaner.threads': '2' });
    expect(configs(RESOURCE.GROUP, 'g')).toEqual({ 'consumer.session.timeout.ms': '46000' });
  });

  it('keep min.insync.replicas one for all brokers while leaders are eligible', () => {
    expect(alter([RESOURCE.BROKER, '1'], ['min.insync.replicas', SET, '2'])).toEqual([
      40,
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    ]);
    expect(alter([RESOURCE.BROKER, ''], ['min.insync.replicas', DELETE])[0]).toBe(40);
    expect(alter([RESOURCE.BROKER, ''], ['min.insync.replicas', SET, '2'])[0]).toBe(0);
    expect(cluster.log.at(-1)).toEqual({ type: 'ClearElr', topicName: '' });
  });
});

it('replaces all configs of a resource by the ones that AlterConfigs names', () => {
  alter(T, ['retention.ms', SET, '5'], ['cleanup.policy', SET, 'compact']);
  const resources = [
    { resourceType: 2, resourceName: 't', configs: [{ name: 'segment.ms', value: '7' }] },
  ];
  const reply = cluster.submit('AlterConfigs', { resources, validateOnly: false });
  expect(reply.responses).toMatchObject([{ errorCode: 0, resourceName: 't' }]);
  expect(configs(...T)).toEqual({ 'segment.ms': '7' });
});

it('forgets the configs of a topic with the topic', () => {
  alter(T, ['retention.ms', SET, '5']);
  const topics = [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }];
  const reply = cluster.submit('DeleteTopics', { topics, topicNames: [], timeoutMs: 1 });
  expect(reply.responses).toMatchObject([{ name: 't', errorCode: 0 }]);
  cluster.createTopic('t');
  expect(configs(...T)).toEqual({});
});

describe('deleting topics', () => {
  const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
  const remove = (...topics: { name: string | null; topicId: string }[]): (number | undefined)[] =>
    cluster
      .submit('DeleteTopics', { topics, topicNames: [], timeoutMs: 1 })
      .responses.map((response) => response.errorCode);

  it('takes names and ids, but each topic once', () => {
    const topicId = cluster.image.topics.byName('t')?.id ?? '';
    expect(remove({ name: 't', topicId: NO_ID }, { name: 't', topicId: NO_ID })).toEqual([42]);
    expect(remove({ name: 't', topicId })).toEqual([42]);
    expect(remove({ name: null, topicId: NO_ID })).toEqual([42]);
    expect(remove({ name: 'gone', topicId: NO_ID })).toEqual([3]);
    expect(remove({ name: null, topicId: cluster.random.uuid() })).toEqual([100]);
    expect(cluster.image.topics.size).toBe(1);
    expect(remove({ name: null, topicId })).toEqual([0]);
    expect(cluster.image.topics.size).toBe(0);
    expect(cluster.image.topics.partitionCount).toBe(0);
  });

  it('can be switched off', () => {
    cluster = new TestCluster({ 'delete.topic.enable': 'false' });
    expect(remove({ name: 't', topicId: NO_ID })).toEqual([73]);
  });
});

it('adds partitions, and never takes any away', () => {
  const grow = (count: number, assignments: { brokerIds: number[] }[] | null = null): number => {
    const topics = [{ name: 't', count, assignments }];
    const request = { topics, timeoutMs: 1, validateOnly: false };
    return cluster.submit('CreatePartitions', request).results[0]?.errorCode ?? -1;
  };
  expect(grow(3)).toBe(0);
  expect(cluster.image.topics.byName('t')?.partitions).toHaveLength(3);
  expect(grow(3)).toBe(37);
  expect(grow(1)).toBe(37);
  expect(grow(5, [{ brokerIds: [1] }])).toBe(39);
  expect(grow(4, [{ brokerIds: [1] }])).toBe(0);
});

describe('updating features', () => {
  const update = (feature: string, level: number, upgradeType = 1): (string | number | null)[] => {
    const featureUpdates = [{ feature, maxVersionLevel: level, upgradeType }];
    const reply = cluster.submit('UpdateFeatures', { featureUpdates, validateOnly: false });
    return [reply.errorCode, reply.errorMessage?.split(': ').at(-1) ?? null];
  };

  it('goes down and up again', () => {
    expect(update('share.version', 0, 2)).toEqual([0, null]);
    expect(cluster.image.features.level('share.version')).toBe(0);
    expect(update('share.version', 1)).toEqual([0, null]);
    expect(cluster.image.features.level('share.version')).toBe(1);
  });

  it.each([
    ['share.version', 0, 1, /Can't downgrade the version of this feature without/],
    ['share.version', 2, 1, /Local controller 1 only supports versions 0-1/],
    ['share.version', 1, 0, /does not support the given upgrade type/],
    ['no.such', 1, 1, /does not support this feature/],
    ['metadata.version', 29, 2, /4\.3-IV0 to 4\.2-IV1.*might delete/],
    ['metadata.version', 6, 3, /only supports versions 7-30/],
    ['kraft.version', 0, 2, /is that of the voters/],
  ])('refuses %s at %i with upgrade type %i', (feature, level, upgradeType, message) => {
    const [code, text] = update(feature, level, upgradeType);
    expect(code).toBe(95);
    expect(text).toMatch(message);
  });

  it('makes min.insync.replicas a config of the cluster before leaders are eligible', () => {
    expect(update('eligible.leader.replicas.version', 0, 2)[0]).toBe(0);
    expect(alter([RESOURCE.BROKER, '1'], ['min.insync.replicas', SET, '2'])[0]).toBe(0);
    expect(update('eligible.leader.replicas.version', 1)[0]).toBe(0);
    expect(configs(RESOURCE.BROKER, '')).toEqual({ 'min.insync.replicas': '1' });
    expect(configs(RESOURCE.BROKER, '1')).toEqual({});
  });
});
