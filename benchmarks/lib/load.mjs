/** Keeps a number of requests in flight on each of some connections, and counts for a while. */
import { RawConnection } from './connection.mjs';
import { Histogram } from './histogram.mjs';

/**
 * What one connection sends. Prebuilt: the load must cost less than the server.
 * @typedef {object} Source
 * @property {(count: number) => Buffer | Buffer[]} requests the next `count` requests
 * @property {(head: Buffer, sizeBytes: number) => number} reply checks a response and gives the
 *   bytes of record batches that its request moved; throws on an error code
 */

/**
 * @typedef {object} LoadOptions
 * @property {number} port
 * @property {Source[]} sources one for each connection
 * @property {number} inFlight requests of one connection that await their reply
 * @property {number} warmUpMs not counted
 * @property {number} durationMs
 * @property {number} [maxBytes] ends the counting early, so that the page cache is not outgrown
 * @property {() => number} cpuSeconds of the server
 */

/**
 * @typedef {object} LoadResult
 * @property {number} requests
 * @property {number} bytes
 * @property {number} seconds
 * @property {number} cpuSeconds
 * @property {Histogram} latency from the send of a request to its reply
 */

/**
 * One connection with its source, and the times at which it has sent what is in flight.
 * @typedef {{ connection: RawConnection, drained: () => Promise<void> }} Lane
 */

/** What all lanes share. */
class Totals {
  requests = 0;
  bytes = 0;
  latency = new Histogram();
  stopping = false;
  limit = Number.POSITIVE_INFINITY;
  /** Called when `limit` is reached. */
  full = () => {};
  /** @type {(error: Error) => void} */
  fail = () => {};
}

/**
 * @param {Source} source
 * @param {{ port: number, inFlight: number }} options
 * @param {Totals} totals
 * @returns {Lane}
 */
function open(source, { port, inFlight }, totals) {
  const sentAt = new Float64Array(inFlight);
  let oldest = 0;
  let replied = 0;
  let waiting = inFlight;
  let done = () => {};
  const connection = new RawConnection(port, {
    reply(head, sizeBytes) {
      totals.bytes += source.reply(head, sizeBytes);
      replied++;
    },
    turn() {
      if (replied === 0) return;
      const now = performance.now();
      for (let i = 0; i < replied; i++) {
        totals.latency.record(now - (sentAt[oldest] ?? now));
        sentAt[oldest] = now; // a reply's place is taken by the request that follows it
        oldest = (oldest + 1) % inFlight;
      }
      totals.requests += replied;
      if (totals.stopping) waiting -= replied;
      else connection.send(source.requests(replied));
      replied = 0;
      if (totals.bytes >= totals.limit) totals.full();
      if (waiting === 0) done();
    },
    lost: (error) => totals.fail(error),
  });
  sentAt.fill(performance.now());
  connection.send(source.requests(inFlight));
  const drained = () =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      if (waiting === 0) resolve();
      else done = resolve;
    });
  return { connection, drained };
}

/**
 * @param {LoadOptions} options
 * @returns {Promise<LoadResult>}
 */
export async function drive(options) {
  const totals = new Totals();
  const failed = new Promise((_resolve, reject) => (totals.fail = reject));
  const filled = new Promise((resolve) => (totals.full = () => resolve(undefined)));
  const lanes = options.sources.map((source) => open(source, options, totals));
  const measure = async () => {
    if (options.warmUpMs > 0) await sleep(options.warmUpMs);
    totals.latency.clear();
    const { requests, bytes } = totals;
    const begin = { requests, bytes, at: performance.now(), cpu: options.cpuSeconds() };
    totals.limit = begin.bytes + (options.maxBytes ?? Number.POSITIVE_INFINITY);
    await Promise.race([sleep(options.durationMs), filled]);
    const result = {
      requests: totals.requests - begin.requests,
      bytes: totals.bytes - begin.bytes,
      seconds: (performance.now() - begin.at) / 1000,
      cpuSeconds: options.cpuSeconds() - begin.cpu,
      latency: totals.latency,
    };
    totals.latency = new Histogram(); // what is drained does not count
    totals.stopping = true;
    await Promise.all(lanes.map((lane) => lane.drained()));
    return result;
  };
  try {
    return /** @type {LoadResult} */ (await Promise.race([measure(), failed]));
  } finally {
    for (const { connection } of lanes) connection.close();
  }
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
