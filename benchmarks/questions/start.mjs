/**
 * From the start of a process to its first answer: with nothing, and with many partitions after a clean
 * stop and after a crash; what it takes in memory; how long many partitions take until they have leaders.
 */
import { cost } from '../lib/figures.mjs';
import { sleep } from '../lib/load.mjs';
import { fillExisting } from '../lib/produce-load.mjs';
import { buildBatch, createTopic, untilLed } from '../lib/requests.mjs';
import { both, eachTime } from './session.mjs';

const idleMs = 3000;
const perTopic = 500;
const crashBytes = 5e9;

/** @type {import('./index.mjs').Point} */
const empty = {
  question: 'start',
  name: 'start, empty directory',
  figures: [
    cost('ms to the first Metadata reply'),
    cost('ms when started again'),
    cost('ms to stop'),
    cost('MB idle'),
  ],
  headline: [0, 1, 3],
  variants: both,
  owns: true,
  timeoutMs: 120_000,
  open: eachTime(async ({ broker }) => {
    await broker.reset();
    const first = await broker.start();
    await sleep(idleMs);
    const memory = broker.residentMB();
    const stopped = performance.now();
    await broker.stop();
    const stop = performance.now() - stopped;
    const again = await broker.start();
    await broker.stop();
    return [first, again, stop, memory];
  }),
};

/**
 * @param {import('../lib/brokers.mjs').Broker} broker
 * @param {number} partitions
 * @returns {Promise<{ topics: string[], seconds: number }>} when all have leaders
 */
async function createMany(broker, partitions) {
  const begin = performance.now();
  const topics = Array.from({ length: partitions / perTopic }, (_, i) => `many-${i}`);
  for (const topic of topics) await createTopic(broker.port, { topic, partitions: perTopic });
  return { topics, seconds: (performance.now() - begin) / 1000 };
}

/**
 * A broker may answer before it leads what it has.
 * @param {import('../lib/brokers.mjs').Broker} broker
 * @param {string[]} topics
 * @returns {Promise<number>} ms from the start of the process until it leads all partitions
 */
async function startLeading(broker, topics) {
  const begin = performance.now();
  await broker.start();
  for (const topic of topics) await untilLed(broker.port, topic, perTopic);
  return performance.now() - begin;
}

/**
 * @param {import('../lib/brokers.mjs').Broker} broker
 * @param {string[]} topics
 */
async function fillAll(broker, topics) {
  const batch = buildBatch({ batchBytes: 100 * 1024, recordBytes: 1024 }).bytes;
  const partitionBytes = crashBytes / topics.length / perTopic;
  const what = { partitions: perTopic, batch, partitionBytes };
  for (const topic of topics) await fillExisting(broker.port, { topic, ...what });
}

/**
 * @param {number} partitions
 * @returns {import('./index.mjs').Point}
 */
const many = (partitions) => ({
  question: 'start',
  group: 'start with many partitions',
  name: `start, ${partitions.toLocaleString('en-US')} partitions`,
  figures: [
    cost('s to create with leaders'),
    cost('MB when they are created'),
    cost('ms until all lead after a clean stop'),
    cost('MB after the clean start'),
    cost('ms until all lead after kill -9 with 5 GB'),
    cost('MB after the recovery'),
  ],
  headline: partitions === 10_000 ? [0, 2, 4, 3] : [],
  variants: both,
  owns: true,
  rounds: partitions > 1000 ? 1 : 2,
  timeoutMs: 900_000,
  open: eachTime(async ({ broker }) => {
    await broker.reset();
    await broker.start();
    const { topics, seconds } = await createMany(broker, partitions);
    const created = broker.residentMB();
    await broker.stop();
    const clean = await startLeading(broker, topics);
    const restarted = broker.residentMB();
    await fillAll(broker, topics);
    await broker.kill();
    const crashed = await startLeading(broker, topics);
    const figures = [seconds, created, clean, restarted, crashed, broker.residentMB()];
    await broker.kill();
    await broker.reset(); // its files go before others are measured
    return figures;
  }),
});

export const start = [empty, ...[1000, 10_000].map(many)];
