/** Small requests answered, by sixteen connections with four in flight each. */
import { drive } from '../lib/load.mjs';
import { createTopic, deleteTopic, metadataFrame } from '../lib/requests.mjs';

const connections = 16;
const inFlight = 4;

/** @type {import('./index.mjs').Point} */
const metadata = {
  question: 'requests',
  name: 'Metadata of one topic',
  figures: [{ unit: 'requests/s' }, { unit: 'CPU s/million', lowerIsBetter: true }],
  async measure({ broker, warmUpMs, durationMs, unique }) {
    const { port } = broker;
    const topic = `metadata-${unique}`;
    await createTopic(port, { topic, partitions: 1 });
    const frame = metadataFrame(topic);
    const frames = Buffer.concat(Array(inFlight).fill(frame));
    let expected = 0;
    const source = {
      requests: (/** @type {number} */ count) => frames.subarray(0, count * frame.length),
      reply(/** @type {Buffer} */ _head, /** @type {number} */ sizeBytes) {
        expected ||= sizeBytes;
        if (sizeBytes !== expected) throw new Error('answers of Metadata differ in size');
        return 0;
      },
    };
    const sources = Array.from({ length: connections }, () => source);
    const cpuSeconds = () => broker.cpuSeconds();
    const done = await drive({ port, sources, inFlight, warmUpMs, durationMs, cpuSeconds });
    await deleteTopic(port, topic);
    return [done.requests / done.seconds, done.cpuSeconds / (done.requests / 1e6)];
  },
};

export const requests = [metadata];
