/** Quotas of a broker, which the client obeys (KIP-219). */
import assert from 'node:assert/strict';
import { createClient } from '@tidelog/client';
import { until } from '../node/checks.mjs';
import { readAll } from './load.mjs';

/** @typedef {import('./replicated.mjs').ReplicatedCluster} ReplicatedCluster */
/** @typedef {{ api: string, node: number, at: number, throttleTimeMs: number }} Step a request's begin or end */

/** A broker rounds, and clocks do. */
const toleranceMs = 5;

/** @param {(name: string, body: (cluster: ReplicatedCluster) => Promise<void>) => Promise<unknown>} check */
export async function throttlingChecks(check) {
  await check('a quota slows a producer and a consumer down (KIP-219)', obeyed);
}

/** @param {ReplicatedCluster} cluster */
async function obeyed(cluster) {
  const topic = await cluster.replicated('slow', [[1, 2, 3]]);
  const clientId = cluster.name('slow');
  const quotas = new Map(
    ['producer_byte_rate', 'consumer_byte_rate'].map((rate) => [rate, 20_000]),
  );
  await cluster.admin.alterClientQuotas([{ entity: { clientId }, quotas }]);
  await until('the quota is there', async () => {
    const found = await cluster.admin.describeClientQuotas({ clientId: { name: clientId } });
    return found.length === 1;
  });
  /** @type {Step[]} */
  const steps = [];
  const note = (/** @type {any} */ { api, node, throttleTimeMs = 0 }) =>
    steps.push({ api, node, at: performance.now(), throttleTimeMs });
  const requestObserver = { sent: note, ended: note };
  const bootstrapServers = cluster.bootstrap;
  const client = createClient({ bootstrapServers, clientId, requestObserver });
  const producer = client.producer();
  const isThrottled = (/** @type {string} */ api) =>
    steps.some((step) => step.api === api && step.throttleTimeMs > 0);
  const value = 'x'.repeat(20_000);
  let count = 0;
  // A broker counts over ten seconds, so that a burst goes through.
  for (; count < 50 && !isThrottled('Produce'); count++) await producer.send({ topic, value });
  await producer.send({ topic, value });
  const reader = readAll(client, topic, 1, { maxPartitionFetchBytes: 50_000 });
  await until('all is read', () => reader.count === count + 1);
  await reader.close();
  await client.close();
  await cluster.admin.alterClientQuotas([
    { entity: { clientId }, quotas: new Map([...quotas.keys()].map((rate) => [rate, null])) },
  ]);
  for (const api of ['Produce', 'Fetch']) assertWaited(steps.filter((step) => step.api === api));
}

/** No request goes to a broker before the pause is over that it asked for. @param {Step[]} steps */
function assertWaited(steps) {
  const pauses = steps.flatMap((step, i) => {
    if (step.throttleTimeMs === 0) return [];
    const next = steps.slice(i + 1).find(({ node }) => node === step.node);
    return next === undefined ? [] : [next.at - step.at - step.throttleTimeMs];
  });
  assert.ok(pauses.length > 0, `${steps[0]?.api} was throttled`);
  assert.ok(Math.min(...pauses) > -toleranceMs, `${steps[0]?.api}: ${pauses.map(Math.round)}`);
}
