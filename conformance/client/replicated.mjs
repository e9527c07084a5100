/** Our client on three brokers: replicas nearby, leaders that move, brokers that go and come back. */
import assert from 'node:assert/strict';
import { createClient } from '@tidelog/client';
import { until } from '../node/checks.mjs';
import { rackOf } from '../lib/kafka-cluster.mjs';
import { Cluster, numbered } from './cluster.mjs';
import { failureChecks } from './failures.mjs';
import { assertExact, Reader, readAll, Writers } from './load.mjs';
import { throttlingChecks } from './throttling.mjs';

/** @typedef {{ check(name: string, body: () => Promise<void>): Promise<unknown> }} Checks */
/** @typedef {import('../lib/kafka-cluster.mjs').KafkaCluster} KafkaCluster */
/** @typedef {import('@tidelog/client').RequestObserver} RequestObserver */
/** @typedef {import('@tidelog/client').RequestEvent} RequestEvent */

/** @param {Checks} checks @param {KafkaCluster} brokers @param {string} prefix */
export async function replicatedChecks(checks, brokers, prefix) {
  const { bootstrap } = brokers;
  const cluster = new ReplicatedCluster({ bootstrap, prefix, requestTimeoutMs: 2000 });
  /** @param {string} name @param {(c: ReplicatedCluster, b: KafkaCluster) => Promise<void>} body */
  const check = (name, body) => checks.check(`cluster: ${name}`, () => body(cluster, brokers));
  await check('the replica in the own rack is read (KIP-392)', nearby);
  await check('leaders that move are followed, mostly without metadata (KIP-951)', moves);
  await throttlingChecks(check);
  await failureChecks(check);
  await check('records that a new leader lacks are noticed (KIP-320)', truncation);
  await cluster.close();
}

/** The cluster with topics that say where their replicas are. */
export class ReplicatedCluster extends Cluster {
  /** @param {string} name @param {number[][]} assignments the replicas of each partition @param {Record<string, string>} [configs] */
  async replicated(name, assignments, configs = {}) {
    const topic = this.name(name);
    await this.admin.createTopics([{ topic, assignments, configs }]);
    await until(`${topic} is there`, async () => {
      const [found] = await this.admin.describeTopics([topic]).catch(() => []);
      const partitions = found?.partitions ?? [];
      const ready = partitions.filter(
        ({ leader, inSyncReplicas }, i) =>
          leader >= 0 && inSyncReplicas.length === assignments[i]?.length,
      );
      return ready.length === assignments.length;
    });
    return topic;
  }

  /** A client whose requests are noted. */
  observed() {
    /** @type {RequestEvent[]} */
    const requests = [];
    /** @type {RequestObserver} */
    const requestObserver = { sent: () => {}, ended: (event) => requests.push(event) };
    const bootstrapServers = this.bootstrap;
    return { client: createClient({ bootstrapServers, requestObserver }), requests };
  }
}

/** @param {ReplicatedCluster} cluster */
async function nearby(cluster) {
  const topic = await cluster.replicated('nearby', [[1, 2, 3]]);
  const producer = cluster.client.producer();
  const value = 'x'.repeat(1000);
  await producer.sendAll(numbered(0, 500).map(({ key }) => ({ topic, key, value })));
  await producer.close();
  for (const node of [1, 2, 3]) {
    const { client, requests } = cluster.observed();
    const reader = readAll(client, topic, 1, { rackId: rackOf(node) });
    await until('all is read', () => reader.count === 500);
    await reader.close();
    await client.close();
    const sizes = new Map([1, 2, 3].map((id) => [id, 0]));
    for (const request of requests) {
      if (request.api !== 'Fetch') continue;
      sizes.set(request.node, (sizes.get(request.node) ?? 0) + request.responseBytes);
    }
    const far = [...sizes].filter(([id]) => id !== node).reduce((sum, [, size]) => sum + size, 0);
    assert.ok((sizes.get(node) ?? 0) > 500_000 && far < 5000, `${node}: ${[...sizes.values()]}`);
  }
}

