/** From the send of a record until a waiting consumer has it, 200 records a second. */
import { RawConnection } from '../lib/connection.mjs';
import { sleep } from '../lib/load.mjs';
import {
  buildBatch,
  createTopic,
  deleteTopic,
  fetchedBytes,
  fetchFrame,
  produceErrorAt,
  produceFrame,
} from '../lib/requests.mjs';
import { quantile } from '../lib/statistics.mjs';

const intervalMs = 5;
const recordBytes = 100;

/**
 * @param {import('./index.mjs').Context} context
 * @returns {Promise<number[]>} ms
 */
async function latencies({ broker, warmUpMs, durationMs, unique }) {
  const topic = `latency-${unique}`;
  const batch = buildBatch({ batchBytes: 0, recordBytes }).bytes; // of one record
  await createTopic(broker.port, { topic, partitions: 1 });
  const fetch = fetchFrame({ topic, partition: 0, maxBytes: 1 << 20, maxWaitMs: 500 });
  /** @type {number[]} */
  const sentAt = [];
  /** @type {number[]} */
  const samples = [];
  let received = 0;
  /** @type {(error: Error) => void} */
  let lost = () => {};
  const failed = new Promise((_resolve, reject) => (lost = reject));
  const ask = () => {
    fetch.frame.writeBigInt64BE(BigInt(received), fetch.offsetAt);
    consumer.send(fetch.frame);
  };
  const consumer = new RawConnection(broker.port, {
    reply(head) {
      const now = performance.now();
      for (let n = fetchedBytes(head, topic) / batch.length; n >= 1; n--) {
        samples.push(now - (sentAt[received++] ?? now));
      }
      ask();
    },
    turn() {},
    lost,
  });
  const produce = produceFrame({ topic, partition: 0, acks: 1, batch });
  const errorAt = produceErrorAt(topic);
  const producer = new RawConnection(broker.port, {
    reply(head) {
      const error = head.readInt16BE(errorAt);
      if (error !== 0) throw new Error(`Produce answers error ${error}`);
    },
    turn() {},
    lost,
  });
  ask();
  const run = async () => {
    const end = performance.now() + warmUpMs + durationMs;
    while (performance.now() < end) {
      sentAt.push(performance.now());
      producer.send(produce);
      await sleep(intervalMs);
    }
    for (const deadline = end + 5000; received < sentAt.length; await sleep(intervalMs)) {
      if (performance.now() > deadline) throw new Error('records do not reach the consumer');
    }
  };
  try {
    await Promise.race([run(), failed]);
  } finally {
    consumer.close();
    producer.close();
  }
  await deleteTopic(broker.port, topic);
  return samples.slice(Math.ceil(warmUpMs / intervalMs / 2));
}

/** @type {import('./index.mjs').Point} */
const endToEnd = {
  question: 'latency',
  name: 'produce to consumer, 200 records/s',
  figures: [
    { unit: 'ms, p50', lowerIsBetter: true },
    { unit: 'ms, p99', lowerIsBetter: true },
  ],
  async measure(context) {
    const samples = await latencies(context);
    return [quantile(samples, 0.5), quantile(samples, 0.99)];
  },
};

export const latency = [endToEnd];
