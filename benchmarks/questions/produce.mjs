/** Bytes of record batches appended, by four connections with five requests in flight each. */
import { bytesMoved, perByte } from '../lib/figures.mjs';
import { drive } from '../lib/load.mjs';
import {
  buildBatch,
  createTopic,
  deleteTopic,
  produceErrorAt,
  produceFrame,
} from '../lib/requests.mjs';

export const connections = 4;
export const inFlight = 5;
const maxBytes = 1.5e9; // a round ends then: more would be written back while others are measured

/**
 * @param {{ topic: string, partition: number, acks: number, batch: Buffer }} what
 * @returns {import('../lib/load.mjs').Source}
 */
export function produceSource(what) {
  const frame = produceFrame(what);
  const frames = Buffer.concat(Array(inFlight).fill(frame));
  const errorAt = produceErrorAt(what.topic);
  return {
    requests: (count) => frames.subarray(0, count * frame.length),
    reply(head) {
      const error = head.readInt16BE(errorAt);
      if (error !== 0) throw new Error(`Produce answers error ${error}`);
      return what.batch.length;
    },
  };
}

/**
 * @param {{ batchBytes: number, recordBytes: number, acks: 1 | -1, fsync?: boolean }} shape
 * @returns {import('./index.mjs').Point}
 */
function point({ batchBytes, recordBytes, acks, fsync = false }) {
  const records = recordBytes === 1024 ? '1 KiB' : `${recordBytes} B`;
  const size = `${batchBytes / 1024} KiB batches of ${records}`;
  const how = fsync
    ? 'acks=all, fsync first (the default of `start`)'
    : acks === 1
      ? 'acks=1'
      : 'acks=all';
  return {
    question: 'produce',
    name: `produce, ${size}, ${how}`,
    figures: bytesMoved,
    only: fsync ? 'tidelog' : undefined,
    async measure({ broker, warmUpMs, durationMs, unique }) {
      const { port } = broker;
      const topic = `produce-${unique}`;
      const batch = buildBatch({ batchBytes, recordBytes }).bytes;
      /** @type {Record<string, string>} */
      const configs = fsync ? { 'tidelog.durability': 'fsync' } : {};
      await createTopic(port, { topic, partitions: connections, configs });
      const sources = Array.from({ length: connections }, (_, partition) =>
        produceSource({ topic, partition, acks, batch }),
      );
      const cpuSeconds = () => broker.cpuSeconds();
      const load = { port, sources, inFlight, warmUpMs, durationMs, maxBytes, cpuSeconds };
      const done = await drive(load);
      await deleteTopic(port, topic);
      return perByte(done);
    },
  };
}

const sizes = [16, 128].map((kib) => kib * 1024);
export const produce = [
  ...sizes.flatMap((batchBytes) =>
    [100, 1024].flatMap((recordBytes) =>
      /** @type {(1 | -1)[]} */ ([1, -1]).map((acks) => point({ batchBytes, recordBytes, acks })),
    ),
  ),
  point({ batchBytes: 16 * 1024, recordBytes: 1024, acks: -1, fsync: true }),
];
