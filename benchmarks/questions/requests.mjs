/** Small requests answered, by sixteen connections with four in flight each. */
import { ask, connect } from '../lib/client.mjs';
import { ofRequests, requestFigures } from '../lib/figures.mjs';
import { drive } from '../lib/load.mjs';
import { createTopic, deleteTopic, frame } from '../lib/requests.mjs';
import { joined } from '../lib/classic-members.mjs';
import { eachTime, everyone } from './session.mjs';

const connections = 16;
const inFlight = 4;
const sessionTimeoutMs = 60_000;

/**
 * The same request again and again.
 * @param {Buffer} request
 * @param {number} [errorAt] where its response has an error code
 * @returns {import('../lib/load.mjs').Source}
 */
export function repeated(request, errorAt) {
  const frames = Buffer.concat(Array(inFlight).fill(request));
  let expected = 0;
  return {
    requests: (count) => frames.subarray(0, count * request.length),
    reply(head, sizeBytes) {
      expected ||= sizeBytes;
      if (sizeBytes !== expected) throw new Error('answers to the same request differ in size');
      const error = errorAt === undefined ? 0 : head.readInt16BE(errorAt);
      if (error !== 0) throw new Error(`the request is answered with error ${error}`);
      return 0;
    },
  };
}

/** @param {string} topic */
export const metadataFrame = (topic) =>
  frame('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation: false });

/**
 * @param {number} port
 * @param {string} topic
 * @returns {Promise<import('../lib/load.mjs').Source[]>} a group with one member for each connection
 */
async function heartbeats(port, topic) {
  const wire = await connect(port);
  const sources = [];
  for (let i = 0; i < connections; i++) {
    const groupId = `${topic}-${i}`;
    const member = await joined(wire, { groupId, sessionTimeoutMs });
    const errorAt = 4 + 4 + 4; // after length, correlation id and throttle time
    sources.push(repeated(frame('Heartbeat', { groupId, ...member }), errorAt));
  }
  wire.close();
  return sources;
}

/**
 * @param {number} port
 * @param {string} topic
 * @returns {Promise<import('../lib/load.mjs').Source[]>} a group for each connection
 */
async function commits(port, topic) {
  const wire = await connect(port);
  await ask(wire, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [topic] });
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }];
  const request = { generationIdOrMemberEpoch: -1, memberId: '' };
  const sources = [];
  for (let i = 0; i < connections; i++) {
    const commit = { ...request, groupId: `${topic}-${i}`, topics: [{ name: topic, partitions }] };
    await ask(wire, 'OffsetCommit', 7, commit); // once more until the coordinator is there
    const errorAt = 4 + 4 + 4 + 4 + 2 + topic.length + 4 + 4;
    sources.push(repeated(frame('OffsetCommit', commit), errorAt));
  }
  wire.close();
  return sources;
}

/** @param {string} topic */
const metadata = (topic) =>
  Promise.resolve(Array.from({ length: connections }, () => repeated(metadataFrame(topic))));

/**
 * @param {string} name
 * @param {(port: number, topic: string) => Promise<import('../lib/load.mjs').Source[]>} prepare
 * @returns {import('./index.mjs').Point}
 */
const point = (name, prepare) => ({
  question: 'requests',
  name,
  figures: requestFigures,
  headline: [0, 4],
  variants: everyone,
  open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
    const { port } = broker;
    const topic = `requests-${unique}`;
    await createTopic(port, { topic, partitions: 1 });
    const sources = await prepare(port, topic);
    const cpuSeconds = () => broker.cpuSeconds();
    const done = await drive({ port, sources, inFlight, warmUpMs, durationMs, cpuSeconds });
    await deleteTopic(port, topic);
    return ofRequests(done, broker);
  }),
});

export const requests = [
  point('Metadata of one topic', (_port, topic) => metadata(topic)),
  point('Heartbeat', heartbeats),
  point('OffsetCommit of one partition', commits),
];
