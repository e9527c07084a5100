/** Connections that say nothing: what they take, and what the others feel of them. */
import { connect } from 'node:net';
import { cost, requestFigures } from '../lib/figures.mjs';
import { drive, sleep } from '../lib/load.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';
import { metadataFrame, repeated } from './requests.mjs';
import { both, eachTime } from './session.mjs';

const together = 200;

/**
 * @param {number} port
 * @param {number} count
 * @returns {Promise<import('node:net').Socket[]>}
 */
async function openIdle(port, count) {
  /** @type {import('node:net').Socket[]} */
  const sockets = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(together, count - sockets.length) }, () =>
      connect(port, '127.0.0.1'),
    );
    sockets.push(...some);
    await Promise.all(
      some.map(
        (socket) =>
          new Promise((resolve, reject) => {
            socket.once('connect', resolve);
            socket.on('error', reject);
          }),
      ),
    );
  }
  return sockets;
}

/**
 * @param {import('./index.mjs').Context} context
 * @param {string} topic
 */
async function besides({ broker, warmUpMs, durationMs }, topic) {
  const sources = Array.from({ length: 16 }, () => repeated(metadataFrame(topic)));
  const cpuSeconds = () => broker.cpuSeconds();
  const { port } = broker;
  const done = await drive({ port, sources, inFlight: 4, warmUpMs, durationMs, cpuSeconds });
  return [done.requests / done.seconds, done.latency.quantile(0.99)];
}

/**
 * @param {number} count
 * @returns {import('./index.mjs').Point}
 */
const point = (count) => ({
  question: 'idle',
  name: `${count.toLocaleString('en-US')} idle connections`,
  figures: [
    cost('MB more'),
    cost('KB each'),
    { unit: 'Metadata/s beside them' },
    { unit: 'Metadata/s without' },
    cost('ms p99 beside them'),
    cost('ms p99 without'),
    ...requestFigures.slice(-1),
  ],
  headline: [0],
  variants: both,
  open: eachTime(async (context) => {
    const { broker, unique } = context;
    const topic = `idle-${unique}`;
    await createTopic(broker.port, { topic, partitions: 1 });
    const [withoutRate = 0, without = 0] = await besides(context, topic);
    const before = broker.residentMB();
    const sockets = await openIdle(broker.port, count);
    try {
      await sleep(500);
      const resident = broker.residentMB();
      const [rate = 0, p99 = 0] = await besides(context, topic);
      const more = resident - before;
      return [more, (more * 1000) / count, rate, withoutRate, p99, without, resident];
    } finally {
      for (const socket of sockets) socket.destroy();
      await deleteTopic(broker.port, topic);
    }
  }),
});

export const idle = [point(10_000)];
