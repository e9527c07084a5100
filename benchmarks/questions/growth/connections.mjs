/** Connections that all ask, with one request in flight each: what a request costs then. */
import { cost, costOfEach } from '../../lib/figures.mjs';
import { drive } from '../../lib/load.mjs';
import { createTopic } from '../../lib/requests.mjs';
import { metadataFrame, repeated } from '../requests.mjs';
import { series } from './series.mjs';

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
    const before = broker.residentMB();
    const sources = Array.from({ length: size }, () => repeated(metadataFrame(topic)));
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
