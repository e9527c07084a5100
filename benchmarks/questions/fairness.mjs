/** What a client with little to send feels of others that send as much as they can. */
import { cost } from '../lib/figures.mjs';
import { drive, sleep } from '../lib/load.mjs';
import { produceSources } from '../lib/produce-load.mjs';
import { buildBatch } from '../lib/requests.mjs';
import { smallClient } from '../lib/small-produces.mjs';
import { quantile } from '../lib/statistics.mjs';
import { withTopic } from '../lib/topic.mjs';
import { eachTime, everyone } from './session.mjs';

const gapMs = 1;
const aloneMs = 1000;
const besideMs = 3000;
/** Of the others, which end then: beyond that the system begins to hold up whoever writes. */
const maxBytes = 1.5e9;

/**
 * @param {string} name
 * @param {{ batchKiB: number, connections: number, inFlight: number,
 *   configs?: Record<string, string> }} others
 * @returns {import('./index.mjs').Point}
 */
function point(name, { batchKiB, connections, inFlight, configs = {} }) {
  return {
    question: 'fairness',
    name,
    figures: [
      cost('ms p50'),
      cost('ms p99'),
      cost('ms p50 alone'),
      cost('ms p99 alone'),
      { unit: 'MB/s of the others' },
    ],
    headline: [1],
    variants: everyone,
    open: eachTime(async ({ broker, warmUpMs, unique }) => {
      const { port } = broker;
      const [small, large] = [`small-${unique}`, `large-${unique}`];
      const partitions = 12;
      const batch = buildBatch({ batchBytes: batchKiB * 1024, recordBytes: 1024 }).bytes;
      const others = { topic: large, partitions, connections, acks: 1, batch, inFlight };
      const load = {
        port,
        sources: produceSources(others),
        inFlight,
        warmUpMs: 0,
        maxBytes,
        cpuSeconds: () => broker.cpuSeconds(),
      };
      const measure = async () => {
        const first = smallClient({ port, topic: small, gapMs });
        await sleep(aloneMs);
        const alone = await first.stop();
        await drive({ ...load, durationMs: warmUpMs });
        const second = smallClient({ port, topic: small, gapMs });
        const done = await drive({ ...load, durationMs: besideMs });
        const beside = await second.stop();
        return [
          ...[beside, alone].flatMap((ms) => [quantile(ms, 0.5), quantile(ms, 0.99)]),
          done.bytes / 1e6 / done.seconds,
        ];
      };
      return withTopic(broker, { topic: small, partitions: 1 }, () =>
        withTopic(broker, { topic: large, partitions, configs }, measure),
      );
    }),
  };
}

const saturating = { connections: 4, inFlight: 5 };

export const fairness = [
  point('a small produce beside four of 16 KiB', { ...saturating, batchKiB: 16 }),
  point('a small produce beside four of 100 KiB', { ...saturating, batchKiB: 100 }),
  point('a small produce beside four of 1 MiB', { ...saturating, batchKiB: 1024 }),
  point('a small produce beside 1 MiB that is compressed anew', {
    connections: 2,
    inFlight: 1,
    batchKiB: 1024,
    configs: { 'compression.type': 'gzip' },
  }),
];
