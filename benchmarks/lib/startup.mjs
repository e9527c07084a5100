/** From the start of a process to its first answer, and its memory when it has nothing to do. */
import { sleep } from './load.mjs';

const idleMs = 5000;

/**
 * Starts each server twice in each round, on an empty directory and on what that run left.
 * Afterwards all of them run.
 * @param {import('./brokers.mjs').Broker[]} brokers
 * @param {number} rounds
 * @returns {Promise<import('./table.mjs').Row[]>}
 */
export async function startup(brokers, rounds) {
  const first = { tidelog: [], kafka: [] };
  const second = { tidelog: [], kafka: [] };
  const memory = { tidelog: [], kafka: [] };
  for (let round = 0; round < rounds; round++) {
    for (const broker of inTurn(brokers, round)) {
      await broker.stop();
      await broker.reset();
      push(first, broker, await broker.start());
      await broker.stop();
      push(second, broker, await broker.start());
      if (round < rounds - 1) await broker.stop();
    }
  }
  await sleep(idleMs);
  for (const broker of brokers) push(memory, broker, broker.residentMB());
  const ms = { unit: 'ms', lowerIsBetter: true };
  const what = 'start to the first Metadata reply';
  return [
    { name: `${what}, empty directory`, figure: ms, samples: first },
    { name: `${what}, again`, figure: ms, samples: second },
    { name: 'idle memory', figure: { unit: 'MB', lowerIsBetter: true }, samples: memory },
  ];
}

/**
 * A B, then B A, and so on: what drifts on the machine meets both alike.
 * @template T
 * @param {T[]} things
 * @param {number} round
 */
export const inTurn = (things, round) => (round % 2 === 0 ? things : things.toReversed());

/**
 * @param {Record<import('./brokers.mjs').Kind, number[]>} samples
 * @param {import('./brokers.mjs').Broker} broker
 * @param {number} value
 */
function push(samples, broker, value) {
  samples[broker.kind].push(value);
}
