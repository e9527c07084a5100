/** A log of many versions of few keys is compacted while small records are produced beside it. */
import { BatchBuilder } from '@tidelog/protocol';
import { ask, connect } from '../lib/client.mjs';
import { cost, flowFigures } from '../lib/figures.mjs';
import { sleep } from '../lib/load.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';
import { produce, smallProduces } from '../lib/small-produces.mjs';
import { quantile } from '../lib/statistics.mjs';
import { both, eachTime } from './session.mjs';

const batches = 4000;
const recordsInBatch = 60;
const recordBytes = 1024;
const keys = 10_000;
const inFlight = 8;
const patienceMs = 120_000;

const TOPIC = 2;
const BROKER = 4;
const SET = 0;

/**
 * @param {any} connection
 * @param {number} resourceType
 * @param {string} resourceName
 * @param {Record<string, string>} changes
 */
function alter(connection, resourceType, resourceName, changes) {
  const configs = Object.entries(changes).map(([name, value]) => ({
    name,
    configOperation: SET,
    value,
  }));
  const resources = [{ resourceType, resourceName, configs }];
  return ask(connection, 'IncrementalAlterConfigs', 1, { resources, validateOnly: false });
}

/**
 * @param {any} connection
 * @param {string} topic
 * @returns {Promise<number>} bytes of its only partition
 */
async function sizeOf(connection, topic) {
  const request = { topics: [{ topic, partitions: [0] }] };
  const { results } = await ask(connection, 'DescribeLogDirs', 2, request);
  return results[0].topics[0]?.partitions[0]?.partitionSize ?? 0;
}

/** Fills the topic. @param {any} connection @param {string} topic */
async function fill(connection, topic) {
  const value = Buffer.alloc(recordBytes, 'v');
  let next = 0;
  const lane = async () => {
    while (next < batches) {
      const first = next++ * recordsInBatch;
      const builder = new BatchBuilder(recordsInBatch * (recordBytes + 40));
      for (let i = 0; i < recordsInBatch; i++) {
        builder.append(Date.now(), `key-${((first + i) * 7919) % keys}`, value);
      }
      await produce(connection, topic, Buffer.from(builder.finish()));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

/**
 * @param {any} connection
 * @param {string} topic
 * @param {() => boolean} isOver
 * @returns {Promise<number>} ms
 */
async function p99OfProduces(connection, topic, isOver) {
  return quantile(await smallProduces(connection, { topic, gapMs: 5 }, isOver), 0.99);
}

/** @type {import('./index.mjs').Point} */
const compact = {
  question: 'compaction',
  name: 'compaction of 250 MB of 10,000 keys',
  figures: [...flowFigures, cost('ms p99 of a produce beside it'), cost('ms p99 without it')],
  headline: [0, 1],
  variants: both,
  timeoutMs: 150_000,
  open: eachTime(async ({ broker, unique }) => {
    const { port } = broker;
    const [topic, beside] = [`compacted-${unique}`, `beside-${unique}`];
    const [operator, producer] = [await connect(port), await connect(port)];
    await createTopic(port, { topic, partitions: 1 });
    await createTopic(port, { topic: beside, partitions: 1 });
    await alter(operator, BROKER, '', { 'log.cleaner.backoff.ms': '100' });
    await alter(operator, TOPIC, topic, { 'segment.bytes': String(16 << 20) });
    await fill(operator, topic);
    const quietUntil = performance.now() + 2000;
    const without = await p99OfProduces(producer, beside, () => performance.now() > quietUntil);
    const full = await sizeOf(operator, topic);
    const begin = { at: performance.now(), cpu: broker.cpuSeconds() };
    await alter(operator, TOPIC, topic, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
    });
    let isOver = false;
    const during = p99OfProduces(producer, beside, () => isOver);
    // What is left: the keys, and the active segment.
    while ((await sizeOf(operator, topic)) > full / 4) {
      if (performance.now() - begin.at > patienceMs) throw new Error('nothing is compacted');
      await sleep(20);
    }
    const seconds = (performance.now() - begin.at) / 1000;
    const cpu = broker.cpuSeconds() - begin.cpu;
    isOver = true;
    const p99 = await during;
    operator.close();
    producer.close();
    await deleteTopic(port, topic);
    await deleteTopic(port, beside);
    return [full / 1e6 / seconds, cpu / (full / 1e9), p99, without];
  }),
};

export const compaction = [compact];
