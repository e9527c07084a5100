/** Latency at rates that are kept whatever the server does. */
import { cost, latencyFigures, percentiles } from '../lib/figures.mjs';
import { follow } from '../lib/follow.mjs';
import { sleep } from '../lib/load.mjs';
import { buildBatch, createTopic, deleteTopic } from '../lib/requests.mjs';
import { eachTime, everyone } from './session.mjs';

const batch = buildBatch({ batchBytes: 1024, recordBytes: 900 });
const partitions = 4;
const producers = 4;
/** One stall of a few ms decides the p99 of a second, and nothing of what a server does. */
const timesLonger = 4;
/** The servers remove the files of the topic before within this time, which takes CPU of theirs. */
const restMs = 2000;

/**
 * @param {import('./index.mjs').Context} context
 * @param {{ consumers: number, perSecond?: number }} load
 */
async function run({ broker, warmUpMs, durationMs, unique }, load) {
  const topic = `latency-${unique}`;
  await sleep(restMs);
  await createTopic(broker.port, { topic, partitions });
  const shape = { partitions, producers, batch, ...load };
  const done = await follow({
    broker,
    topic,
    ...shape,
    warmUpMs: warmUpMs * timesLonger,
    durationMs: durationMs * timesLonger,
  });
  await deleteTopic(broker.port, topic);
  return done;
}

/** @type {import('./index.mjs').Point} */
const acknowledged = {
  question: 'latency',
  name: 'produce response, 1,000 requests/s of 1 KiB',
  figures: [{ unit: 'requests/s' }, ...latencyFigures, cost('CPU s/million')],
  headline: [1, 2],
  variants: everyone,
  open: eachTime(async (context) => {
    const done = await run(context, { consumers: 0, perSecond: 1000 });
    return figures(done, done.acknowledged);
  }),
};

/**
 * @param {import('../lib/follow.mjs').FollowResult} done
 * @param {import('../lib/histogram.mjs').Histogram} histogram
 */
const figures = (done, histogram) => [
  done.produced / done.seconds,
  ...percentiles(histogram),
  done.cpuSeconds / (done.produced / 1e6),
];

/**
 * @param {number} percent of what the same server can do at most
 * @returns {import('./index.mjs').Point}
 */
const endToEnd = (percent) => ({
  question: 'latency',
  name: `produce to consumer, at ${percent} % of saturation`,
  figures: acknowledged.figures,
  headline: percent === 50 ? [0, 2] : [],
  variants: everyone,
  async open(context) {
    const saturated = await run(context, { consumers: 1 });
    const perSecond = ((saturated.delivered / saturated.seconds) * percent) / 100;
    const measure = async (/** @type {string} */ unique) => {
      const done = await run({ ...context, unique }, { consumers: 1, perSecond });
      return figures(done, done.received);
    };
    return { measure, close: async () => {} };
  },
});

export const latency = [acknowledged, ...[1, 50, 80].map(endToEnd)];
