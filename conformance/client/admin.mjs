/** What our admin can do: each operation of Java's Admin, on one broker that is its own controller. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { adminClusterChecks } from './admin-cluster.mjs';
import { adminGroupChecks } from './admin-groups.mjs';
import { adminSecurityChecks } from './admin-security.mjs';
import { fails, numbered } from './cluster.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function adminChecks(checks, cluster) {
  const check = (/** @type {string} */ name, /** @type {(c: Cluster) => Promise<void>} */ body) =>
    checks.check(`admin: ${name}`, () => body(cluster));
  await check('create, list, describe and delete topics', topics);
  await check('topics by their ids', topicIds);
  await check('one topic of many fails by itself', oneOfMany);
  await check('replicas by hand, and only validation', assignments);
  await check('replicas on a broker that is not there', elsewhere);
  await check('topics page by page', pages);
  await check('create partitions', partitions);
  await check('list offsets: ends of the log, and times', offsets);
  await check('list offsets: the greatest timestamp, the local log', otherOffsets);
  await check('delete records', records);
  await check('configs with synonyms and documentation', configs);
  await check('a config that is not one', wrongConfig);
  await check('configs of brokers and loggers', brokerConfigs);
  await check('configs of groups and client metrics', otherConfigs);
  await check('config resources', configResources);
  await adminClusterChecks(check);
  await adminGroupChecks(check);
  await adminSecurityChecks(check);
}

/** @param {Cluster} cluster */
async function topics(cluster) {
  const { admin } = cluster;
  await until('the broker is in service', async () => {
    const { brokers } = await admin.describeCluster();
    return brokers.length === 1;
  });
  const [one, two] = [cluster.name('admin-topics-1'), cluster.name('admin-topics-2')];
  const created = await admin.createTopics([
    { topic: one, partitions: 2, configs: { 'retention.ms': '1000' } },
    { topic: two, partitions: 1, replicationFactor: 1 },
  ]);
  assert.deepEqual(
    created.map(({ topic, partitions, replicationFactor }) => [
      topic,
      partitions,
      replicationFactor,
    ]),
    [
      [one, 2, 1],
      [two, 1, 1],
    ],
  );
  await until('both are listed', async () => {
    const listed = (await admin.listTopics({ listInternal: false })).map(({ topic }) => topic);
    return listed.includes(one) && listed.includes(two);
  });
  const { topicId } = created[0];
  const options = { includeAuthorizedOperations: true };
  const [byName] = await admin.describeTopics([one], options);
  assert.deepEqual([byName.topicId, byName.partitions.length], [topicId, 2]);
  assert.ok(byName.authorizedOperations.includes('delete'));
  assert.deepEqual(byName.partitions[1].replicas, [1]);
  await admin.deleteTopics([{ topicId }, two]);
  await until('they are gone', async () => {
    const listed = (await admin.listTopics()).map(({ topic }) => topic);
    return !listed.includes(one) && !listed.includes(two);
  });
}

/** @param {Cluster} cluster */
async function topicIds(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-ids', 2);
  const options = { includeAuthorizedOperations: true };
  const [byName] = await admin.describeTopics([topic], options);
  const [byId] = await admin.describeTopics([{ topicId: byName.topicId }], options);
  assert.equal(byId.topicId, byName.topicId);
  assert.deepEqual([byId.topic, byId.partitions.length], [topic, 2]);
  assert.deepEqual(byId.authorizedOperations, byName.authorizedOperations);
  const unknown = { topicId: 'AAAAAAAAAAAAAAAAAAAAIg' };
  await fails(() => admin.describeTopics([unknown]), 'UNKNOWN_TOPIC_ID');
}

/** @param {Cluster} cluster */
async function oneOfMany(cluster) {
  const { admin } = cluster;
  const old = await cluster.topic('admin-old');
  const created = cluster.name('admin-new');
  /** @type {string[]} */
  const failed = [];
  const results = await admin.createTopics(
    [{ topic: old }, { topic: created, partitions: 1 }, { topic: 'no good name' }],
    { onFailure: ({ code }, { topic }) => failed.push(`${topic} ${code}`) },
  );
  assert.deepEqual(
    results.map(({ topic }) => topic),
    [created],
  );
  assert.deepEqual(failed, [`${old} TOPIC_ALREADY_EXISTS`, 'no good name INVALID_TOPIC_EXCEPTION']);
  const many = await fails(
    () => admin.createTopics([{ topic: old }, { topic: 'no good name' }]),
    'TOPIC_ALREADY_EXISTS',
  );
  assert.equal(many.errors.length, 2);
  await fails(() => admin.describeTopics([cluster.name('none')]), 'UNKNOWN_TOPIC_OR_PARTITION');
  const unknown = { topicId: 'AAAAAAAAAAAAAAAAAAAAIg' };
  await fails(() => admin.deleteTopics([unknown]), 'UNKNOWN_TOPIC_ID');
}

