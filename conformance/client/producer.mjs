/** What our producer promises, with kafkajs as the judge of what it has written. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { numbered } from './cluster.mjs';
import { kafkajs } from './kafkajs.mjs';
import { transactionChecks } from './transactions.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @type {readonly (readonly ['none' | 'gzip' | 'snappy' | 'lz4' | 'zstd', number?])[]} */
const codecs = [
  ['none'],
  ['gzip'],
  ['gzip', 1],
  ['gzip', 9],
  ['snappy'],
  ['lz4'],
  ['lz4', 17],
  ['zstd'],
  ['zstd', -5],
  ['zstd', 12],
];

/** @param {Checks} checks @param {Cluster} cluster */
export async function producerChecks(checks, cluster) {
  for (const [compression, level] of codecs) {
    const name = level === undefined ? compression : `${compression}, level ${level}`;
    const body = () => codec(cluster, compression, level);
    await checks.check(`producer: compression ${name}`, body);
  }
  const check = (/** @type {string} */ name, /** @type {(c: Cluster) => Promise<void>} */ body) =>
    checks.check(`producer: ${name}`, () => body(cluster));
  await check('keys go where kafkajs sends them as Java does', keys);
  await check('headers, null keys and null values', headers);
  await check('a batch that is too large is split', split);
  await check('a record that is too large is refused', tooLarge);
  await check('one bad record of a batch is named', badRecord);
  await check('the time of the append is told', appendTime);
  await check('acks 0 and 1', acks);
  await check('20 MB through a buffer of 1 MB', backPressure);
  await check('the order of 20,000 records, five requests in flight', order);
  await check('records without keys spread over partitions', sticky);
  await check('a partitioner of the user', ownPartitioner);
  await check('a topic that is deleted and created anew', recreated);
  await transactionChecks(checks, cluster);
}

/** @param {Cluster} cluster @param {typeof codecs[number][0]} compression @param {number} [level] */
async function codec(cluster, compression, level) {
  const topic = await cluster.topic(`codec-${compression}${level ?? ''}`);
  const options = level === undefined ? {} : { compressionLevel: level };
  const producer = cluster.client.producer({ compression, ...options });
  const sent = await producer.sendAll(numbered(0, 500).map((message) => ({ topic, ...message })));
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    sent.map((_, i) => i),
  );
  await producer.close();
  const read = await (await kafkajs(cluster)).read(topic, 500);
  assert.deepEqual(
    read.map(({ key, value }) => ({ key, value })),
    numbered(0, 500),
  );
}

/** @param {Cluster} cluster */
async function keys(cluster) {
  const judge = await kafkajs(cluster);
  const topic = await cluster.topic('keys', 7);
  const list = Array.from({ length: 300 }, (_, i) => '€ä'.repeat(i % 3) + 'k'.repeat(i % 17) + i);
  await judge.send(
    topic,
    list.map((key) => ({ key, value: '' })),
  );
  const producer = cluster.client.producer();
  const sent = await producer.sendAll(list.map((key) => ({ topic, key, value: '' })));
  await producer.close();
  const theirs = new Map();
  for (const { key, partition } of await judge.read(topic, 600)) {
    assert.equal(theirs.get(key) ?? partition, partition, `key ${key}`);
    theirs.set(key, partition);
  }
  for (const [i, { partition }] of sent.entries()) assert.equal(theirs.get(list[i]), partition);
}

/** @param {Cluster} cluster */
async function headers(cluster) {
  const topic = await cluster.topic('sent-headers');
  const producer = cluster.client.producer();
  await producer.sendAll([
    { topic, key: null, value: null, headers: { empty: '', grüße: Buffer.from([0, 255]) } },
    {
      topic,
      key: '',
      value: '',
      headers: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    },
  ]);
  await producer.close();
  const [one, two] = await (await kafkajs(cluster)).read(topic, 2);
  const empty = Buffer.alloc(0);
  assert.deepEqual([one?.key, one?.value, two?.key, two?.value], [null, null, '', '']);
  assert.deepEqual(one?.headers, { empty, grüße: Buffer.from([0, 255]) });
  assert.deepEqual(two?.headers, { a: [Buffer.from('1'), Buffer.from('2')] });
}

/** @param {Cluster} cluster */
async function split(cluster) {
  const topic = await cluster.topic('split', 1, { 'max.message.bytes': '2000' });
  const producer = cluster.client.producer({ lingerMs: 20, batchSizeBytes: 100_000 });
  const values = Array.from({ length: 300 }, (_, i) => `${i}`.padStart(100, '.'));
  const sent = await producer.sendAll(values.map((value) => ({ topic, value })));
  await producer.close();
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    sent.map((_, i) => i),
  );
  const read = await (await kafkajs(cluster)).read(topic, 300);
  assert.deepEqual(
    read.map(({ value }) => value),
    values,
  );
}

/** @param {Cluster} cluster */
async function tooLarge(cluster) {
  const topic = await cluster.topic('sent-too-large', 1, { 'max.message.bytes': '2000' });
  const producer = cluster.client.producer();
  const large = { topic, value: 'x'.repeat(3000) };
  await assert.rejects(producer.send(large), { code: 'MESSAGE_TOO_LARGE', retriable: false });
  const { offset } = await producer.send({ topic, value: 'small' });
  assert.equal(offset, 0);
  const strict = cluster.client.producer({ maxRequestSizeBytes: 1000 });
  await assert.rejects(strict.send({ topic, value: 'x'.repeat(1000) }), /maxRequestSizeBytes/);
  await strict.close();
  await producer.close();
}