/** @param {ReplicatedCluster} cluster */
async function moves(cluster) {
  const orders = [
    [1, 2, 3],
    [2, 3, 1],
    [3, 1, 2],
  ];
  const topic = await cluster.replicated('moves', orders);
  const writing = cluster.observed();
  const reading = cluster.observed();
  const reader = readAll(reading.client, topic, 3);
  const writers = new Writers(writing.client, topic, 3);
  await writers.more(600);
  await until('it is read', () => reader.count >= 600);
  const before = [writing, reading].map(({ requests }) => requests.length);
  const rounds = 6;
  for (let round = 1; round <= rounds; round++) {
    const places = orders.map((_, partition) => ({ topic, partition }));
    const moved = places.map((place, i) => ({
      ...place,
      replicas: orders[(i + round) % 3] ?? [],
    }));
    await cluster.admin.alterPartitionReassignments(moved);
    await until('the order is another one', async () => {
      const [found] = await cluster.admin.describeTopics([topic]);
      return moved.every(
        ({ replicas }, i) => `${found?.partitions[i]?.replicas}` === `${replicas}`,
      );
    });
    await cluster.admin.electLeaders('preferred', places);
    await writers.more(600);
  }
  const counts = await writers.stop();
  await until('all is read', () => reader.count === counts.reduce((a, b) => a + b));
  await reader.close();
  assertExact(reader, counts);
  const asked = [writing, reading].map(
    ({ requests }, i) => requests.slice(before[i]).filter(({ api }) => api === 'Metadata').length,
  );
  // A new leader that has not heard of it yet names the old one: metadata has the last word then.
  assert.ok(
    asked.every((count) => count <= rounds / 2),
    `requests for metadata of the producer and of the consumer: ${asked}`,
  );
  await Promise.all([writing.client.close(), reading.client.close()]);
}

/**
 * A follower is away while its leader takes records that a consumer reads, and leads afterwards without
 * them: the consumer is told, or goes on where the logs part.
 * @param {ReplicatedCluster} cluster @param {KafkaCluster} brokers
 */
async function truncation(cluster, brokers) {
  const configs = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' };
  const topic = await cluster.replicated('truncated', [[1, 2]], configs);
  const producer = cluster.client.producer();
  /** @param {string} name @param {number} count */
  const send = (name, count) =>
    producer.sendAll(Array.from({ length: count }, (_, i) => ({ topic, value: `${name}-${i}` })));
  await send('both', 10);
  const inSync = async () => {
    const [found] = await cluster.admin.describeTopics([topic]).catch(() => []);
    return `${found?.partitions[0]?.leader} of ${found?.partitions[0]?.inSyncReplicas}`;
  };
  brokers.server(2).pause();
  await until('the follower is out of sync', async () => (await inSync()) === '1 of 1');
  await send('lost', 10);
  const place = { topic, partition: 0 };
  const readers = [
    readAll(cluster.client, topic, 1, { autoOffsetReset: 'earliest' }),
    new Reader(cluster.client.consumer({ autoOffsetReset: 'none' })),
  ];
  const strict = /** @type {Reader} */ (readers[1]);
  strict.consumer.assign([{ ...place, offset: 0 }]);
  await until('all is read', () => readers.every(({ count }) => count === 20));
  await brokers.server(1).kill();
  brokers.server(2).resume();
  await until('the other one leads', async () => (await inSync()).startsWith('2 of'));
  await send('other', 5);
  await assert.rejects(strict.done, { code: 'LOG_TRUNCATION' });
  await until('the rest is read', () => readers[0]?.count === 25);
  await brokers.server(1).start();
  await until('both are in sync', async () => /^2 of (1,2|2,1)$/.test(await inSync()));
  await strict.consumer.close();
  await readers[0]?.close();
  await producer.close();
}
