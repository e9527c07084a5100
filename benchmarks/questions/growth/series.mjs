/** Points of one series, each with a server of its own that has nothing but what it asks about. */
import { ask, connect } from '../../lib/client.mjs';
import { tidelogOnly } from '../session.mjs';

const rounds = 2;
const inFlight = 64;

/**
 * @param {{ what: string, sizes: number[], extra?: number[],
 *   figures: import('../../lib/figures.mjs').Figure[] }} series `extra` are measured when asked for
 * @param {(context: import('../index.mjs').Context, size: number) => Promise<number[]>} measure is
 *   given a broker that runs
 * @returns {import('../index.mjs').Point[]}
 */
export function series({ what, sizes, extra = [], figures }, measure) {
  return [...sizes, ...extra].map((size) => ({
    question: 'growth',
    group: `growth: ${what}`,
    name: `${size.toLocaleString('en-US')} ${what}`,
    size,
    figures,
    variants: tidelogOnly,
    owns: true,
    rounds,
    timeoutMs: 200_000,
    isExtra: extra.includes(size),
    open: async (context) => ({
      async measure(unique) {
        await context.broker.reset();
        await context.broker.start();
        const samples = await measure({ ...context, unique }, size);
        await context.broker.kill();
        await context.broker.reset();
        return samples;
      },
      close: async () => {},
    }),
  }));
}

/**
 * Does something so many times on one connection, many at once.
 * @param {number} port
 * @param {{ from: number, count: number }} range
 * @param {(connection: Awaited<ReturnType<typeof connect>>, i: number) => Promise<unknown>} task
 */
export async function forEach(port, { from, count }, task) {
  const connection = await connect(port);
  let next = from;
  const lane = async () => {
    while (next < from + count) await task(connection, next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  connection.close();
}

/**
 * CPU time that the broker needs for a task, in µs for each of `count`.
 * @param {import('../../lib/brokers.mjs').Broker} broker
 * @param {number} count
 * @param {() => Promise<unknown>} task
 */
export async function cpuMicros(broker, count, task) {
  const begin = broker.cpuSeconds();
  await task();
  return ((broker.cpuSeconds() - begin) * 1e6) / count;
}

/**
 * Stops the broker and starts it again.
 * @param {import('../../lib/brokers.mjs').Broker} broker
 * @returns {Promise<number>} ms to its first answer
 */
export async function restart(broker) {
  await broker.stop();
  return broker.start();
}

/**
 * Waits until a group's coordinator answers.
 * @param {number} port
 * @param {string} groupId
 */
export async function coordinated(port, groupId) {
  const wire = await connect(port);
  await ask(wire, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] });
  wire.close();
}
