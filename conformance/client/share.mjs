/** What our share consumer promises (KIP-932). */
import assert from 'node:assert/strict';
import { until } from '../node/checks.mjs';
import { json, toDeadLetters, topic as typed } from '@tidelog/client';
import { fails, numbered } from './cluster.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function shareChecks(checks, cluster) {
  const check = (/** @type {string} */ name, /** @type {(c: Cluster) => Promise<void>} */ body) =>
    checks.check(`share: ${name}`, () => body(cluster));
  await check('members divide records', divide);
  await check('a break releases the message in hand', implicit);
  await check('accept, release and reject', explicit);
  await check('renewed locks hold for longer', renewal);
  await check('locks end', expiry);
  await check('record limit, batches and codecs', batches);
  await check('what is held is given back on closing', closing);
  await check('topics that come later', laterTopics);
  await check('messages with types; others are released, rejected or sent elsewhere', unreadable);
}

/**
 * A topic with records, and a group that begins with the first of them.
 * @param {Cluster} cluster
 * @param {string} name
 * @param {number} count
 * @param {{ partitions?: number, configs?: Record<string, string>, compression?: any }} [options]
 */
async function prepare(cluster, name, count, { partitions = 1, configs = {}, compression } = {}) {
  const topic = await cluster.topic(`share-${name}`, partitions);
  const groupId = cluster.name(`share-${name}`);
  const settings = { 'share.auto.offset.reset': 'earliest', ...configs };
  const changes = Object.entries(settings).map(([name, value]) => ({
    name,
    operation: /** @type {const} */ ('set'),
    value,
  }));
  await cluster.admin.incrementalAlterConfigs([{ type: 'group', name: groupId, changes }]);
  if (count > 0) {
    const producer = cluster.client.producer(compression === undefined ? {} : { compression });
    await producer.sendAll(numbered(0, count).map((message) => ({ topic, ...message })));
    await producer.close();
  }
  return { topic, groupId };
}

/** @param {import('@tidelog/client').ShareConsumer} consumer @param {number} count */
async function take(consumer, count) {
  const messages = [];
  for await (const message of consumer.messages({ signal: AbortSignal.timeout(30_000) })) {
    messages.push(message);
    if (messages.length === count) return messages;
  }
  throw new Error(`${messages.length} of ${count} messages came`);
}

/** @param {Cluster} cluster */
async function divide(cluster) {
  const { topic, groupId } = await prepare(cluster, 'divide', 200, { partitions: 2 });
  /** @type {Set<string>} */
  const seen = new Set();
  const stop = new AbortController();
  const members = [1, 2].map(() => cluster.client.shareConsumer({ groupId, maxPollRecords: 10 }));
  let count = 0;
  const runs = members.map(async (member) => {
    member.subscribe(topic);
    const options = { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]) };
    for await (const { partition, offset, deliveryCount } of member.messages(options)) {
      seen.add(`${partition}-${offset}`);
      assert.equal(deliveryCount, 1);
      count++;
    }
    await member.close();
  });
  await until('all have come', () => seen.size === 200);
  stop.abort();
  await Promise.all(runs);
  assert.equal(count, 200);
  const [group] = await cluster.admin.describeShareGroups([groupId]);
  assert.equal(group?.state, 'Empty');
  const [{ offsets } = { offsets: [] }] = await cluster.admin.listShareGroupOffsets([{ groupId }]);
  assert.deepEqual(
    offsets.map(({ lag }) => lag),
    [0, 0],
  );
}

/** @param {Cluster} cluster */
async function implicit(cluster) {
  const { topic, groupId } = await prepare(cluster, 'implicit', 5);
  /** @type {any[]} */
  const outcomes = [];
  const onAcknowledged = (/** @type {any} */ outcome) => outcomes.push(outcome);
  const consumer = cluster.client.shareConsumer({ groupId, onAcknowledged });
  consumer.subscribe(topic);
  const first = await take(consumer, 3); // and breaks at the third
  assert.deepEqual(
    first.map(({ offset }) => offset),
    [0, 1, 2],
  );
  assert.ok((consumer.acquisitionLockTimeoutMs ?? 0) >= 15_000);
  await consumer.commit();
  assert.ok(outcomes.every(({ error }) => error === null));
  assert.deepEqual(
    outcomes.flatMap(({ offsets }) => offsets),
    [0, 1, 2],
  );
  const rest = await take(consumer, 3);
  assert.deepEqual(
    rest.map(({ offset, deliveryCount }) => [offset, deliveryCount]),
    [
      [3, 1],
      [4, 1],
      [2, 2],
    ],
  );
  await consumer.close();
}

/** @param {Cluster} cluster */
async function explicit(cluster) {
  const { topic, groupId } = await prepare(cluster, 'explicit', 4);
  const consumer = cluster.client.shareConsumer({ groupId, acknowledgement: 'explicit' });
  consumer.subscribe(topic);
  const [accepted, released, rejected, held] = await take(consumer, 4);
  assert.ok(accepted && released && rejected && held);
  assert.equal(String(released.value), 'value-1');
  consumer.acknowledge(accepted);
  consumer.acknowledge(released, 'release');
  consumer.acknowledge(rejected, 'reject');
  await consumer.commit();
  assert.throws(() => consumer.acknowledge(accepted), { code: 'INVALID_ARGUMENT' });
  const [again] = await take(consumer, 1);
  assert.deepEqual([again?.offset, again?.deliveryCount], [1, 2]);
  if (again) consumer.acknowledge(again);
  consumer.acknowledge(held);
  await consumer.close();
  const [group] = await cluster.admin.listShareGroupOffsets([{ groupId }]);
  assert.equal(group?.offsets[0]?.lag, 0);
}

