/** What kafkajs tells its listeners of requests, fetches and heartbeats. */
import assert from 'node:assert/strict';
import { until } from './checks.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function eventChecks(checks, cluster) {
  await checks.check('events of requests', () => requests(cluster));
  await checks.check('events of fetches and heartbeats', () => membership(cluster));
}

/** @param {any} part @param {string} name */
function eventsOf(part, name) {
  /** @type {any[]} */
  const payloads = [];
  part.on(part.events[name], (/** @type {any} */ { payload }) => void payloads.push(payload));
  return payloads;
}

/** @param {Cluster} cluster */
async function requests(cluster) {
  const topic = await cluster.topic('events-requests');
  const producer = cluster.kafka.producer({ allowAutoTopicCreation: false });
  const done = eventsOf(producer, 'REQUEST');
  const queue = eventsOf(producer, 'REQUEST_QUEUE_SIZE');
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'a' }] });
  await until('the request is told of', () => done.some(({ apiName }) => apiName === 'Produce'));
  await producer.disconnect();
  const produce = done.find(({ apiName }) => apiName === 'Produce');
  assert.equal(produce.apiKey, 0);
  for (const name of ['apiVersion', 'correlationId', 'createdAt', 'sentAt', 'pendingDuration']) {
    assert.ok(Number.isInteger(Math.floor(produce[name])), name);
  }
  assert.ok(produce.size > 0 && produce.duration >= 0);
  assert.match(produce.broker, /:\d+$/);
  assert.ok(done.some(({ apiName }) => apiName === 'ApiVersions'));
  assert.ok(queue.every(({ queueSize }) => queueSize >= 0)); // there need not be a queue
}

/** @param {Cluster} cluster */
async function membership(cluster) {
  const topic = await cluster.topic('events-group');
  const groupId = cluster.name('events-group');
  await cluster.send(topic, [{ value: 'a' }]);
  const consumer = cluster.kafka.consumer({
    groupId,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 100,
  });
  const starts = eventsOf(consumer, 'FETCH_START');
  const fetches = eventsOf(consumer, 'FETCH');
  const beats = eventsOf(consumer, 'HEARTBEAT');
  const joins = eventsOf(consumer, 'GROUP_JOIN');
  let count = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async () => void count++ });
  await until('all is told', () => count > 0 && beats.length > 0 && fetches.length > 1);
  await consumer.disconnect();
  assert.ok(starts.length >= fetches.length);
  for (const { nodeId } of [...starts, ...fetches]) assert.ok(Number(nodeId) >= 0);
  for (const { numberOfBatches, duration } of fetches) {
    assert.equal(numberOfBatches, 0);
    assert.ok(duration >= 0);
  }
  assert.deepEqual([beats[0].groupId, beats[0].memberId], [groupId, joins[0].memberId]);
  assert.ok(beats[0].groupGenerationId > 0);
}
