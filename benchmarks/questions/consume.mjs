/** Bytes of record batches fetched in steps of 1 MiB, by four connections with a partition each. */
import { bytesMoved, perByte } from '../lib/figures.mjs';
import { drive } from '../lib/load.mjs';
import {
  buildBatch,
  createTopic,
  deleteTopic,
  fetchedBytes,
  fetchFrame,
} from '../lib/requests.mjs';
import { connections, inFlight, produceSource } from './produce.mjs';

const stepBytes = 1 << 20;
const partitionBytes = 64 << 20;

/**
 * Reads a partition from `from` to its end, again and again.
 * @param {{ topic: string, partition: number, batch: ReturnType<typeof buildBatch>, from: number,
 *   end: number }} what offsets of whole batches
 * @returns {import('../lib/load.mjs').Source}
 */
function fetchSource({ topic, partition, batch, from, end }) {
  const { frame, offsetAt } = fetchFrame({ topic, partition, maxBytes: stepBytes, maxWaitMs: 500 });
  let next = from;
  return {
    requests() {
      frame.writeBigInt64BE(BigInt(next), offsetAt);
      return frame;
    },
    reply(head) {
      const batches = Math.floor(fetchedBytes(head, topic) / batch.bytes.length);
      if (batches === 0) throw new Error(`Fetch finds nothing at offset ${next}`);
      next += batches * batch.records;
      if (next >= end) next = from;
      return batches * batch.bytes.length; // a part of one more is of no use to a consumer
    },
  };
}

/**
 * @param {string} what
 * @param {(batches: number, batchBytes: number) => number} firstBatch
 * @returns {import('./index.mjs').Point}
 */
function point(what, firstBatch) {
  return {
    question: 'consume',
    name: `consume, 1 MiB fetches, ${what}`,
    figures: bytesMoved,
    async measure({ broker, warmUpMs, durationMs, unique }) {
      const { port } = broker;
      const topic = `consume-${unique}`;
      const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 });
      const batches = await fill(port, topic, batch.bytes);
      const sources = batches.map((count, partition) => {
        const from = firstBatch(count, batch.bytes.length) * batch.records;
        return fetchSource({ topic, partition, batch, from, end: count * batch.records });
      });
      const cpuSeconds = () => broker.cpuSeconds();
      const done = await drive({ port, sources, inFlight: 1, warmUpMs, durationMs, cpuSeconds });
      await deleteTopic(port, topic);
      return perByte(done);
    },
  };
}

/**
 * Writes a topic to read.
 * @param {number} port
 * @param {string} topic
 * @param {Buffer} batch
 * @returns {Promise<number[]>} the batches in each partition
 */
export async function fill(port, topic, batch) {
  await createTopic(port, { topic, partitions: connections });
  const batches = Array(connections).fill(0);
  const sources = batches.map((_, partition) => {
    const source = produceSource({ topic, partition, acks: 1, batch });
    return {
      ...source,
      reply(/** @type {Buffer} */ head, /** @type {number} */ sizeBytes) {
        batches[partition]++;
        return source.reply(head, sizeBytes);
      },
    };
  });
  const maxBytes = connections * partitionBytes;
  const load = { port, sources, inFlight, warmUpMs: 0, durationMs: 60_000, maxBytes };
  await drive({ ...load, cpuSeconds: () => 0 });
  return batches;
}

export const consume = [
  point('from the page cache', () => 0),
  point('just produced', (batches, bytes) => batches - Math.floor(stepBytes / bytes)),
];
