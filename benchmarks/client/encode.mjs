#!/usr/bin/env node
/**
 * What a record costs in nanoseconds of CPU. First the batches alone, as they are encoded and as they are read
 * with their CRC; then the producer of @tidelog/client: partition, batch, CRC, request and result, against a
 * broker in the same process that reads nothing and answers at once. Beside it what copying 100 bytes costs at
 * the same moment: figures of a busy machine are only worth their ratio to it. Each case runs in processes of
 * its own, in turn with the others, so that none is measured with code that was compiled for another.
 *
 *   npm run build && node benchmarks/client/encode.mjs
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from '@tidelog/client';
import { encodeResponse } from '@tidelog/network';
import { NodeClock, NodeRandom } from '@tidelog/platform';
import {
  apiOf,
  apis,
  BatchBuilder,
  batchCrcIsValid,
  Reader,
  RecordCursor,
  requestHeader,
} from '@tidelog/protocol';
import { median } from '../lib/statistics.mjs';

const RECORDS = 400_000;
const ROUNDS = 7;
/** Of each case. */
const PROCESSES = 3;
const BATCH_BYTES = 16_384;
const TOPIC_ID = 'AH2wIO8ZSpa_xIcUNk3hfA';
const broker = { nodeId: 1, host: 'sink', port: 1 };

/** @type {Record<string, object>} */
const answers = {
  ApiVersions: {
    errorCode: 0,
    apiKeys: Object.values(apis).map(({ key, versions }) => ({
      apiKey: key,
      minVersion: versions[0],
      maxVersion: versions[1],
    })),
  },
  Metadata: {
    brokers: [broker],
    controllerId: 1,
    clusterId: 'sink',
    topics: [{ errorCode: 0, name: 't', topicId: TOPIC_ID, partitions: [partition(0)] }],
  },
  InitProducerId: { errorCode: 0, producerId: 1, producerEpoch: 0 },
  Produce: {
    responses: [
      {
        name: 't',
        topicId: TOPIC_ID,
        partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 0 }],
      },
    ],
  },
};

/** @param {number} partitionIndex */
function partition(partitionIndex) {
  const replicas = { replicaNodes: [1], isrNodes: [1] };
  return { errorCode: 0, partitionIndex, leaderId: 1, leaderEpoch: 0, ...replicas };
}

/** A connection whose other end answers each request by its name alone. */
class Sink {
  remote = broker;
  local = broker;
  /** @type {(chunk: Buffer) => void} */
  onData = () => {};
  onClose = () => {};
  onDrain = () => {};

  /** @param {readonly Buffer[]} buffers one request */
  write(buffers) {
    const head = /** @type {Buffer} */ (buffers[0]).subarray(4);
    const api = /** @type {any} */ (apiOf(head.readInt16BE(0)));
    const version = head.readInt16BE(2);
    const { correlationId } = requestHeader.read(new Reader(head), 1);
    const response = encodeResponse(api, version, correlationId, answers[api.name]);
    queueMicrotask(() => this.onData(Buffer.concat(response)));
    return true;
  }

  pause() {}
  resume() {}
  end() {}
  destroy() {}
}

const platform = {
  clock: new NodeClock(),
  random: new NodeRandom(),
  network: { listen: () => Promise.reject(new Error('no')), connect: async () => new Sink() },
};

/** @param {(count: number) => Promise<void> | void} work @returns {Promise<number>} ns of CPU a record */
async function measure(work) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await work(RECORDS);
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1000) / RECORDS);
  }
  return median(rounds);
}

function copying() {
  const from = Buffer.alloc(100, 'x');
  const to = Buffer.allocUnsafeSlow(16_384);
  return measure((count) => {
    for (let i = 0; i < count; i++) from.copy(to, (i & 127) * 100);
  });
}

/** @typedef {import('@tidelog/client').Producer} Producer @typedef {import('@tidelog/client').ProducerMessage} Message */

