/** What our producer promises. */
import assert from 'node:assert/strict';
import { numbered } from './cluster.mjs';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @param {Checks} checks @param {Cluster} cluster */
export async function producerChecks(checks, cluster) {
  for (const compression of /** @type {const} */ (['none', 'gzip', 'snappy', 'lz4', 'zstd'])) {
    await checks.check(`producer: compression ${compression}`, () => codec(cluster, compression));
  }
}

/** @param {Cluster} cluster @param {'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'} compression */
async function codec(cluster, compression) {
  const topic = await cluster.topic(`codec-${compression}`);
  const producer = cluster.client.producer({ compression });
  const sent = await producer.sendAll(numbered(0, 500).map((message) => ({ topic, ...message })));
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    sent.map((_, i) => i),
  );
  await producer.close();
  const read = await cluster.read(topic, 500);
  assert.deepEqual(
    read.map(({ key, value }) => ({ key: String(key), value: String(value) })),
    numbered(0, 500),
  );
}
