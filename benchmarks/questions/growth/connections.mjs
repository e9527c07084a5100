/** Connections that all ask, with one request in flight each: what a request costs then. */
import { cost, costOfEach } from '../../lib/figures.mjs';
import { drive } from '../../lib/load.mjs';
import { createTopic } from '../../lib/requests.mjs';
import { metadataFrame, repeated } from '../requests.mjs';
import { series } from './series.mjs';

const warmMs = 2000; // until the code is compiled

export const connections = series(
  {
    what: 'connections',
    sizes: [1, 10, 100, 1000, 10_000],
    figures: [
      { unit: 'Metadata/s' },
      cost('CPU s/million requests'),
      cost('ms p99'),
      costOfEach('KB of memory, each'),
    ],
  },
  async ({ broker, warmUpMs, durationMs }, size) => {
    const { port } = broker;
    const topic = 'asked';
    await createTopic(port, { topic, partitions: 1 });
    const ask = (/** @type {number} */ count) =>
      Array.from({ length: count }, () => repeated(metadataFrame(topic)));
    const times = { warmUpMs: 0, durationMs: warmMs, cpuSeconds: () => 0 };
    await drive({ port, sources: ask(16), inFlight: 1, ...times });
    const before = broker.residentMB();
    const sources = ask(size);
    let memory = before;
    const cpuSeconds = () => {
      memory = broker.residentMB();
      return broker.cpuSeconds();
    };
    // Ten thousand connections take a second until all are there.
    const load = {
      port,
      sources,
      inFlight: 1,
      warmUpMs: warmUpMs + size / 5,
      durationMs,
      cpuSeconds,
    };
    const done = await drive(load);
    return [
      done.requests / done.seconds,
      done.cpuSeconds / (done.requests / 1e6),
      done.latency.quantile(0.99),
      ((memory - before) * 1000) / size,
    ];
  },
);
