/** Record batches fetched: from where they lie, by how many, and in which steps. */
import { spawnSync } from 'node:child_process';
import { byteFigures, cost, latencyFigures, ofBytes, percentiles } from '../lib/figures.mjs';
import { fetchSource } from '../lib/fetch-load.mjs';
import { follow } from '../lib/follow.mjs';
import { drive } from '../lib/load.mjs';
import { fill } from '../lib/produce-load.mjs';
import { buildBatch, createTopic, deleteTopic } from '../lib/requests.mjs';
import { eachTime, everyone } from './session.mjs';

const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 });
const topicBytes = 256 << 20;

/** @typedef {'just produced' | 'page cache' | 'cold'} Place */

/**
 * Takes files out of the page cache, by the advice that dd's `nocache` gives.
 * @param {string[]} files
 */
function evict(files) {
  for (const file of files) {
    const written = ['oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'];
    const { status, stderr } = spawnSync('dd', ['if=/dev/null', `of=${file}`, ...written]);
    if (status !== 0) throw new Error(`dd cannot take ${file} out of the page cache: ${stderr}`);
  }
}

/**
 * @param {{ place: Place, consumers: number, stepKiB: number }} shape each consumer has a partition
 * @returns {import('./index.mjs').Point}
 */
function point({ place, consumers, stepKiB }) {
  const stepBytes = stepKiB * 1024;
  const step = stepKiB === 1024 ? '1 MiB' : `${stepKiB} KiB`;
  const who = consumers === 1 ? '1 consumer' : `${consumers} consumers`;
  return {
    question: 'fetch',
    group: 'fetch',
    name: `fetch ${step}, ${place}, ${who}`,
    figures: byteFigures,
    headline: consumers === 4 && stepKiB === 1024 ? [0, 5] : [],
    variants: everyone,
    async open({ broker, warmUpMs, durationMs, unique }) {
      const { port } = broker;
      const topic = `fetch-${unique}`;
      const partitionBytes = topicBytes / consumers;
      const what = { topic, partitions: consumers, batch: batch.bytes, partitionBytes };
      const batches = await fill(port, what);
      const total = batches.reduce((sum, count) => sum + count * batch.bytes.length, 0);
      const isCold = place === 'cold';
      const measure = async () => {
        if (isCold) evict(broker.segmentsOf(topic));
        const sources = batches.map((count, partition) => {
          const last = count - Math.floor(stepBytes / batch.bytes.length);
          const from = place === 'just produced' ? last * batch.records : 0;
          const end = count * batch.records;
          return fetchSource({ topic, partition, batch, from, end, stepBytes });
        });
        const done = await drive({
          port,
          sources,
          inFlight: 1,
          warmUpMs: isCold ? 0 : warmUpMs,
          durationMs: isCold ? 20_000 : durationMs,
          maxBytes: isCold ? total * 0.9 : Number.POSITIVE_INFINITY, // what was read once is not cold
          cpuSeconds: () => broker.cpuSeconds(),
        });
        return ofBytes(done, broker);
      };
      return { measure, close: () => deleteTopic(port, topic) };
    },
  };
}

/** Consumers that wait at the end of a topic to which is written at a fixed rate. */
const waitingFigures = [
  { unit: 'MB/s delivered' },
  ...latencyFigures,
  cost('CPU s/million deliveries'),
  cost('MB resident'),
];

/**
 * @param {{ name: string, partitions: number, consumers: number, perSecond: number,
 *   batch: { bytes: Buffer, records: number } }} shape consumers of each partition
 * @returns {import('./index.mjs').Point}
 */
function waiting({ name, ...shape }) {
  return {
    question: 'fetch',
    group: 'fetch, waiting consumers',
    name,
    figures: waitingFigures,
    variants: everyone,
    open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
      const topic = `waiting-${unique}`;
      await createTopic(broker.port, { topic, partitions: shape.partitions });
      const done = await follow({ broker, topic, producers: 4, ...shape, warmUpMs, durationMs });
      const memory = broker.residentMB();
      await deleteTopic(broker.port, topic);
      const bytes = done.delivered * shape.batch.bytes.length;
      const cpu = done.cpuSeconds / (done.delivered / 1e6);
      return [bytes / 1e6 / done.seconds, ...percentiles(done.received), cpu, memory];
    }),
  };
}

/** @type {Place[]} */
const places = ['just produced', 'page cache', 'cold'];
const one = buildBatch({ batchBytes: 0, recordBytes: 100 });

export const fetch = [
  ...places.map((place) => point({ place, consumers: 4, stepKiB: 1024 })),
  ...[1, 16].map((consumers) => point({ place: 'page cache', consumers, stepKiB: 1024 })),
  ...[64, 256].map((stepKiB) => point({ place: 'page cache', consumers: 4, stepKiB })),
  waiting({
    name: 'one partition to 10 groups, 2,000 batches/s of 16 KiB',
    partitions: 1,
    consumers: 10,
    perSecond: 2000,
    batch,
  }),
  waiting({
    name: '1,000 waiting consumers of 100 partitions, 200 records/s',
    partitions: 100,
    consumers: 10,
    perSecond: 200,
    batch: one,
  }),
];
