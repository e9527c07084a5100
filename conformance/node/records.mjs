/** Records as they go in and come out. */
import assert from 'node:assert/strict';
import { refused } from './checks.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** A batch of one null-keyed record is this much larger than its value, at values near 1 MiB. */
const batchOverhead = 72;
const defaultMaxMessageBytes = 1048588;

/** @param {Checks} checks @param {Cluster} cluster */
export async function recordChecks(checks, cluster) {
  const { CompressionTypes } = cluster.kafkajs;
  await checks.check('produce and consume', () => produceAndConsume(cluster));
  for (const codec of ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD']) {
    const name = `compression ${codec.toLowerCase()}`;
    await checks.check(name, () => compression(cluster, codec, CompressionTypes[codec]));
  }
  await checks.check('headers', () => headers(cluster));
  await checks.check('null keys and values', () => nulls(cluster));
  await checks.check('1 MB record', () => largeRecord(cluster));
  await checks.check('record beyond max.message.bytes refused', () => tooLarge(cluster));
  await checks.check('100,000 records', () => manyRecords(cluster));
  await checks.check('idempotent producer', () => idempotent(cluster));
  await checks.check('transactional producer', () => transactions(cluster));
}

/** @param {Cluster} cluster */
async function produceAndConsume(cluster) {
  const topic = await cluster.topic('basic', 3);
  const start = 1_700_000_000_000;
  const messages = Array.from({ length: 300 }, (_, i) => ({
    partition: i % 3,
    timestamp: String(start + i),
    key: `k${i}`,
    value: `v${i}`,
  }));
  await cluster.send(topic, messages);
  const read = await cluster.read(topic, 300);
  assert.equal(read.length, 300);
  for (const r of read) {
    const i = r.offset * 3 + r.partition;
    assert.deepEqual([r.key, r.value, r.timestamp], [`k${i}`, `v${i}`, start + i]);
  }
}

/** @param {Cluster} cluster @param {string} codec @param {number} type */
async function compression(cluster, codec, type) {
  const topic = await cluster.topic(`codec-${codec}`);
  await cluster.send(topic, cluster.numbered(0, 2000), { compression: type });
  const read = await cluster.read(topic, 2000);
  assert.deepEqual(
    read.map((r) => r.value),
    cluster.numbered(0, 2000).map((r) => r.value),
  );
}

/** @param {Cluster} cluster */
async function headers(cluster) {
  const topic = await cluster.topic('headers');
  await cluster.send(topic, [
    { value: 'v', headers: { a: ['1', '2'], empty: '', grüße: Buffer.from([0, 255]) } },
  ]);
  const [record] = await cluster.read(topic, 1);
  assert.deepEqual(record?.headers, {
    a: [Buffer.from('1'), Buffer.from('2')],
    empty: Buffer.alloc(0),
    grüße: Buffer.from([0, 255]),
  });
}

/** @param {Cluster} cluster */
async function nulls(cluster) {
  const topic = await cluster.topic('nulls');
  const messages = [
    { key: null, value: null },
    { key: '', value: '' },
    { key: 'k', value: null },
    { key: null, value: 'v' },
  ];
  await cluster.send(topic, messages);
  const read = await cluster.read(topic, 4);
  assert.deepEqual(
    read.map(({ key, value }) => ({ key, value })),
    messages,
  );
}

/** @param {Cluster} cluster */
async function largeRecord(cluster) {
  const topic = await cluster.topic('large');
  const values = ['abcdefghij'.repeat(100_000), 'x'.repeat(defaultMaxMessageBytes - batchOverhead)];
  for (const value of values) await cluster.send(topic, [{ value }]);
  const read = await cluster.read(topic, 2);
  assert.ok(read.every((r, i) => r.value === values[i]));
}

/** @param {Cluster} cluster */
async function tooLarge(cluster) {
  const topic = await cluster.topic('too-large');
  const value = 'x'.repeat(defaultMaxMessageBytes - batchOverhead + 1);
  await refused(() => cluster.send(topic, [{ value }]), 'MESSAGE_TOO_LARGE');
  await cluster.send(topic, [{ value: 'small' }]);
  assert.equal((await cluster.read(topic, 1)).length, 1);
}

/** @param {Cluster} cluster */
async function manyRecords(cluster) {
  const count = 100_000;
  const topic = await cluster.topic('many', 4);
  const messages = Array.from({ length: count }, (_, i) => ({
    key: `key-${i % 1000}`,
    value: `value-${i}`,
  }));
  await cluster.send(topic, messages);
  const next = new Map();
  const read = await cluster.read(topic, count);
  assert.equal(read.length, count);
  for (const { key, value } of read) {
    const i = next.get(key) ?? Number(key?.slice(4));
    if (value !== `value-${i}`) assert.fail(`after ${key}: expected value-${i}, got ${value}`);
    next.set(key, i + 1000);
  }
  assert.equal(next.size, 1000);
  for (const [key, i] of next) assert.equal(i, count + Number(key.slice(4)));
}

/** @param {Cluster} cluster */
async function idempotent(cluster) {
  const topic = await cluster.topic('idempotent');
  await cluster.send(topic, cluster.numbered(0, 20_000), { idempotent: true });
  const read = await cluster.read(topic, 20_000);
  assert.ok(read.every((r, i) => r.value === `value-${i}`));
}

/** @param {Cluster} cluster */
async function transactions(cluster) {
  const topic = await cluster.topic('transactions');
  const groupId = cluster.name('transactions');
  const producer = cluster.kafka.producer({
    transactionalId: topic,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  for (const [i, value] of ['a', 'b', 'c', 'd'].entries()) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value }] });
    const topics = [{ topic, partitions: [{ partition: 0, offset: String(i + 1) }] }];
    await transaction.sendOffsets({ consumerGroupId: groupId, topics });
    if (i % 2 === 1) await transaction.commit();
    else await transaction.abort();
  }
  await producer.disconnect();
  // kafkajs reads what is committed unless it is told otherwise
  const read = await cluster.read(topic, 2);
  assert.deepEqual(
    read.map((r) => r.value),
    ['b', 'd'],
  );
  const [fetched] = await cluster.admin.fetchOffsets({ groupId, topics: [topic] });
  assert.equal(fetched.partitions[0].offset, '4');
}