/** @param {Producer} producer @param {Message[]} messages @returns {Promise<unknown>} */
const together = (producer, messages) => producer.sendAll(messages);

/** @param {Producer} producer @param {Message[]} messages @returns {Promise<unknown>} */
const oneByOne = (producer, messages) => Promise.all(messages.map((m) => producer.send(m)));

/** @param {(i: number) => object} message @param {object} [options] @param {typeof together} [send] */
async function sending(message, options = {}, send = together) {
  const client = createClient({
    bootstrapServers: 'sink:1',
    platform: /** @type {any} */ (platform),
  });
  const producer = client.producer({ batchSizeBytes: BATCH_BYTES, lingerMs: 0, ...options });
  const messages = /** @type {Message[]} */ (
    Array.from({ length: 10_000 }, (_, i) => ({ topic: 't', ...message(i) }))
  );
  await send(producer, messages);
  const result = await measure(async (count) => {
    for (let sent = 0; sent < count; sent += messages.length) {
      await send(producer, messages);
    }
  });
  await client.close();
  return result;
}

/** Encodes batches that nobody sends. */
function encoding() {
  const builder = new BatchBuilder(2 * BATCH_BYTES);
  const key = Buffer.from('k1000000');
  return measure((count) => {
    for (let i = 0; i < count; i++) {
      builder.append(1e12 + i, key, value);
      if (builder.sizeBytes < BATCH_BYTES) continue;
      builder.finishInPlace();
      builder.reset();
    }
  });
}

/** Reads a batch again and again, without an object for each record. */
function decoding() {
  const builder = new BatchBuilder(2 * BATCH_BYTES);
  while (builder.sizeBytes < BATCH_BYTES) builder.append(1e12, null, value);
  const batch = builder.finish();
  const cursor = new RecordCursor();
  return measure((count) => {
    for (let left = count; left > 0; left -= builder.recordCount) {
      if (!batchCrcIsValid(batch, 0)) throw new Error('the checksum does not match');
      cursor.open(batch, 0);
      while (cursor.next());
      if (cursor.problem !== undefined) throw new Error(cursor.problem);
    }
  });
}

const value = Buffer.alloc(100, 'x');
const text = 'x'.repeat(100);
const cases = /** @type {const} */ ([
  ['batches alone: encoding', encoding],
  ['batches alone: decoding', decoding],
  ['100 B, no key', () => sending(() => ({ value }))],
  ['100 B, key of 8 B', () => sending((i) => ({ key: Buffer.from(`k${1e6 + i}`), value }))],
  [
    '100 characters, key of 8 characters',
    () => sending((i) => ({ key: `k${1e6 + i}`, value: text })),
  ],
  ['100 B, one header', () => sending(() => ({ value, headers: { a: 'b' } }))],
  ['100 B, no key, one by one', () => sending(() => ({ value }), {}, oneByOne)],
  ['100 B, batches of 128 KiB', () => sending(() => ({ value }), { batchSizeBytes: 131_072 })],
]);
const asked = cases.find(([name]) => name === process.argv[2]);
if (asked !== undefined) {
  const reference = await copying();
  console.log(JSON.stringify([await asked[1](), reference]));
  process.exit(0);
}

/** @type {Map<string, number[][]>} */
const samples = new Map(cases.map(([name]) => [name, []]));
for (let round = 0; round < PROCESSES; round++) {
  for (const [name, list] of samples) {
    const args = [fileURLToPath(import.meta.url), name];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (stdout === '') throw new Error(`${name}: ${stderr}`);
    list.push(JSON.parse(stdout));
  }
}
for (const [name, list] of samples) {
  const cost = median(list.map(([own = 0]) => own));
  const ratio = median(list.map(([own = 0, reference = 1]) => own / reference)).toFixed(1);
  console.log(`${name.padEnd(38)} ${cost.toFixed(0).padStart(5)} ns = ${ratio} copies of 100 B`);
}