/** @param {Cluster} cluster */
async function assignments(cluster) {
  const { admin } = cluster;
  const topic = cluster.name('admin-assigned');
  await admin.createTopics([{ topic, assignments: [[1], [1]] }], { validateOnly: true });
  await fails(() => admin.describeTopics([topic]), 'UNKNOWN_TOPIC_OR_PARTITION');
  await admin.createTopics([{ topic, assignments: [[1], [1]] }]);
  await until('it is there', async () => {
    const found = await admin.describeTopics([topic]).catch(() => []);
    return found[0]?.partitions.length === 2;
  });
}

/** @param {Cluster} cluster */
async function elsewhere(cluster) {
  const topic = cluster.name('admin-elsewhere');
  const created = () => cluster.admin.createTopics([{ topic, assignments: [[7]] }]);
  await fails(created, 'INVALID_REPLICA_ASSIGNMENT');
}

/** @param {Cluster} cluster */
async function pages(cluster) {
  const wide = await cluster.topic('admin-wide', 7);
  const narrow = await cluster.topic('admin-narrow', 2);
  const found = await cluster.admin.describeTopics([wide, narrow], {
    partitionSizeLimitPerResponse: 3,
  });
  assert.deepEqual(
    found.map(({ topic, partitions }) => [topic, partitions.map(({ partition }) => partition)]),
    [
      [narrow, [0, 1]],
      [wide, [0, 1, 2, 3, 4, 5, 6]],
    ],
  );
}

/** @param {Cluster} cluster */
async function partitions(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-partitions');
  await admin.createPartitions(new Map([[topic, 3]]), { validateOnly: true });
  await admin.createPartitions(new Map([[topic, { count: 2, assignments: [[1]] }]]));
  await until('there are 2', async () => {
    const [found] = await admin.describeTopics([topic]);
    return found.partitions.length === 2;
  });
  await fails(() => admin.createPartitions(new Map([[topic, 1]])), 'INVALID_PARTITIONS');
}

/** What is found in a log with three times. @param {Cluster} cluster @param {string} topic @param {any[]} specs */
async function offsetsOf({ admin, client }, topic, specs) {
  const producer = client.producer();
  for (const timestamp of [1000, 3000, 2000]) await producer.send({ topic, value: 'v', timestamp });
  await producer.close();
  const queries = specs.map((spec) => ({ topic, partition: 0, spec }));
  const found = [];
  for (const isolationLevel of /** @type {const} */ (['read_uncommitted', 'read_committed'])) {
    const offsets = await admin.listOffsets(queries, { isolationLevel });
    found.push(offsets.map(({ offset }) => offset));
  }
  assert.deepEqual(found[0], found[1]);
  return found[0];
}

/** @param {Cluster} cluster */
async function otherOffsets(cluster) {
  const topic = await cluster.topic('admin-other-offsets');
  const found = await offsetsOf(cluster, topic, ['max-timestamp', 'earliest-local', 'latest']);
  assert.deepEqual(found, [1, 0, 3]);
}

/** @param {Cluster} cluster */
async function offsets(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-offsets');
  const specs = ['earliest', 'latest', { timestamp: 1500 }, { timestamp: 5000 }];
  assert.deepEqual(await offsetsOf(cluster, topic, specs), [0, 3, 1, -1]);
  const absent = { topic, partition: 9, spec: /** @type {const} */ ('latest') };
  await fails(() => admin.listOffsets([absent]), 'UNKNOWN_TOPIC_OR_PARTITION');
}

/** @param {Cluster} cluster */
async function records(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-records', 2);
  const producer = cluster.client.producer();
  await producer.sendAll(numbered(0, 20).map((message) => ({ topic, partition: 1, ...message })));
  await producer.close();
  const starts = await admin.deleteRecords([
    { topic, partition: 1, offset: 8 },
    { topic, partition: 0, offset: -1 },
  ]);
  assert.deepEqual(starts, [
    { topic, partition: 1, logStartOffset: 8 },
    { topic, partition: 0, logStartOffset: 0 },
  ]);
  const beyond = { topic, partition: 1, offset: 30 };
  await fails(() => admin.deleteRecords([beyond]), 'OFFSET_OUT_OF_RANGE');
}

