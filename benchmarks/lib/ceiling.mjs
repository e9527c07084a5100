/** What the load can do by itself, against a server that does nothing. */
import { fileURLToPath } from 'node:url';
import { exited } from '../../conformance/lib/process.mjs';
import { freePort } from '../../conformance/lib/server.mjs';
import { follow } from './follow.mjs';
import { drive } from './load.mjs';
import { buildBatch, fetchFrame, frame, produceFrame } from './requests.mjs';
import { startServer } from './servers.mjs';

const sink = fileURLToPath(new URL('sink.mjs', import.meta.url));

/**
 * @typedef {object} Exchange
 * @property {Buffer} request
 * @property {number} replyBytes
 * @property {number} connections
 * @property {number} inFlight
 */

/**
 * @template T
 * @param {{ request: Buffer, replyBytes: number }} exchange
 * @param {(port: number) => Promise<T>} measure
 * @returns {Promise<T>} what it measures of a server that does nothing
 */
async function ofNothing({ request, replyBytes }, measure) {
  const port = await freePort(19700, 19799);
  const args = [sink, port, request.length, replyBytes].map(String);
  const child = startServer([process.execPath, ...args], ['ignore', 'pipe', 'inherit']);
  try {
    await listening(child);
    return await measure(port);
  } finally {
    child.kill('SIGKILL');
    await exited(child, 5000);
  }
}

/**
 * @param {Exchange} exchange
 * @returns {Promise<number>} requests per second
 */
function ceiling({ request, replyBytes, connections, inFlight }) {
  return ofNothing({ request, replyBytes }, async (port) => {
    const frames = Buffer.concat(Array(inFlight).fill(request));
    const source = {
      requests: (/** @type {number} */ count) => frames.subarray(0, count * request.length),
      reply: () => 0,
    };
    const { requests, seconds } = await drive({
      port,
      sources: Array.from({ length: connections }, () => source),
      inFlight,
      warmUpMs: 700,
      durationMs: 1000,
      cpuSeconds: () => 0,
    });
    return requests / seconds;
  });
}

/** @returns {Promise<number>} ms, the p99 that the question `latency` finds at 1,000 requests/s */
function floor() {
  const topic = 'floor';
  const batch = buildBatch({ batchBytes: 1024, recordBytes: 900 });
  const request = produceFrame({ topic, partition: 0, acks: 1, batch: batch.bytes });
  return ofNothing({ request, replyBytes: 60 }, async (port) => {
    const { acknowledged } = await follow({
      broker: { port, cpuSeconds: () => 0 },
      topic,
      partitions: 4,
      batch,
      producers: 4,
      consumers: 0,
      perSecond: 1000,
      warmUpMs: 700,
      durationMs: 2000,
    });
    return acknowledged.quantile(0.99);
  });
}

/** @returns {Promise<string>} in one sentence, so that a server's figures can be judged */
export async function ceilings() {
  const topic = 'ceiling';
  const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 }).bytes;
  const produced = await ceiling({
    request: produceFrame({ topic, partition: 0, acks: 1, batch }),
    replyBytes: 60,
    connections: 4,
    inFlight: 5,
  });
  const consumed = await ceiling({
    request: fetchFrame({ topic, partition: 0, maxBytes: 1 << 20, maxWaitMs: 500 }).frame,
    replyBytes: 1 << 20,
    connections: 4,
    inFlight: 1,
  });
  const asked = await ceiling({
    request: frame('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation: false }),
    replyBytes: 120,
    connections: 16,
    inFlight: 4,
  });
  const megabytes = (/** @type {number} */ perSecond, /** @type {number} */ bytes) =>
    Math.round((perSecond * bytes) / 1e6).toLocaleString('en-US');
  const small = Math.round(asked).toLocaleString('en-US');
  const least = (await floor()).toPrecision(2);
  return (
    `the load by itself reaches ${megabytes(produced, batch.length)} MB/s of 16 KiB batches produced, ` +
    `${megabytes(consumed, 1 << 20)} MB/s consumed and ${small} small requests/s, ` +
    `and a server that does nothing answers 1,000 requests/s with a p99 of ${least} ms`
  );
}

/** Waits for the word that it listens. @param {import('node:child_process').ChildProcess} child */
function listening(child) {
  return new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the sink ended')));
  });
}
