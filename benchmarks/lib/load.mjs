/** Keeps a number of requests in flight on each of some connections, and counts for a while. */
import { RawConnection } from './connection.mjs';

/**
 * What one connection sends. Prebuilt: the load must cost less than the server.
 * @typedef {object} Source
 * @property {(count: number) => Buffer} requests the next `count` requests
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

/** @typedef {{ requests: number, bytes: number, seconds: number, cpuSeconds: number }} LoadResult */

/**
 * @param {LoadOptions} options
 * @returns {Promise<LoadResult>}
 */
export async function drive(options) {
  const totals = { requests: 0, bytes: 0 };
  let stopping = false;
  /** @type {(error: Error) => void} */
  let fail = () => {};
  /** @type {() => void} */
  let full = () => {};
  const failed = new Promise((_resolve, reject) => (fail = reject));
  const filled = new Promise((resolve) => (full = () => resolve(undefined)));
  let limit = Number.POSITIVE_INFINITY;

  const lanes = options.sources.map((source) => {
    let replied = 0;
    const lane = { waiting: options.inFlight, done: () => {} };
    const connection = new RawConnection(options.port, {
      reply(head, sizeBytes) {
        totals.bytes += source.reply(head, sizeBytes);
        replied++;
      },
      turn() {
        totals.requests += replied;
        if (stopping) lane.waiting -= replied;
        else if (replied > 0) connection.send(source.requests(replied));
        replied = 0;
        if (totals.bytes >= limit) full();
        if (lane.waiting === 0) lane.done();
      },
      lost: (error) => fail(error),
    });
    connection.send(source.requests(options.inFlight));
    return { lane, connection };
  });

  const measure = async () => {
    await sleep(options.warmUpMs);
    const begin = { ...totals, at: performance.now(), cpu: options.cpuSeconds() };
    limit = begin.bytes + (options.maxBytes ?? Number.POSITIVE_INFINITY);
    await Promise.race([sleep(options.durationMs), filled]);
    const result = {
      requests: totals.requests - begin.requests,
      bytes: totals.bytes - begin.bytes,
      seconds: (performance.now() - begin.at) / 1000,
      cpuSeconds: options.cpuSeconds() - begin.cpu,
    };
    const drained = lanes.map(({ lane }) => new Promise((done) => (lane.done = () => done(null))));
    stopping = true;
    await Promise.all(drained);
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
