/** What people build on a client: exactly once, retries, dead letters. */
import assert from 'node:assert/strict';
import { consumeWithRetries, processInTransactions, toDeadLetters } from '@tidelog/client';
import { until } from '../node/checks.mjs';
import { numbered } from './cluster.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function patternChecks(checks, cluster) {
  await checks.check('patterns: consume, transform and produce exactly once', () =>
    exactlyOnce(cluster),
  );
  await checks.check('patterns: retry topics, then dead letters with the headers of Connect', () =>
    retries(cluster),
  );
  await checks.check('patterns: dead letters by onError', () => deadLetters(cluster));
}

/** @param {Cluster} cluster @param {string} topic @param {number} count */
async function fill({ client }, topic, count) {
  const producer = client.producer();
  await producer.sendAll(numbered(0, count).map((message) => ({ topic, ...message })));
  await producer.close();
}

/** Two members copy, the first life of one ends in a failure: all the same each record is copied once. @param {Cluster} cluster */
async function exactlyOnce(cluster) {
  const { client, admin } = cluster;
  const count = 400;
  const input = await cluster.topic('eos-in', 4);
  const output = await cluster.topic('eos-out', 1);
  const groupId = cluster.name('eos');
  const transactionalIds = ['a', 'b'].map((name) => `${groupId}-${name}`);
  await fill(cluster, input, count);
  const stop = new AbortController();
  let failures = 1;
  const work = async (/** @type {string} */ transactionalId) => {
    const isolationLevel = /** @type {const} */ ('read_committed');
    const reading = { groupId, autoCommit: false, isolationLevel, heartbeatIntervalMs: 200 };
    const consumer = client.consumer({ ...reading, autoOffsetReset: 'earliest' });
    consumer.subscribe(input);
    const producer = client.producer({ transactionalId });
    try {
      await processInTransactions({
        consumer,
        producer,
        signal: stop.signal,
        onBatch: async ({ messages }, transaction) => {
          const copies = messages.map(({ key, value }) => ({ topic: output, key, value }));
          await transaction.sendAll(copies);
          if (failures-- > 0) throw new Error('in the midst of a transaction');
        },
      });
    } finally {
      await consumer.close();
      await producer.close();
    }
  };
  await assert.rejects(work(transactionalIds[0] ?? ''), /in the midst/);
  const members = transactionalIds.map(work);
  const options = { isolationLevel: 'read_committed' };
  const copied = await cluster.read(output, count, options);
  const expected = numbered(0, count).map(({ value }) => value);
  assert.deepEqual(copied.map(({ value }) => String(value)).sort(), expected.sort());
  stop.abort();
  await Promise.all(members);
  const offsets = await admin.listGroupOffsets(groupId);
  assert.equal(
    offsets.reduce((sum, { offset }) => sum + offset, 0),
    count,
  );
}

/** @param {Cluster} cluster */
async function retries(cluster) {
  const { client } = cluster;
  const topic = await cluster.topic('retried', 2);
  const groupId = cluster.name('retrying');
  await fill(cluster, topic, 20);
  const stop = new AbortController();
  /** @type {Map<string, number>} */
  const attempts = new Map();
  /** @type {Set<string>} */
  const done = new Set();
  const running = consumeWithRetries(client, {
    groupId,
    topics: topic,
    delaysMs: [50, 100],
    concurrency: 4,
    consumer: { heartbeatIntervalMs: 200, fetchMaxWaitMs: 100 },
    signal: stop.signal,
    onMessage: (message) => {
      const value = String(message.value);
      const attempt = (attempts.get(value) ?? 0) + 1;
      attempts.set(value, attempt);
      // One never succeeds, another at its second retry.
      if (value === 'value-7' || (value === 'value-3' && attempt < 3)) throw new Error('not yet');
      done.add(value);
    },
  });
  const ended = running.then(() => Promise.reject(new Error('it ended')));
  const [letter] = await Promise.race([cluster.read(`${groupId}-dead-letters`, 1), ended]);
  await until('all else is done', () => done.size === 19);
  stop.abort();
  await running;
  assert.deepEqual([attempts.get('value-7'), attempts.get('value-3')], [3, 3]);
  assert.equal(String(letter?.value), 'value-7');
  const headers = new Map(letter?.headers.map(({ key, value }) => [key, String(value)]));
  assert.equal(headers.get('__connect.errors.topic'), topic);
  assert.equal(headers.get('__connect.errors.exception.message'), 'not yet');
  assert.equal(headers.get('tidelog.retry.due'), undefined);
}

/** @param {Cluster} cluster */
async function deadLetters(cluster) {
  const { client } = cluster;
  const topic = await cluster.topic('some-bad', 1);
  const dead = await cluster.topic('some-bad-dead', 1);
  const groupId = cluster.name('some-bad');
  await fill(cluster, topic, 10);
  const producer = client.producer();
  const consumer = client.consumer({ groupId, autoOffsetReset: 'earliest' });
  consumer.subscribe(topic);
  const stop = new AbortController();
  let seen = 0;
  await consumer.run({
    signal: stop.signal,
    onMessage: ({ offset }) => {
      if (++seen === 10) stop.abort();
      if (offset % 4 === 1) throw new Error('bad');
    },
    onError: toDeadLetters(producer, { topic: dead, groupId }),
  });
  await consumer.close();
  await producer.close();
  const letters = await cluster.read(dead, 3);
  assert.deepEqual(
    letters.map(({ value }) => String(value)),
    ['value-1', 'value-5', 'value-9'],
  );
  const [offset] = await cluster.admin.listGroupOffsets(groupId);
  assert.equal(offset?.offset, 10);
}
