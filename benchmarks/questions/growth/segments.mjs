/** Segments of one partition: for those who read anywhere in it, in memory, and at a restart. */
import { cost, costOfEach } from '../../lib/figures.mjs';
import { drive } from '../../lib/load.mjs';
import { fill } from '../../lib/produce-load.mjs';
import { buildBatch, fetchedBytes, fetchFrame } from '../../lib/requests.mjs';
import { restart, series } from './series.mjs';

const segmentBytes = 1 << 20; // the least that Kafka allows
const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 });
const stride = 7919; // a prime: offsets far apart, in an order that is the same each time

/**
 * Reads one batch here and one there.
 * @param {string} topic
 * @param {number} batches
 * @returns {import('../../lib/load.mjs').Source}
 */
function scattered(topic, batches) {
  const fetch = fetchFrame({ topic, partition: 0, maxBytes: 16 * 1024, maxWaitMs: 500 });
  let at = 0;
  return {
    requests() {
      at = (at + stride) % batches;
      fetch.frame.writeBigInt64BE(BigInt(at * batch.records), fetch.offsetAt);
      return fetch.frame;
    },
    reply: (head) => fetchedBytes(head, topic),
  };
}

export const segments = series(
  {
    what: 'segments',
    sizes: [10, 100, 1000],
    extra: [10_000],
    figures: [
      cost('CPU s/million fetches anywhere'),
      costOfEach('KB of memory, each'),
      costOfEach('ms of a restart, each'),
      cost('ms of a restart'),
    ],
  },
  async ({ broker, warmUpMs, durationMs }, size) => {
    const { port } = broker;
    const topic = 'long';
    const warm = { topic: 'warm', partitions: 1, batch: batch.bytes, partitionBytes: 64 << 20 };
    await fill(port, warm); // its buffers are not those of the segments
    const before = broker.residentMB();
    const what = { topic, partitions: 1, batch: batch.bytes, partitionBytes: size * segmentBytes };
    const [batches = 0] = await fill(port, {
      ...what,
      configs: { 'segment.bytes': String(segmentBytes) },
    });
    const more = broker.residentMB() - before;
    const sources = Array.from({ length: 4 }, () => scattered(topic, batches));
    const cpuSeconds = () => broker.cpuSeconds();
    const done = await drive({ port, sources, inFlight: 1, warmUpMs, durationMs, cpuSeconds });
    const ms = await restart(broker);
    const perMillion = done.cpuSeconds / (done.requests / 1e6);
    return [perMillion, (more * 1000) / size, ms / size, ms];
  },
);
