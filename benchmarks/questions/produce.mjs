/** Record batches appended: every combination of what a producer and a topic can choose. */
import { distance, product } from '../lib/dimensions.mjs';
import { byteFigures, ofBytes } from '../lib/figures.mjs';
import { drive } from '../lib/load.mjs';
import { produceSources } from '../lib/produce-load.mjs';
import { buildBatch } from '../lib/requests.mjs';
import { withTopic } from '../lib/topic.mjs';
import { eachTime, everyone, everyoneAndFloor } from './session.mjs';

/** With a thousand partitions to create and to remove. */
const timeoutMs = 150_000;
const maxBytes = 1.5e9; // a round ends then: more would be written back while others are measured

/** Equal durability: both answer `acks=all` only when the record is on stable storage. */
const fsyncConfigs = {
  tidelog: { 'tidelog.durability': 'fsync' },
  kafka: { 'flush.messages': '1' },
};

/**
 * @typedef {object} Shape
 * @property {number} connections
 * @property {number} inFlight
 * @property {number} batchKiB
 * @property {number} partitions
 * @property {'1' | 'all'} acks
 * @property {boolean} fsync
 * @property {'none' | 'zstd'} codec
 */

/** @type {Shape} */
export const centre = {
  connections: 4,
  inFlight: 5,
  batchKiB: 16,
  partitions: 12,
  acks: '1',
  fsync: false,
  codec: 'none',
};

/** @type {{ [K in keyof Shape]: Shape[K][] }} */
const dimensions = {
  batchKiB: [1, 16, 100, 1024],
  connections: [1, 4, 16, 64],
  inFlight: [1, 5],
  partitions: [1, 12, 100, 1000],
  acks: ['1', 'all'],
  fsync: [false, true],
  codec: ['none', 'zstd'],
};

/** @param {number} kib */
const size = (kib) => (kib === 1024 ? '1 MiB' : `${kib} KiB`);

/** @param {number} count @param {string} what */
const several = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Its batches, and whatever else differs from the centre. @param {Shape} shape */
function describe(shape) {
  /** @type {Record<keyof Shape, string>} */
  const words = {
    batchKiB: size(shape.batchKiB),
    connections: several(shape.connections, 'connection'),
    inFlight: `${shape.inFlight} in flight`,
    partitions: several(shape.partitions, 'partition'),
    acks: `acks=${shape.acks}`,
    fsync: shape.fsync ? 'fsync first' : 'no fsync',
    codec: shape.codec,
  };
  const named = Object.entries(words).filter(
    ([name]) =>
      name === 'batchKiB' ||
      shape[/** @type {keyof Shape} */ (name)] !== centre[/** @type {keyof Shape} */ (name)],
  );
  return `produce ${named.map(([, word]) => word).join(', ')}`;
}

/** An answer that does not wait for the sync says nothing of it. @param {Shape} shape */
const isSyncWaitedFor = ({ acks, fsync }) => acks === 'all' || !fsync;

/** @param {Shape} shape */
const isOnAxis = (shape) =>
  distance(shape, centre) <= 1 || distance(shape, { ...centre, acks: 'all', fsync: true }) === 0;

/** Batches of any size. @param {Shape} shape */
const isPlain = (shape) => distance(shape, { ...centre, batchKiB: shape.batchKiB }) === 0;

/** Those, and what the sync costs. @param {Shape} shape */
const isHeadline = (shape) => isPlain(shape) || (isOnAxis(shape) && shape.fsync);

/**
 * @param {Shape} shape
 * @param {number} [recordBytes]
 * @returns {import('./index.mjs').Point}
 */
function point(shape, recordBytes) {
  const { connections, inFlight, batchKiB, partitions, acks, fsync, codec } = shape;
  return {
    question: 'produce',
    name: `${describe(shape)}${recordBytes === undefined ? '' : `, records of ${recordBytes} B`}`,
    figures: byteFigures,
    headline: isHeadline(shape) && recordBytes === undefined ? [0, 5] : [],
    variants: isPlain(shape) && recordBytes === undefined ? everyoneAndFloor : everyone,
    timeoutMs,
    isExtra: !isOnAxis(shape),
    open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
      const topic = `produce-${unique}`;
      const batchBytes = batchKiB * 1024;
      const recordSize = recordBytes ?? Math.min(1024, batchBytes - 100);
      const batch = buildBatch({ batchBytes, recordBytes: recordSize, codec }).bytes;
      const configs = fsync ? fsyncConfigs[broker.kind] : {};
      const what = { topic, partitions, connections, acks: acks === '1' ? 1 : -1, batch, inFlight };
      return withTopic(broker, { topic, partitions, configs }, async () => {
        const done = await drive({
          port: broker.port,
          sources: produceSources(what),
          inFlight,
          warmUpMs,
          durationMs,
          maxBytes,
          cpuSeconds: () => broker.cpuSeconds(),
        });
        return ofBytes(done, broker);
      });
    }),
  };
}

const shapes = product(dimensions).filter(isSyncWaitedFor);

export const produce = [
  ...shapes.map((shape) => point(shape)).toSorted((a, b) => Number(a.isExtra) - Number(b.isExtra)),
  point(centre, 100),
];
