/** What an administrator does: topics, configs, offsets, and what has to be refused. */
import assert from 'node:assert/strict';
import { refused, until } from './checks.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function adminChecks(checks, cluster) {
  await checks.check('create, describe and delete topics', () => topics(cluster));
  await checks.check('topic configs', () => topicConfigs(cluster));
  await checks.check('create partitions', () => createPartitions(cluster));
  await checks.check('list offsets', () => listOffsets(cluster));
  await checks.check('delete records', () => deleteRecords(cluster));
  await checks.check('refused topics', () => refusedTopics(cluster));
  await checks.check('unknown topic', () => unknownTopic(cluster));
  await checks.check('offset out of range', () => outOfRange(cluster));
}

/** @param {Cluster} cluster */
async function topics(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('topics', 3);
  assert.deepEqual(await cluster.leaders(topic), [1, 1, 1]);
  assert.ok((await admin.listTopics()).includes(topic));
  const { brokers, clusterId, controller } = await admin.describeCluster();
  assert.deepEqual([brokers.length, controller, clusterId.length], [1, 1, 22]);
  await admin.deleteTopics({ topics: [topic] });
  await until('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
}

/** @param {Cluster} cluster */
async function topicConfigs(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('configs', 1, [{ name: 'retention.ms', value: '100000' }]);
  const type = cluster.kafkajs.ConfigResourceTypes.TOPIC;
  const value = async (/** @type {string} */ name) => {
    const resources = [{ type, name: topic, configNames: [name] }];
    const found = await admin.describeConfigs({ resources, includeSynonyms: false });
    return found.resources[0].configEntries[0].configValue;
  };
  const alter = (/** @type {string} */ name, /** @type {string} */ to) =>
    admin.alterConfigs({
      resources: [{ type, name: topic, configEntries: [{ name, value: to }] }],
    });
  assert.equal(await value('retention.ms'), '100000');
  assert.equal(await value('max.message.bytes'), '1048588');
  await alter('max.message.bytes', '2000');
  await until('it is altered', async () => (await value('max.message.bytes')) === '2000');
  assert.equal(await value('retention.ms'), '604800000'); // AlterConfigs sets the whole
  await refused(() => alter('retention.ms', 'soon'), 'INVALID_CONFIG');
}

/** @param {Cluster} cluster */
async function createPartitions(cluster) {
  const topic = await cluster.topic('more-partitions');
  const create = (/** @type {number} */ count) =>
    cluster.admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await create(4);
  await until('there are 4', async () => (await cluster.leaders(topic)).join() === '1,1,1,1');
  await refused(() => create(2), 'INVALID_PARTITIONS');
}

/** @param {Cluster} cluster */
async function listOffsets(cluster) {
  const topic = await cluster.topic('offsets');
  for (const timestamp of ['1000', '3000', '2000']) {
    await cluster.send(topic, [{ value: 'v', timestamp }]);
  }
  const [all] = await cluster.admin.fetchTopicOffsets(topic);
  assert.deepEqual([all.low, all.high], ['0', '3']);
  for (const [time, offset] of /** @type {[number, string][]} */ ([
    [0, '0'],
    [1500, '1'],
    [3001, '3'],
  ])) {
    const [found] = await cluster.admin.fetchTopicOffsetsByTimestamp(topic, time);
    assert.equal(found.offset, offset, `time ${time}`); // kafkajs gives the end for a time after all
  }
}

/** @param {Cluster} cluster */
async function deleteRecords(cluster) {
  const topic = await cluster.topic('delete-records');
  await cluster.send(topic, cluster.numbered(0, 100));
  await cluster.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '40' }] });
  assert.equal((await cluster.admin.fetchTopicOffsets(topic))[0].low, '40');
  const read = await cluster.read(topic, 60);
  assert.deepEqual([read.length, read[0]?.offset], [60, 40]);
}

/** @param {Cluster} cluster */
async function refusedTopics(cluster) {
  const create = (/** @type {string} */ topic, /** @type {object} */ options = {}) =>
    cluster.admin.createTopics({
      topics: [{ topic, numPartitions: 1, replicationFactor: 1, ...options }],
    });
  const topic = await cluster.topic('exists');
  assert.equal(await create(topic), false);
  for (const name of ['a b', '..', 'x'.repeat(250)]) {
    await refused(() => create(name), 'INVALID_TOPIC_EXCEPTION');
  }
  await refused(() => create(cluster.name('p0'), { numPartitions: 0 }), 'INVALID_PARTITIONS');
  const three = { replicationFactor: 3 };
  await refused(() => create(cluster.name('rf'), three), 'INVALID_REPLICATION_FACTOR');
  const bad = { configEntries: [{ name: 'no.such', value: '1' }] };
  await refused(() => create(cluster.name('bad'), bad), 'INVALID_CONFIG');
}

/** @param {Cluster} cluster */
async function unknownTopic(cluster) {
  const topic = cluster.name('unknown');
  await refused(() => cluster.send(topic, [{ value: 'v' }]), 'UNKNOWN_TOPIC_OR_PARTITION');
  await refused(
    () => cluster.admin.deleteTopics({ topics: [topic] }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  );
  assert.ok(!(await cluster.admin.listTopics()).includes(topic));
}

/** @param {Cluster} cluster */
async function outOfRange(cluster) {
  const topic = await cluster.topic('out-of-range');
  const group = cluster.name('out-of-range');
  await cluster.send(topic, cluster.numbered(0, 50));
  await cluster.admin.setOffsets({
    groupId: group,
    topic,
    partitions: [{ partition: 0, offset: '3' }],
  });
  await cluster.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '10' }] });
  const member = await cluster.member(group, topic);
  await until('records come', () => member.records.length >= 40);
  assert.equal(member.records[0]?.offset, 10);
  await member.consumer.disconnect();
}
