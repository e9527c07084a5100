/** What transactions of our producer promise. */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { kafkajs } from './kafkajs.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function transactionChecks(checks, cluster) {
  const check = (/** @type {string} */ name, /** @type {(c: Cluster) => Promise<void>} */ body) =>
    checks.check(`producer: transaction ${name}`, () => body(cluster));
  await check('is whole or not at all', wholeOrNothing);
  await check('commits the offsets of a consumer', offsetsOfConsumer);
  await check('commits the offsets of a group by name', offsetsOfGroup);
  await check('refuses the offsets of a member that is gone', offsetsOfGoneMember);
  await check('fences the producer before', fencing);
  await check('is aborted after a refused record, and the next one begins', refusedRecord);
  await check('that timed out cannot be committed', timedOut);
  await check('after transaction, 50 over 4 partitions', manyInTurn);
  await check('of 30,000 records', large);
}

/** As kafkajs reads it. @param {Cluster} cluster @param {string} topic @param {number} count */
async function committed(cluster, topic, count) {
  const judge = await kafkajs(cluster);
  const read = await judge.read(topic, count);
  return read.map(({ value }) => value);
}

/** @param {Cluster} cluster @param {string} name @param {object} [options] */
function producerOf(cluster, name, options = {}) {
  return cluster.client.producer({ transactionalId: cluster.name(name), lingerMs: 0, ...options });
}

/** @param {Cluster} cluster */
async function wholeOrNothing(cluster) {
  const topic = await cluster.topic('tx-whole', 2);
  const producer = producerOf(cluster, 'tx-whole');
  const pair = (/** @type {string} */ value) => [
    { topic, partition: 0, value },
    { topic, partition: 1, value },
  ];
  for (const value of ['a', 'b', 'c', 'd']) {
    const tx = await producer.begin();
    const sent = await tx.sendAll(pair(value));
    assert.ok(sent.every(({ offset }) => offset >= 0));
    if (value === 'b' || value === 'd') await tx.commit();
    else await tx.abort();
  }
  const failed = producer.transaction(async (tx) => {
    await tx.sendAll(pair('e'));
    throw new Error('changed my mind');
  });
  await assert.rejects(failed, /changed my mind/);
  await producer.transaction((tx) => tx.sendAll(pair('f')));
  await producer.close();
  const read = await committed(cluster, topic, 6);
  assert.deepEqual(read.toSorted(), ['b', 'b', 'd', 'd', 'f', 'f']);
  assert.equal((await cluster.read(topic, 12)).length, 12);
}

/** @param {Cluster} cluster */
async function offsetsOfConsumer(cluster) {
  const from = await cluster.topic('tx-from');
  const to = await cluster.topic('tx-to');
  const groupId = cluster.name('tx-copy');
  await cluster.client.producer().sendAll(['1', '2', '3'].map((value) => ({ topic: from, value })));
  const consumer = cluster.client.consumer({
    groupId,
    autoCommit: false,
    autoOffsetReset: 'earliest',
  });
  consumer.subscribe(from);
  const producer = producerOf(cluster, 'tx-copy');
  for await (const { topic, partition, offset, value } of consumer) {
    await producer.transaction(async (tx) => {
      await tx.send({ topic: to, value });
      await tx.sendOffsets([{ topic, partition, offset: offset + 1 }], consumer);
    });
    if (offset === 2) break;
  }
  const [stored] = await consumer.committed([{ topic: from, partition: 0 }]);
  assert.equal(stored?.offset, 3);
  await consumer.close();
  await producer.close();
  assert.deepEqual(await committed(cluster, to, 3), ['1', '2', '3']);
}

/** @param {Cluster} cluster */
async function offsetsOfGroup(cluster) {
  const topic = await cluster.topic('tx-offsets', 3);
  const groupId = cluster.name('tx-offsets');
  const consumer = cluster.client.consumer({ groupId });
  const producer = producerOf(cluster, 'tx-offsets');
  const places = [0, 1, 2].map((partition) => ({ topic, partition }));
  const at = (/** @type {number} */ n) => places.map((place, i) => ({ ...place, offset: n + i }));
  await producer.transaction((tx) => tx.sendOffsets(at(10), groupId));
  const tx = await producer.begin();
  await tx.sendOffsets(at(20), groupId);
  await tx.abort();
  const stored = await consumer.committed(places);
  assert.deepEqual(stored.map(({ offset }) => offset).toSorted(), [10, 11, 12]);
  await consumer.close();
  await producer.close();
}

