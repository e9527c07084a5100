/** The few requests that the harness itself sends, over a plain socket, at their oldest versions. */
import { connect } from 'node:net';

const API_VERSIONS = 18;
const METADATA = 3;
const CREATE_TOPICS = 19;

/**
 * Sends one request with a version 1 header and gives the answer's body.
 * @param {string} bootstrap HOST:PORT
 * @param {{ api: number, version: number, body: Buffer }} request
 * @param {number} [timeoutMs]
 * @returns {Promise<Buffer>}
 */
export function ask(bootstrap, request, timeoutMs = 5000) {
  const at = bootstrap.lastIndexOf(':');
  const header = Buffer.from('\0\0\0\0\0\0\0\0\0\0\0\0\0\x07harness', 'latin1');
  header.writeInt32BE(header.length - 4 + request.body.length, 0);
  header.writeInt16BE(request.api, 4);
  header.writeInt16BE(request.version, 6);
  header.writeInt32BE(1, 8);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(bootstrap.slice(at + 1)), bootstrap.slice(0, at));
    let received = Buffer.alloc(0);
    const fail = (/** @type {string} */ why) => {
      socket.destroy();
      reject(new Error(`${bootstrap} ${why}`));
    };
    socket.setTimeout(timeoutMs, () => fail('does not answer'));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('closed the connection'));
    socket.on('connect', () => socket.write(Buffer.concat([header, request.body])));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.subarray(8));
      socket.destroy();
    });
  });
}

/** @typedef {{ key: number, min: number, max: number }} ApiRange */

/**
 * What the broker advertises, from ApiVersions v0.
 * @param {string} bootstrap
 * @returns {Promise<ApiRange[]>}
 */
export async function advertisedApis(bootstrap) {
  const body = await ask(bootstrap, { api: API_VERSIONS, version: 0, body: Buffer.alloc(0) });
  const error = body.readInt16BE(0);
  if (error !== 0) throw new Error(`ApiVersions v0 answers error ${error}`);
  return Array.from({ length: body.readInt32BE(2) }, (_, i) => ({
    key: body.readInt16BE(6 + i * 6),
    min: body.readInt16BE(8 + i * 6),
    max: body.readInt16BE(10 + i * 6),
  }));
}

/**
 * Waits until the broker lists itself in a Metadata answer.
 * @param {string} bootstrap
 * @param {{ timeoutMs: number, stillAlive?: () => boolean }} options
 */
export async function untilReady(bootstrap, options) {
  const deadline = Date.now() + options.timeoutMs;
  const request = { api: METADATA, version: 1, body: Buffer.alloc(4) }; // an empty list of topics
  for (;;) {
    if (options.stillAlive?.() === false) throw new Error('the broker ended while it started');
    try {
      const body = await ask(bootstrap, request, 1000);
      if (body.readInt32BE(0) > 0) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error(`${bootstrap} lists no broker`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Creates a topic, for clients that cannot (CreateTopics v2).
 * @param {string} bootstrap
 * @param {string} topic
 * @param {number} partitions
 */
export async function createTopic(bootstrap, topic, partitions) {
  const name = Buffer.from(topic);
  const body = Buffer.alloc(4 + 2 + name.length + 4 + 2 + 4 + 4 + 4 + 1);
  let at = body.writeInt32BE(1, 0); // one topic
  at = body.writeInt16BE(name.length, at);
  at += name.copy(body, at);
  at = body.writeInt32BE(partitions, at);
  at = body.writeInt16BE(1, at); // its replication factor; then no assignments and no configs
  body.writeInt32BE(10_000, at + 8); // the timeout
  const answer = await ask(bootstrap, { api: CREATE_TOPICS, version: 2, body });
  const error = answer.readInt16BE(4 + 4 + 2 + name.length); // after throttle time, count and name
  if (error !== 0) throw new Error(`CreateTopics of ${topic} answers error ${error}`);
}
