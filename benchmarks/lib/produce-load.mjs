/** Connections that produce: prebuilt requests, over the partitions of a topic in rotation. */
import { createTopic, produceErrorAt, produceFrame } from './requests.mjs';
import { drive } from './load.mjs';

/** From here on a batch is not copied for each partition: it would outgrow the caches of the load. */
const sharedFromBytes = 64 * 1024;

/**
 * Sends to the partitions that are its own, one after the other.
 * @param {{ topic: string, partitions: number[], acks: number, batch: Buffer, inFlight: number }} what
 * @returns {import('./load.mjs').Source}
 */
export function produceSource({ topic, partitions, acks, batch, inFlight }) {
  const frames = partitions.map((partition) => produceFrame({ topic, partition, acks, batch }));
  const size = frames[0]?.length ?? 0;
  const errorAt = produceErrorAt(topic);
  const reply = (/** @type {Buffer} */ head) => {
    const error = head.readInt16BE(errorAt);
    if (error !== 0) throw new Error(`Produce answers error ${error}`);
    return batch.length;
  };
  let next = 0;
  const advance = (/** @type {number} */ count) => {
    const at = next;
    next = (next + count) % frames.length;
    return at;
  };
  if (batch.length >= sharedFromBytes) {
    const heads = frames.map((frame) => Buffer.from(frame.subarray(0, size - batch.length)));
    return {
      reply,
      requests: (count) =>
        Array.from({ length: count }, () => [heads[advance(1)] ?? Buffer.alloc(0), batch]).flat(),
    };
  }
  // The first ones once more at the end: any `inFlight` in a row lie side by side.
  const again = Array.from({ length: inFlight }, (_, i) => frames[i % frames.length] ?? frames[0]);
  const ring = Buffer.concat([...frames, .../** @type {Buffer[]} */ (again)]);
  return {
    reply,
    requests(count) {
      const at = advance(count) * size;
      return ring.subarray(at, at + count * size);
    },
  };
}

/**
 * One source for each connection, with the partitions dealt out among them.
 * @param {{ topic: string, partitions: number, connections: number, acks: number, batch: Buffer,
 *   inFlight: number }} what
 * @returns {import('./load.mjs').Source[]}
 */
export function produceSources({ partitions, connections, ...what }) {
  return Array.from({ length: connections }, (_, connection) => {
    const own = [connection % partitions];
    for (let p = connection + connections; p < partitions; p += connections) own.push(p);
    return produceSource({ ...what, partitions: own });
  });
}

/**
 * Creates a topic and writes the same number of batches to each partition.
 * @param {number} port
 * @param {{ topic: string, partitions: number, batch: Buffer, partitionBytes: number,
 *   configs?: Record<string, string> }} what
 * @returns {Promise<number[]>} the batches in each partition
 */
export async function fill(port, { topic, partitions, batch, partitionBytes, configs }) {
  await createTopic(port, { topic, partitions, ...(configs && { configs }) });
  return fillExisting(port, { topic, partitions, batch, partitionBytes });
}

/**
 * @param {number} port
 * @param {{ topic: string, partitions: number, batch: Buffer, partitionBytes: number }} what
 * @returns {Promise<number[]>} the batches in each partition
 */
export async function fillExisting(port, { topic, partitions, batch, partitionBytes }) {
  const connections = Math.min(4, partitions);
  const inFlight = 5;
  const batches = Array(partitions).fill(0);
  const sources = Array.from({ length: connections }, (_, connection) => {
    const own = [];
    for (let p = connection; p < partitions; p += connections) own.push(p);
    let replies = 0;
    const source = produceSource({ topic, partitions: own, acks: 1, batch, inFlight });
    return {
      ...source,
      reply(/** @type {Buffer} */ head, /** @type {number} */ sizeBytes) {
        batches[own[replies++ % own.length] ?? 0]++;
        return source.reply(head, sizeBytes);
      },
    };
  });
  const maxBytes = partitions * partitionBytes;
  const load = { port, sources, inFlight, warmUpMs: 0, durationMs: 100_000, maxBytes };
  await drive({ ...load, cpuSeconds: () => 0 });
  return batches;
}
