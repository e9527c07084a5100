/** Producers as fast as they can be, while consumers follow at the end. */
import { cost, latencyFigures, percentiles } from '../lib/figures.mjs';
import { follow } from '../lib/follow.mjs';
import { buildBatch, createTopic, deleteTopic } from '../lib/requests.mjs';
import { eachTime, everyone } from './session.mjs';

const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 });

/** @type {import('./index.mjs').Point[]} */
export const mixed = [
  {
    question: 'mixed',
    name: 'produce 16 KiB by 4, and 4 consumers behind them',
    figures: [
      { unit: 'MB/s produced' },
      { unit: 'MB/s consumed' },
      ...latencyFigures,
      cost('CPU s/GB of both'),
      cost('MB resident'),
    ],
    headline: [0, 5],
    variants: everyone,
    open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
      const topic = `mixed-${unique}`;
      const partitions = 4;
      await createTopic(broker.port, { topic, partitions });
      const shape = { partitions, consumers: 1, producers: 4, batch };
      const done = await follow({ broker, topic, ...shape, warmUpMs, durationMs });
      const memory = broker.residentMB();
      await deleteTopic(broker.port, topic);
      const produced = (done.produced * batch.bytes.length) / 1e6;
      const consumed = (done.delivered * batch.bytes.length) / 1e6;
      return [
        produced / done.seconds,
        consumed / done.seconds,
        ...percentiles(done.acknowledged),
        done.cpuSeconds / ((produced + consumed) / 1000),
        memory,
      ];
    }),
  },
];