/** @param {Cluster} cluster */
async function renewal(cluster) {
  const configs = { 'share.record.lock.duration.ms': '15000' };
  const { topic, groupId } = await prepare(cluster, 'renewal', 1, { configs });
  const consumer = cluster.client.shareConsumer({ groupId, acknowledgement: 'explicit' });
  consumer.subscribe(topic);
  const [message] = await take(consumer, 1);
  assert.ok(message);
  assert.equal(consumer.acquisitionLockTimeoutMs, 15_000);
  consumer.acknowledge(message, 'renew');
  await consumer.commit();
  consumer.acknowledge(message, 'accept');
  await consumer.commit();
  await consumer.close();
}

/** @param {Cluster} cluster */
async function expiry(cluster) {
  const configs = { 'share.record.lock.duration.ms': '15000' };
  const { topic, groupId } = await prepare(cluster, 'expiry', 1, { configs });
  const slow = cluster.client.shareConsumer({ groupId, acknowledgement: 'explicit' });
  slow.subscribe(topic);
  const [message] = await take(slow, 1);
  assert.ok(message);
  const other = cluster.client.shareConsumer({ groupId });
  other.subscribe(topic);
  const [again] = await take(other, 1);
  assert.deepEqual([again?.offset, again?.deliveryCount], [message.offset, 2]);
  slow.acknowledge(message);
  await fails(() => slow.commit(), 'INVALID_RECORD_STATE');
  await Promise.all([slow.close(), other.close()]);
}

/** @param {Cluster} cluster */
async function batches(cluster) {
  const { topic, groupId } = await prepare(cluster, 'batches', 100, { compression: 'gzip' });
  const acquireMode = 'record_limit';
  const consumer = cluster.client.shareConsumer({ groupId, acquireMode, maxPollRecords: 7 });
  consumer.subscribe(topic);
  let count = 0;
  for await (const batch of consumer.batches({ signal: AbortSignal.timeout(30_000) })) {
    assert.ok(batch.messages.length <= 7);
    assert.equal(batch.topic, topic);
    count += batch.messages.length;
    if (count === 100) break;
  }
  assert.equal(count, 100);
  await consumer.close();
}

/** @param {Cluster} cluster */
async function closing(cluster) {
  const { topic, groupId } = await prepare(cluster, 'closing', 3);
  const first = cluster.client.shareConsumer({ groupId });
  first.subscribe(topic);
  await take(first, 2);
  await first.close();
  const second = cluster.client.shareConsumer({ groupId });
  second.subscribe(topic);
  const rest = await take(second, 2);
  assert.deepEqual(rest.map(({ offset }) => offset).sort(), [1, 2]);
  await second.close();
}

/** @param {Cluster} cluster */
async function laterTopics(cluster) {
  const { topic, groupId } = await prepare(cluster, 'early', 1);
  const later = cluster.name('share-later');
  const consumer = cluster.client.shareConsumer({ groupId });
  consumer.subscribe([topic, later]);
  assert.equal((await take(consumer, 1))[0]?.topic, topic);
  await cluster.topic('share-later');
  const producer = cluster.client.producer();
  await producer.send({ topic: later, value: 'late' });
  await producer.close();
  for (let found = ''; found !== later; ) found = (await take(consumer, 1))[0]?.topic ?? '';
  await consumer.close();
}

/** @param {Cluster} cluster */
async function unreadable(cluster) {
  const { topic, groupId } = await prepare(cluster, 'unreadable', 0);
  const dead = await cluster.topic('share-dead');
  const producer = cluster.client.producer();
  const values = ['{"n":0}', 'released at first', '{"n":2}', 'sent elsewhere'];
  await producer.sendAll(values.map((value) => ({ topic, value })));
  const bury = toDeadLetters(producer, { topic: dead, groupId });
  /** @type {number[][]} */
  const failures = [];
  const consumer = cluster.client.shareConsumer({
    groupId,
    onError: (failure) => {
      failures.push([failure.offset, failure.attempt]);
      return failure.offset === 1 && failure.attempt === 1 ? 'release' : bury(failure);
    },
  });
  consumer.subscribe(typed(topic, { value: json() }));
  const good = /** @type {any[]} */ (await take(consumer, 2));
  assert.deepEqual(
    good.map(({ value }) => value),
    [{ n: 0 }, { n: 2 }],
  );
  // Takes in those behind, those released, and the one in hand at the end of the iteration before.
  const rest = take(consumer, 2);
  const letters = await cluster.read(dead, 2);
  await producer.send({ topic, value: '{"n":4}' });
  assert.deepEqual((await rest).map(({ offset }) => offset).sort(), [2, 4]);
  assert.deepEqual(letters.map(({ value }) => String(value)).sort(), [values[1], values[3]]);
  assert.deepEqual(failures.sort(), [
    [1, 1],
    [1, 2],
    [3, 1],
  ]);
  await Promise.all([consumer.close(), producer.close()]);
}