/** @param {Cluster} cluster */
async function badRecord(cluster) {
  const topic = await cluster.topic('bad-record', 1, { 'cleanup.policy': 'compact' });
  const producer = cluster.client.producer({ lingerMs: 50 });
  const good = producer.send({ topic, key: 'k', value: '1' });
  const bad = producer.send({ topic, value: '2' });
  const outcomes = await Promise.allSettled([good, bad]);
  assert.deepEqual(
    outcomes.map((outcome) => 'reason' in outcome && outcome.reason.code),
    ['INVALID_RECORD', 'INVALID_RECORD'],
  );
  assert.equal((await producer.send({ topic, key: 'k', value: '3' })).offset, 0);
  await producer.close();
}

/** @param {Cluster} cluster */
async function appendTime(cluster) {
  const configs = { 'message.timestamp.type': 'LogAppendTime' };
  const topic = await cluster.topic('append-time', 1, configs);
  const own = await cluster.topic('create-time');
  const producer = cluster.client.producer();
  const before = Date.now();
  const stamped = await producer.send({ topic, value: 'v', timestamp: 1000 });
  assert.ok(stamped.timestamp >= before - 1000 && stamped.timestamp <= Date.now() + 1000);
  const kept = await producer.send({ topic: own, value: 'v', timestamp: 1_700_000_000_123 });
  assert.equal(kept.timestamp, 1_700_000_000_123);
  await producer.close();
  const judge = await kafkajs(cluster);
  assert.equal((await judge.read(topic, 1))[0]?.timestamp, stamped.timestamp);
  assert.equal((await judge.read(own, 1))[0]?.timestamp, kept.timestamp);
}

/** @param {Cluster} cluster */
async function acks(cluster) {
  const topic = await cluster.topic('acks');
  for (const [n, level] of /** @type {const} */ ([0, 1, 'all']).entries()) {
    const producer = cluster.client.producer({ acks: level });
    const { offset } = await producer.send({ topic, value: String(level) });
    assert.equal(offset, level === 0 ? -1 : n);
    await producer.close();
    await (await kafkajs(cluster)).read(topic, n + 1);
  }
}

/** @param {Cluster} cluster */
async function backPressure(cluster) {
  const topic = await cluster.topic('pressure');
  const producer = cluster.client.producer({ bufferMemoryBytes: 1_000_000 });
  const value = Buffer.alloc(10_000, 'x');
  const sends = Array.from({ length: 2000 }, () => producer.send({ topic, value }));
  await producer.flush();
  const sent = await Promise.all(sends);
  await producer.close();
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    sent.map((_, i) => i),
  );
}

/** @param {Cluster} cluster */
async function order(cluster) {
  const topic = await cluster.topic('sent-order', 3);
  const producer = cluster.client.producer({ batchSizeBytes: 1000, lingerMs: 0 });
  const messages = Array.from({ length: 20_000 }, (_, i) => ({
    topic,
    partition: i % 3,
    value: String(i),
  }));
  for (let at = 0; at < messages.length; at += 1000) {
    void producer.sendAll(messages.slice(at, at + 1000));
  }
  await producer.close();
  const read = await (await kafkajs(cluster)).read(topic, messages.length);
  for (const { partition, offset, value } of read) {
    if (value !== String(3 * offset + partition)) assert.fail(`${partition}-${offset}: ${value}`);
  }
}

/** @param {Cluster} cluster */
async function sticky(cluster) {
  const topic = await cluster.topic('sticky', 4);
  const producer = cluster.client.producer({ batchSizeBytes: 500, lingerMs: 0 });
  const messages = Array.from({ length: 2000 }, () => ({ topic, value: 'x'.repeat(50) }));
  const sent = await producer.sendAll(messages);
  await producer.close();
  const counts = [0, 0, 0, 0];
  for (const { partition } of sent) counts[partition] = (counts[partition] ?? 0) + 1;
  assert.ok(
    counts.every((count) => count > 200),
    `records by partition: ${counts}`,
  );
}

/** @param {Cluster} cluster */
async function ownPartitioner(cluster) {
  const topic = await cluster.topic('own-partitioner', 3);
  const producer = cluster.client.producer({
    partitioner: ({ value }, { partitions }) => Number(value) % partitions.length,
  });
  const sent = await producer.sendAll([0, 1, 2, 3, 4].map((n) => ({ topic, value: String(n) })));
  await producer.close();
  assert.deepEqual(
    sent.map(({ partition }) => partition),
    [0, 1, 2, 0, 1],
  );
}

/** @param {Cluster} cluster */
async function recreated(cluster) {
  const topic = await cluster.topic('recreated');
  const options = { lingerMs: 0, batchSizeBytes: 0, allowAutoTopicCreation: false };
  const producer = cluster.client.producer(options);
  const send = (/** @type {number} */ first) =>
    Promise.all(
      [first, first + 1, first + 2].map((n) => producer.send({ topic, value: String(n) })),
    );
  await send(0);
  await cluster.admin.deleteTopics([topic]);
  // Until it is gone it takes records, which go with it.
  const probe = cluster.client.producer({ ...options, deliveryTimeoutMs: 300, maxBlockMs: 300 });
  const gone = () =>
    probe.send({ topic, value: 'late' }).then(
      () => false,
      () => true,
    );
  await until('the topic is gone', gone);
  await probe.close();
  const waiting = send(3);
  await cluster.topic('recreated');
  await waiting;
  await send(6);
  await producer.close();
  const read = await (await kafkajs(cluster)).read(topic, 6);
  assert.deepEqual(
    read.map(({ value }) => value),
    ['3', '4', '5', '6', '7', '8'],
  );
}
