/** Topics with types: what is written by serdes and schemas is read as what it was. */
import assert from 'node:assert/strict';
import * as tidelog from '@tidelog/client';
import { topic } from '@tidelog/client';

/** @typedef {import('../node/checks.mjs').Checks} Checks */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */

/** @type {[string, import('@tidelog/client').Serde<any>, unknown[]][]} */
const serdes = [
  ['string', tidelog.string, ['', 'orders', 'Zoë €']],
  ['json', tidelog.json(), [null, 5, { a: [1, 'two', { three: true }] }]],
  ['int16', tidelog.int16, [-32768, 0, 32767]],
  ['int32', tidelog.int32, [-(2 ** 31), 258]],
  ['int64', tidelog.int64, [-42, Number.MAX_SAFE_INTEGER]],
  ['bigint64', tidelog.bigint64, [2n ** 63n - 1n, -(2n ** 63n)]],
  ['float32', tidelog.float32, [1.5, Number.POSITIVE_INFINITY]],
  ['float64', tidelog.float64, [0.1, -2.5e300]],
  ['boolean', tidelog.boolean, [true, false]],
  ['uuid', tidelog.uuid, ['0b2a5e4c-93f1-4f1e-8d5b-0c6a1f2e3d4c']],
  ['nullable', tidelog.nullable(tidelog.string), [null, 'a']],
];

/** @param {Checks} checks @param {Cluster} cluster */
export async function typesChecks(checks, cluster) {
  for (const [name, serde, values] of serdes) {
    await checks.check(`types: ${name} as keys and values`, () =>
      roundTrip(cluster, `types-${name}`, { serde, values }),
    );
  }
  await checks.check('types: a schema on both sides, and a message that breaks it', () =>
    schema(cluster),
  );
}

/**
 * @param {Cluster} cluster
 * @param {string} name
 * @param {{ serde: import('@tidelog/client').Serde<any>, values: unknown[] }} what
 */
async function roundTrip(cluster, name, { serde, values }) {
  const typed = topic(await cluster.topic(name), { key: serde, value: serde });
  const producer = cluster.client.producer();
  for (const value of values) await producer.send({ topic: typed, key: value, value });
  await producer.close();
  const consumer = cluster.client.consumer();
  const messages = consumer.assign([{ topic: typed, partition: 0, offset: 'earliest' }]).messages();
  for (const value of values) {
    const { value: message } = await messages.next();
    assert.deepEqual([message.key, message.value], [value, value]);
  }
  await consumer.close();
}

/** A date as text on the wire, and as a Date for whoever reads it. */
const event = {
  '~standard': /** @type {const} */ ({
    version: 1,
    vendor: 'conformance',
    validate: (/** @type {any} */ value) =>
      Number.isNaN(Date.parse(value?.at))
        ? { issues: [{ message: 'is no date', path: ['at'] }] }
        : { value: { at: new Date(value.at) } },
  }),
};

/** @param {Cluster} cluster */
async function schema(cluster) {
  const name = await cluster.topic('types-schema');
  const events = topic(name, { value: event });
  const producer = cluster.client.producer();
  const at = '2026-01-02T03:04:05.000Z';
  await assert.rejects(producer.send({ topic: events, value: { at: 'never' } }), {
    code: 'SERIALIZATION_FAILED',
  });
  await producer.send({ topic: name, value: '{"at":"never"}' });
  await producer.sendAll([events.message({ value: { at } })]);
  await producer.close();
  const consumer = cluster.client.consumer({ groupId: name, autoOffsetReset: 'earliest' });
  /** @type {unknown[]} */
  const seen = [];
  await consumer.subscribe(events).run({
    onMessage: ({ value }) => {
      seen.push(value);
      void consumer.close();
    },
    onError: ({ error }) => {
      const { code, part, offset } = /** @type {any} */ (error);
      seen.push([code, part, offset]);
      return 'skip';
    },
  });
  await consumer.close();
  assert.deepEqual(seen, [['DESERIALIZATION_FAILED', 'value', 0], { at: new Date(at) }]);
}