/** @param {Cluster} cluster */
async function configs(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-configs', 1, {
    'retention.ms': '1000',
    'max.message.bytes': '2000',
  });
  /** @type {{ type: 'topic', name: string }} */
  const resource = { type: 'topic', name: topic };
  const options = { includeSynonyms: true, includeDocumentation: true };
  const [described] = await admin.describeConfigs([resource], options);
  const entry = described.configs.find(({ name }) => name === 'retention.ms');
  assert.deepEqual([entry.value, entry.source, entry.type], ['1000', 'topic', 'long']);
  assert.deepEqual(
    described.configs
      .find(({ name }) => name === 'max.message.bytes')
      .synonyms.map(({ name, source }) => [name, source]),
    [
      ['max.message.bytes', 'topic'],
      ['message.max.bytes', 'default'],
    ],
  );
  assert.ok(entry.documentation.length > 20);
  const changes = /** @type {const} */ ([
    { name: 'cleanup.policy', operation: 'append', value: 'compact' },
    { name: 'retention.ms', operation: 'delete' },
  ]);
  await admin.incrementalAlterConfigs([{ ...resource, changes }], { validateOnly: true });
  await admin.incrementalAlterConfigs([{ ...resource, changes }]);
  await until('they are changed', async () => {
    const [found] = await admin.describeConfigs([resource]);
    const value = (/** @type {string} */ name) =>
      found.configs.find((config) => config.name === name).value;
    return value('cleanup.policy') === 'delete,compact' && value('retention.ms') === '604800000';
  });
}

/** @param {Cluster} cluster */
async function wrongConfig(cluster) {
  const topic = await cluster.topic('admin-wrong-config');
  /** @type {{ type: 'topic', name: string }} */
  const resource = { type: 'topic', name: topic };
  const changes = change('retention.ms', 'soon');
  const refused = () => cluster.admin.incrementalAlterConfigs([{ ...resource, changes }]);
  await fails(refused, 'INVALID_CONFIG');
}

/** @param {string} config @param {string} value */
function change(config, value) {
  return [{ name: config, operation: /** @type {const} */ ('set'), value }];
}

/** Sets a config of each, and waits until it is seen. @param {Cluster} cluster @param {any[]} resources */
async function setConfigs({ admin }, resources) {
  await admin.incrementalAlterConfigs(resources);
  await until('all have what was set', async () => {
    const described = await admin.describeConfigs(resources);
    return described.every(({ configs }, index) => {
      const [{ name, value }] = resources[index].changes;
      return configs.find((config) => config.name === name)?.value === value;
    });
  });
}

/** @param {Cluster} cluster */
async function brokerConfigs(cluster) {
  const { admin } = cluster;
  await setConfigs(cluster, [
    { type: 'broker', name: '', changes: change('log.cleaner.threads', '1') },
    { type: 'broker', name: '1', changes: change('log.cleaner.threads', '1') },
  ]);
  const [loggers] = await admin.describeConfigs([{ type: 'broker-logger', name: '1' }]);
  assert.ok(loggers.configs.length > 0);
  await fails(() => admin.describeConfigs([{ type: 'broker', name: '9' }]), 'BROKER_NOT_AVAILABLE');
}

/** @param {Cluster} cluster */
async function otherConfigs(cluster) {
  const timeout = change('consumer.session.timeout.ms', '50000');
  const interval = change('interval.ms', '60000');
  await setConfigs(cluster, [
    { type: 'group', name: cluster.name('grouped'), changes: timeout },
    { type: 'client-metrics', name: cluster.name('metrics'), changes: interval },
  ]);
}

/** @param {Cluster} cluster */
async function configResources(cluster) {
  const { admin } = cluster;
  const topic = await cluster.topic('admin-resources');
  const metrics = cluster.name('admin-metrics');
  const changes = change('interval.ms', '60000');
  await admin.incrementalAlterConfigs([{ type: 'client-metrics', name: metrics, changes }]);
  const names = async (/** @type {any[]} */ types) =>
    (await admin.listConfigResources(types)).map(({ type, name }) => `${type} ${name}`);
  await until('both are listed', async () => {
    const all = await names([]);
    return all.includes(`topic ${topic}`) && all.includes(`client-metrics ${metrics}`);
  });
  assert.ok((await names(['client-metrics'])).includes(`client-metrics ${metrics}`));
  assert.deepEqual(await names(['broker']), ['broker 1']);
}
