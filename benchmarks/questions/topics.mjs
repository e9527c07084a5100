/** Topics created and deleted one by one, by eight operators side by side. */
import { ask, connect } from '../lib/client.mjs';
import { cost } from '../lib/figures.mjs';
import { both, eachTime } from './session.mjs';

const count = 200;
const operators = 8;

/** @type {import('./index.mjs').Point[]} */
export const topics = [
  {
    question: 'topics',
    name: `${count} topics of one partition`,
    figures: [
      { unit: 'topics created/s' },
      cost('CPU s/thousand created'),
      { unit: 'topics deleted/s' },
    ],
    headline: [0],
    variants: both,
    open: eachTime(async ({ broker, unique }) => {
      const wires = await Promise.all(
        Array.from({ length: operators }, () => connect(broker.port)),
      );
      const each = async (/** @type {(wire: any, name: string) => Promise<unknown>} */ task) => {
        const begin = { at: performance.now(), cpu: broker.cpuSeconds() };
        let next = 0;
        const lane = async (/** @type {unknown} */ wire) => {
          while (next < count) await task(wire, `topics-${unique}-${next++}`);
        };
        await Promise.all(wires.map(lane));
        const seconds = (performance.now() - begin.at) / 1000;
        return { perSecond: count / seconds, cpu: broker.cpuSeconds() - begin.cpu };
      };
      const created = await each((wire, name) =>
        ask(wire, 'CreateTopics', 4, {
          topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
          timeoutMs: 30_000,
          validateOnly: false,
        }),
      );
      const deleted = await each((wire, name) =>
        ask(wire, 'DeleteTopics', 3, { topicNames: [name], timeoutMs: 30_000 }),
      );
      for (const wire of wires) wire.close();
      return [created.perSecond, (created.cpu / count) * 1000, deleted.perSecond];
    }),
  },
];