/** @param {Cluster} cluster */
async function offsetsOfGoneMember(cluster) {
  const topic = await cluster.topic('tx-gone');
  const groupId = cluster.name('tx-gone');
  const consumer = cluster.client.consumer({ groupId, autoOffsetReset: 'earliest' });
  consumer.subscribe(topic);
  const reading = consumer[Symbol.asyncIterator]().next();
  await until('the member has joined', () => consumer.groupMetadata().generationId >= 0);
  const place = consumer.groupMetadata();
  const producer = producerOf(cluster, 'tx-gone');
  const failed = producer.transaction((tx) =>
    tx.sendOffsets([{ topic, partition: 0, offset: 1 }], { ...place, memberId: 'somebody else' }),
  );
  await assert.rejects(failed, { code: 'UNKNOWN_MEMBER_ID', transaction: 'abortable' });
  await producer.transaction((tx) => tx.sendOffsets([{ topic, partition: 0, offset: 1 }], place));
  await consumer.close();
  await reading.catch(() => {});
  await producer.close();
}

/** @param {Cluster} cluster */
async function fencing(cluster) {
  const topic = await cluster.topic('tx-fence');
  const [one, two] = [producerOf(cluster, 'tx-fence'), producerOf(cluster, 'tx-fence')];
  const tx = await one.begin();
  await tx.send({ topic, value: 'of the old one' });
  await two.transaction((newer) => newer.send({ topic, value: 'of the new one' }));
  await assert.rejects(tx.commit(), { code: 'PRODUCER_FENCED', transaction: 'fatal' });
  await assert.rejects(one.begin(), { transaction: 'fatal' });
  await one.close();
  await two.close();
  assert.deepEqual(await committed(cluster, topic, 1), ['of the new one']);
}

/** @param {Cluster} cluster */
async function refusedRecord(cluster) {
  const topic = await cluster.topic('tx-refused', 1, { 'cleanup.policy': 'compact' });
  const producer = producerOf(cluster, 'tx-refused');
  const failed = producer.transaction(async (tx) => {
    await tx.send({ topic, key: 'k', value: 'lost' });
    void tx.send({ topic, value: 'without a key' });
  });
  await assert.rejects(failed, { code: 'INVALID_RECORD', transaction: 'abortable' });
  await producer.transaction((tx) => tx.send({ topic, key: 'k', value: 'kept' }));
  await producer.close();
  assert.deepEqual(await committed(cluster, topic, 1), ['kept']);
}

/** @param {Cluster} cluster */
async function timedOut(cluster) {
  const topic = await cluster.topic('tx-late');
  const producer = producerOf(cluster, 'tx-late', { transactionTimeoutMs: 200 });
  const tx = await producer.begin();
  await tx.send({ topic, value: 'late' });
  const admin = cluster.client.admin();
  await until('the coordinator has aborted it', async () => {
    const place = { topic, partition: 0 };
    const [end] = await admin.listOffsets([{ ...place, spec: 'latest' }]);
    return (end?.offset ?? 0) > 1;
  });
  await assert.rejects(tx.commit(), { transaction: 'fatal' });
  await producer.close();
}

/** @param {Cluster} cluster */
async function manyInTurn(cluster) {
  const topic = await cluster.topic('tx-many', 4);
  const producer = producerOf(cluster, 'tx-many');
  const expected = [];
  for (let n = 0; n < 50; n++) {
    const tx = await producer.begin();
    for (let i = 0; i < 7; i++) void tx.send({ topic, partition: i % 4, value: `${n}.${i}` });
    await tx.send({ topic, partition: 3, value: `${n}.7` });
    if (n % 3 === 0) {
      await tx.abort();
      continue;
    }
    await tx.commit();
    expected.push(...Array.from({ length: 8 }, (_, i) => `${n}.${i}`));
  }
  await producer.close();
  const read = await committed(cluster, topic, expected.length);
  assert.deepEqual(read.toSorted(), expected.toSorted());
}

/** @param {Cluster} cluster */
async function large(cluster) {
  const topic = await cluster.topic('tx-large', 3);
  const producer = producerOf(cluster, 'tx-large', { lingerMs: 5, compression: 'lz4' });
  const count = 30_000;
  await producer.transaction(async (tx) => {
    const sent = await tx.sendAll(
      Array.from({ length: count }, (_, i) => ({ topic, key: `k${i}`, value: `v${i}` })),
    );
    assert.equal(sent.length, count);
  });
  await producer.close();
  assert.equal((await committed(cluster, topic, count)).length, count);
}
