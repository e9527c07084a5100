/** Partitions: until they lead, in memory, at a restart, and for those who produce to all of them. */
import { cost, costOfEach } from '../../lib/figures.mjs';
import { drive } from '../../lib/load.mjs';
import { produceSources } from '../../lib/produce-load.mjs';
import { buildBatch, createTopic } from '../../lib/requests.mjs';
import { restart, series } from './series.mjs';

const perTopic = 1000;
const inFlight = 5;
/** Enough for the first append to each of the partitions, which creates files, and for V8's compilers. */
const settleMs = 3000;
const batch = buildBatch({ batchBytes: 1024, recordBytes: 900 }).bytes;

export const partitions = series(
  {
    what: 'partitions',
    sizes: [10, 100, 1000, 10_000],
    extra: [100_000],
    figures: [
      costOfEach('ms to create, each'),
      costOfEach('KB of memory, each'),
      costOfEach('ms of a restart, each'),
      cost('ms of a restart'),
      cost('CPU s/million produce requests to up to 1,000 of them'),
    ],
  },
  async ({ broker, durationMs }, size) => {
    const { port } = broker;
    const before = broker.residentMB();
    const begin = performance.now();
    const topics = Array.from({ length: Math.ceil(size / perTopic) }, (_, i) => `many-${i}`);
    const inEach = Math.min(perTopic, size);
    for (const topic of topics) await createTopic(port, { topic, partitions: inEach });
    const created = performance.now() - begin;
    const more = broker.residentMB() - before;
    const what = { topic: 'many-0', partitions: inEach, connections: 4, acks: 1, batch, inFlight };
    const cpuSeconds = () => broker.cpuSeconds();
    const sources = produceSources(what);
    const load = { port, sources, inFlight, warmUpMs: settleMs, durationMs, cpuSeconds };
    const done = await drive(load);
    const ms = await restart(broker);
    const perMillion = done.cpuSeconds / (done.requests / 1e6);
    return [created / size, (more * 1000) / size, ms / size, ms, perMillion];
  },
);
