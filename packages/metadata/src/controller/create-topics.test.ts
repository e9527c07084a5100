import { describe, expect, it } from 'vitest';
import { TestCluster } from '../testing/test-cluster.ts';

function refusal(
  cluster: TestCluster,
  name: string,
  options: Parameters<TestCluster['createTopic']>[1] = {},
): [number, string | null | undefined] {
  const [topic] = cluster.createTopic(name, options).topics;
  return [topic?.errorCode ?? 0, topic?.errorMessage];
}

describe('creating topics', () => {
  it('places partitions on the brokers, with the defaults of the controller', () => {
    const cluster = new TestCluster({ 'num.partitions': '3' });
    cluster.addBroker(1);
    const [result] = cluster.createTopic('orders').topics;
    expect(result).toMatchObject({
      name: 'orders',
      errorCode: 0,
      numPartitions: 3,
      replicationFactor: 1,
    });
    const topic = cluster.image.topics.byName('orders');
    expect(topic?.id).toBe(result?.topicId);
    expect(topic?.partitions).toHaveLength(3);
    expect(topic?.partitions[2]).toMatchObject({
      replicas: [1],
      isr: [1],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: cluster.image.cluster.broker(1)?.directories,
    });
  });

  it('writes the topic, then its configs, then its partitions', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const before = cluster.log.length;
    const [result] = cluster.createTopic('t', {
      configs: [{ name: 'retention.ms', value: '5' }],
    }).topics;
    const types = cluster.log.slice(before).map((record) => record.type);
    expect(types).toEqual(['Topic', 'Config', 'Partition']);
    const retention = result?.configs?.find((config) => config.name === 'retention.ms');
    expect(retention).toMatchObject({ value: '5', configSource: 1, readOnly: false });
  });

  it('only answers when asked to validate', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const topics = [
      { name: 't', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] },
    ];
    const reply = cluster.submit('CreateTopics', { topics, timeoutMs: 1, validateOnly: true });
    expect(reply.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 2 });
    expect(cluster.image.topics.size).toBe(0);
  });

  it('refuses bad names, and those of other topics', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    expect(refusal(cluster, '')).toEqual([
      17,
      'Topic name is invalid: the empty string is not allowed',
    ]);
    expect(refusal(cluster, 'a b')[0]).toBe(17);
    expect(refusal(cluster, '..')[0]).toBe(17);
    expect(refusal(cluster, 'x'.repeat(250))[0]).toBe(17);
    expect(refusal(cluster, '__cluster_metadata')).toEqual([
      42,
      'Creation of internal topic __cluster_metadata is prohibited.',
    ]);
    expect(refusal(cluster, 'a.b')[0]).toBe(0);
    expect(refusal(cluster, 'a.b')).toEqual([36, "Topic 'a.b' already exists."]);
    expect(refusal(cluster, 'a_b')).toEqual([17, "Topic 'a_b' collides with existing topic: a.b"]);
  });

  it('takes names that an object would stumble over', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    expect(refusal(cluster, '__proto__')).toEqual([0, null]);
    expect(refusal(cluster, 'constructor')).toEqual([0, null]);
    expect(cluster.image.topics.byName('toString')).toBeUndefined();
  });

  it('refuses counts and factors that cannot be', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    expect(refusal(cluster, 't', { numPartitions: 0 })[0]).toBe(37);
    expect(refusal(cluster, 't', { replicationFactor: 0 })[0]).toBe(38);
    expect(refusal(cluster, 't', { replicationFactor: 2 })).toEqual([
      38,
      'Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be ' +
        'reached because only 1 broker(s) are registered or some brokers have all their log ' +
        'directories cordoned.',
    ]);
    expect(refusal(cluster, 't', { numPartitions: 10_001 })[0]).toBe(44);
  });

  it('refuses invalid configs', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const configs = [{ name: 'no.such.config', value: '1' }];
    expect(refusal(cluster, 't', { configs })).toEqual([
      40,
      'Unknown topic config name: no.such.config',
    ]);
    expect(refusal(cluster, 't', { configs: [{ name: 'retention.ms', value: null }] })[0]).toBe(40);
  });

  it('follows a manual assignment', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    cluster.addBroker(2);
    const assignments = [
      { partitionIndex: 0, brokerIds: [2, 1] },
      { partitionIndex: 1, brokerIds: [1, 2] },
    ];
    expect(refusal(cluster, 't', { assignments })).toEqual([0, null]);
    expect(cluster.image.topics.partition('t', 0)).toMatchObject({ replicas: [2, 1], leader: 2 });
    const gap = [{ partitionIndex: 1, brokerIds: [1] }];
    expect(refusal(cluster, 'u', { assignments: gap })[0]).toBe(39);
    const unknown = [{ partitionIndex: 0, brokerIds: [3] }];
    expect(refusal(cluster, 'u', { assignments: unknown })).toEqual([
      39,
      'The manual partition assignment includes broker 3, but no such broker is registered.',
    ]);
    const both = { assignments, numPartitions: 2 };
    expect(refusal(cluster, 'u', both)[0]).toBe(42);
  });

  it('answers a name that comes twice once', () => {
    const cluster = new TestCluster();
    cluster.addBroker(1);
    const topic = {
      name: 't',
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    };
    const request = { topics: [topic, topic], timeoutMs: 1, validateOnly: false };
    expect(cluster.submit('CreateTopics', request).topics).toMatchObject([
      { name: 't', errorCode: 42, errorMessage: 'Duplicate topic name.' },
    ]);
  });
});
