/**
 * Prebuilt requests. Their versions are the last before the flexible ones, so that each field of a
 * response stands at a fixed place; the path behind them is the same.
 */
import { encodeRequest } from '@tidelog/network';
import { apis, BatchBuilder, codecs, Reader, Writer } from '@tidelog/protocol';
import { ask } from '../../conformance/lib/wire.mjs';

const versions = {
  Produce: 8,
  Fetch: 11,
  ListOffsets: 5,
  OffsetCommit: 7,
  Heartbeat: 3,
  Metadata: 8,
  CreateTopics: 4,
  DeleteTopics: 3,
};

/**
 * One whole request.
 * @param {keyof typeof versions} name
 * @param {unknown} request
 * @returns {Buffer}
 */
export function frame(name, request) {
  const header = { version: versions[name], correlationId: 1, clientId: 'bench' };
  return Buffer.concat(encodeRequest(apis[name], header, request));
}

/**
 * A batch of records of one size, as full as `batchBytes` allows. With zstd its records compress to
 * about a half, and it holds twice as much.
 * @param {{ batchBytes: number, recordBytes: number, codec?: 'none' | 'zstd' }} shape
 * @returns {{ bytes: Buffer, records: number }}
 */
export function buildBatch({ batchBytes, recordBytes, codec = 'none' }) {
  const plainBytes = codec === 'none' ? batchBytes : 2 * batchBytes;
  const builder = new BatchBuilder(plainBytes);
  const now = Date.now();
  let seed = 1;
  const value = () => {
    const bytes = Buffer.alloc(recordBytes);
    for (let i = 0; i < recordBytes; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      bytes[i] = 0x61 + ((seed >> 16) & 15); // four bits of chance in a byte
    }
    return bytes;
  };
  let one = builder.append(now, null, value());
  while (builder.sizeBytes + one + 1 <= plainBytes) one = builder.append(now, null, value());
  const records = builder.recordCount;
  return { bytes: Buffer.from(builder.finish({ codec: codecs[codec] })), records };
}

/**
 * @param {{ topic: string, partition: number, acks: number, batch: Buffer }} what
 * @returns {Buffer}
 */
export function produceFrame({ topic, partition, acks, batch }) {
  return frame('Produce', {
    transactionalId: null,
    acks,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
  });
}

/** Where a produce response has its error code: behind one topic and one partition index. */
export const produceErrorAt = (/** @type {string} */ topic) => 4 + 4 + 4 + 2 + topic.length + 4 + 4;

/**
 * @param {{ topic: string, partition: number, maxBytes: number, maxWaitMs: number }} what
 * @returns {{ frame: Buffer, offsetAt: number }} `offsetAt` is where the fetch offset stands
 */
export function fetchFrame({ topic, partition, maxBytes, maxWaitMs }) {
  const marker = 0x1234567890abcd;
  const bytes = frame('Fetch', {
    maxWaitMs,
    minBytes: 1,
    maxBytes: 50 << 20,
    topics: [
      { topic, partitions: [{ partition, fetchOffset: marker, partitionMaxBytes: maxBytes }] },
    ],
    forgottenTopicsData: [],
  });
  const wanted = Buffer.alloc(8);
  wanted.writeBigInt64BE(BigInt(marker));
  return { frame: bytes, offsetAt: bytes.indexOf(wanted) };
}

/**
 * Reads a fetch response of one partition.
 * @param {Buffer} head
 * @param {string} topic
 * @returns {number} the bytes of its record batches
 */
export function fetchedBytes(head, topic) {
  const partition = 4 + 4 + 4 + 2 + 4 + 4 + 2 + topic.length + 4 + 4; // behind the partition index
  const error = head.readInt16BE(12) || head.readInt16BE(partition);
  if (error !== 0) throw new Error(`Fetch answers error ${error}`);
  const aborted = head.readInt32BE(partition + 2 + 24);
  return head.readInt32BE(partition + 2 + 24 + 4 + Math.max(0, aborted) * 16 + 4);
}

/** @param {string} topic */
export function metadataFrame(topic) {
  return frame('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation: false });
}

/**
 * @param {number} port
 * @param {keyof typeof versions} name
 * @param {unknown} request
 */
function call(port, name, request) {
  const api = apis[name];
  const version = versions[name];
  const writer = new Writer(256);
  api.request.write(writer, /** @type {any} */ (request), version);
  const body = Buffer.concat(writer.chunks());
  return ask(`127.0.0.1:${port}`, { api: api.key, version, body }, 30_000);
}

/**
 * Creates a topic with one replica.
 * @param {number} port
 * @param {{ topic: string, partitions: number, configs?: Record<string, string> }} what
 */
export async function createTopic(port, { topic, partitions, configs = {} }) {
  const answer = await call(port, 'CreateTopics', {
    topics: [
      {
        name: topic,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: 30_000,
    validateOnly: false,
  });
  const error = answer.readInt16BE(4 + 4 + 2 + topic.length); // after throttle time, count and name
  if (error !== 0) throw new Error(`CreateTopics of ${topic} answers error ${error}`);
  await untilLed(port, topic, partitions);
}

/**
 * Waits until the broker leads every partition: it may tell of a topic before it does.
 * @param {number} port
 * @param {string} topic
 * @param {number} count of partitions
 */
export async function untilLed(port, topic, count) {
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: -1,
  }));
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answer = await call(port, 'ListOffsets', { topics: [{ name: topic, partitions }] });
    const { topics } = apis.ListOffsets.response.read(new Reader(answer), versions.ListOffsets);
    if (topics[0]?.partitions.every((partition) => partition.errorCode === 0)) return;
    if (Date.now() > deadline) throw new Error(`${topic} has no leaders`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * @param {number} port
 * @param {string} topic
 */
export async function deleteTopic(port, topic) {
  await call(port, 'DeleteTopics', { topicNames: [topic], timeoutMs: 30_000 });
}
