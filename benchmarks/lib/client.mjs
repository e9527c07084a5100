/** A connection on which requests are awaited one by one, for questions whose answers decide what comes next. */
import { ClientConnection } from '@tidelog/network';
import { nodePlatform } from '@tidelog/platform';
import { sleep } from './load.mjs';

const { network, clock } = nodePlatform();
const timeoutMs = 60_000;
/** Errors that pass by themselves: a coordinator that loads, or is busy with the last transaction. */
const passing = new Set([3, 5, 14, 15, 16, 51]);

/** @param {number} port */
export function connect(port) {
  return ClientConnection.connect({
    network,
    clock,
    address: { host: '127.0.0.1', port },
    clientId: 'bench',
    connectTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
    maxResponseBytes: 100_000_000,
  });
}

/**
 * Asks until no passing error is answered.
 * @param {ClientConnection} connection
 * @param {import('@tidelog/protocol').ApiName} api
 * @param {number} version
 * @param {any} request
 * @returns {Promise<any>} the response; rejects where an error stays
 */
export async function ask(connection, api, version, request) {
  for (let tries = 0; ; tries++) {
    const response = await connection.send(api, version, request);
    const code = firstError(response);
    if (code === 0) return response;
    if (!passing.has(code) || tries > 1000) throw new Error(`${api} answers error ${code}`);
    await sleep(passing.has(code) && code !== 51 ? 20 : 1);
  }
}

/**
 * @param {any} value
 * @returns {number}
 */
function firstError(value) {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return 0;
  for (const [key, field] of Object.entries(value)) {
    const code = /errorCode$/i.test(key) ? field : firstError(field);
    if (code !== 0) return code;
  }
  return 0;
}

/**
 * Runs `task` over and over in so many lanes, and counts what they do after the warm-up.
 * @param {{ lanes: number, warmUpMs: number, durationMs: number, cpuSeconds: () => number }} options
 * @param {(lane: number) => Promise<unknown>} task
 * @returns {Promise<{ count: number, seconds: number, cpuSeconds: number }>}
 */
export async function repeat({ lanes, warmUpMs, durationMs, cpuSeconds }, task) {
  let count = 0;
  const state = { over: false };
  const run = async (/** @type {number} */ lane) => {
    while (!state.over) {
      await task(lane);
      count++;
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  const measured = async () => {
    await sleep(warmUpMs);
    const begin = { count, at: performance.now(), cpu: cpuSeconds() };
    await sleep(durationMs);
    const seconds = (performance.now() - begin.at) / 1000;
    const result = { count: count - begin.count, seconds, cpuSeconds: cpuSeconds() - begin.cpu };
    state.over = true;
    await running;
    return result;
  };
  return Promise.race([measured(), running.then(() => Promise.reject(new Error('ended early')))]);
}
