/** A client with little to send, one record at a time, whose answers are timed. */
import { Worker } from 'node:worker_threads';
import { BatchBuilder } from '@tidelog/protocol';
import { ask } from './client.mjs';
import { sleep } from './load.mjs';

/** @param {any} connection @param {string} topic @param {Buffer} records */
export function produce(connection, topic, records) {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
  const request = { transactionalId: null, acks: 1, timeoutMs: 30_000, topicData };
  return ask(connection, 'Produce', 9, request);
}

/**
 * Produces one small record after the other until `isOver`.
 * @param {any} connection
 * @param {{ topic: string, gapMs: number }} what `gapMs` lie between an answer and the next record
 * @param {() => boolean} isOver
 * @returns {Promise<number[]>} ms that each answer took
 */
export async function smallProduces(connection, { topic, gapMs }, isOver) {
  /** @type {number[]} */
  const samples = [];
  while (!isOver()) {
    const builder = new BatchBuilder(256);
    builder.append(Date.now(), 'k', 'v');
    const begin = performance.now();
    await produce(connection, topic, Buffer.from(builder.finish()));
    samples.push(performance.now() - begin);
    await sleep(gapMs);
  }
  return samples;
}

/**
 * The same from a thread, beside a load that keeps this one busy.
 * @param {{ port: number, topic: string, gapMs: number }} what
 * @returns {{ stop(): Promise<number[]> }} `stop` ends it, and gives the ms that each answer took
 */
export function smallClient(what) {
  const program = new URL('../programs/small-client.mjs', import.meta.url);
  const worker = new Worker(program, { workerData: what });
  const samples = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  samples.catch(() => {}); // told to whoever stops it
  return {
    stop() {
      worker.postMessage('stop', []);
      return samples;
    },
  };
}
