/** What our client keeps while brokers are killed under load. */
import assert from 'node:assert/strict';
import { processInTransactions } from '@tidelog/client';
import { until } from '../node/checks.mjs';
import { rackOf } from '../lib/kafka-cluster.mjs';
import { assertComplete, assertExact, Reader, readAll, Writers } from './load.mjs';

/** @typedef {import('./replicated.mjs').ReplicatedCluster} ReplicatedCluster */
/** @typedef {import('../lib/kafka-cluster.mjs').KafkaCluster} KafkaCluster */
/** @typedef {(cluster: ReplicatedCluster, brokers: KafkaCluster) => Promise<void>} Body */

const orders = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];

/** @param {(name: string, body: Body) => Promise<unknown>} check */
export async function failureChecks(check) {
  await check('brokers are killed: nothing is lost, twice or out of order', kills);
  await check('a broker is killed: transactions stay whole', transactions);
}

/** @param {ReplicatedCluster} cluster @param {string} topic @param {'classic' | 'consumer'} groupProtocol */
function member(cluster, topic, groupProtocol) {
  const session = { sessionTimeoutMs: 6000, heartbeatIntervalMs: 500 };
  const consumer = cluster.client.consumer({
    groupId: cluster.name(`kills-${groupProtocol}`),
    groupProtocol,
    autoOffsetReset: 'earliest',
    autoCommitIntervalMs: 200,
    ...(groupProtocol === 'classic' ? session : {}),
  });
  consumer.subscribe(topic);
  return new Reader(consumer);
}

/** @param {ReplicatedCluster} cluster @param {KafkaCluster} brokers */
async function kills(cluster, brokers) {
  const topic = await cluster.replicated('kills', [...orders, ...orders]);
  const groups = /** @type {const} */ (['classic', 'consumer']).map((protocol) => [
    member(cluster, topic, protocol),
    member(cluster, topic, protocol),
  ]);
  const nearby = readAll(cluster.client, topic, 6, { rackId: rackOf(2) });
  const readers = [nearby, ...groups.flat()];
  const writers = new Writers(cluster.client, topic, 6);
  await writers.more(1000);
  await until('all read', () => readers.every(({ count }) => count > 0));
  for (const id of [1, 2]) {
    await brokers.server(id).kill();
    await writers.more(2000);
    await brokers.server(id).start();
    await until('all replicas are in sync again', async () => {
      const [found] = await cluster.admin.describeTopics([topic]).catch(() => []);
      const partitions = found?.partitions ?? [];
      return partitions.length === 6 && partitions.every((p) => p.inSyncReplicas.length === 3);
    });
  }
  const counts = await writers.stop();
  const total = counts.reduce((a, b) => a + b);
  await until('all is read', () => nearby.count === total);
  for (const members of groups) {
    await until('the group has read all', () => {
      const seen = new Set(
        members.flatMap(({ values }) =>
          [...values].flatMap(([partition, numbers]) => numbers.map((n) => `${partition} ${n}`)),
        ),
      );
      return seen.size === total;
    });
  }
  for (const reader of readers) await reader.close();
  assertExact(nearby, counts);
  for (const members of groups) assertComplete(members, counts);
}

/** @param {ReplicatedCluster} cluster @param {KafkaCluster} brokers */
async function transactions(cluster, brokers) {
  const input = await cluster.replicated('killed-in', orders);
  const output = await cluster.replicated('killed-out', orders);
  const stop = new AbortController();
  const groupId = cluster.name('killed');
  const isolationLevel = /** @type {const} */ ('read_committed');
  const consumer = cluster.client.consumer({
    groupId,
    autoCommit: false,
    isolationLevel,
    autoOffsetReset: 'earliest',
  });
  consumer.subscribe(input);
  const producer = cluster.client.producer({ transactionalId: groupId });
  const copying = processInTransactions({
    consumer,
    producer,
    signal: stop.signal,
    onBatch: ({ partition, messages }, transaction) =>
      transaction.sendAll(messages.map(({ value }) => ({ topic: output, partition, value }))),
  });
  copying.catch(() => {}); // told below
  const reader = readAll(cluster.client, output, 3, { isolationLevel });
  const writers = new Writers(cluster.client, input, 3);
  const copied = (/** @type {number} */ count) =>
    Promise.race([until(`${count} are copied`, () => reader.count >= count), copying]);
  await copied(1000);
  await brokers.server(3).kill();
  await copied(reader.count + 3000);
  await brokers.server(3).start();
  const counts = await writers.stop();
  await copied(counts.reduce((a, b) => a + b));
  stop.abort();
  await copying;
  await Promise.all([consumer.close(), producer.close(), reader.close()]);
  assertExact(reader, counts);
  const offsets = await cluster.admin.listGroupOffsets(groupId);
  const sum = offsets.reduce((total, { offset }) => total + offset, 0);
  assert.equal(
    sum,
    counts.reduce((a, b) => a + b),
  );
}
