#!/usr/bin/env node
/**
 * What a record costs the producer of @tidelog/client, in nanoseconds of CPU: partition, batch, CRC, request
 * and result, against a broker in the same process that reads nothing and answers at once. Beside it what
 * copying 100 bytes costs at the same moment: figures of a busy machine are only worth their ratio to it.
 *
 *   npm run build && node benchmarks/client/encode.mjs
 */
import { createClient } from '@tidelog/client';
import { encodeResponse } from '@tidelog/network';
import { NodeClock, NodeRandom } from '@tidelog/platform';
import { apiOf, apis, Reader, requestHeader } from '@tidelog/protocol';

const RECORDS = 400_000;
const ROUNDS = 7;
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
  return rounds.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

function copying() {
  const from = Buffer.alloc(100, 'x');
  const to = Buffer.allocUnsafeSlow(16_384);
  return measure((count) => {
    for (let i = 0; i < count; i++) from.copy(to, (i & 127) * 100);
  });
}

/** @param {(i: number) => object} message @param {object} [options] */
async function sending(message, options = {}) {
  const client = createClient({
    bootstrapServers: 'sink:1',
    platform: /** @type {any} */ (platform),
  });
  const producer = client.producer({ batchSizeBytes: 16_384, lingerMs: 0, ...options });
  const messages = Array.from({ length: 10_000 }, (_, i) => ({ topic: 't', ...message(i) }));
  await producer.sendAll(/** @type {any} */ (messages));
  const result = await measure(async (count) => {
    for (let sent = 0; sent < count; sent += messages.length) {
      await producer.sendAll(/** @type {any} */ (messages));
    }
  });
  await client.close();
  return result;
}

const value = Buffer.alloc(100, 'x');
const text = 'x'.repeat(100);
const cases = /** @type {const} */ ([
  ['100 B, no key', () => sending(() => ({ value }))],
  ['100 B, key of 8 B', () => sending((i) => ({ key: Buffer.from(`k${1e6 + i}`), value }))],
  [
    '100 characters, key of 8 characters',
    () => sending((i) => ({ key: `k${1e6 + i}`, value: text })),
  ],
  ['100 B, one header', () => sending(() => ({ value, headers: { a: 'b' } }))],
  ['100 B, batches of 128 KiB', () => sending(() => ({ value }), { batchSizeBytes: 131_072 })],
]);
for (const [name, run] of cases) {
  const reference = await copying();
  const cost = await run();
  const ratio = (cost / reference).toFixed(1);
  console.log(`${name.padEnd(38)} ${cost.toFixed(0).padStart(5)} ns = ${ratio} copies of 100 B`);
}
process.exit(0);
