/** Records acquired and accepted by the members of share groups (KIP-932), each batch with the next fetch. */
import { randomUUID } from 'node:crypto';
import { ask, connect } from '../lib/client.mjs';
import { flowFigures, perByte } from '../lib/figures.mjs';
import { sleep } from '../lib/load.mjs';
import { fill } from '../lib/produce-load.mjs';
import { buildBatch, deleteTopic } from '../lib/requests.mjs';
import { both, eachTime } from './session.mjs';

/** Groups that read the topic one after the other, the first of them as a warm-up. */
const rounds = 3;
const partitionBytes = 64 << 20;
const version = 2;
const accept = 1;
const pollMs = 20;

/** @typedef {Awaited<ReturnType<typeof connect>>} Wire */
/** @typedef {{ firstOffset: number, lastOffset: number }} Acquired */

/**
 * A member that alone has one partition in its group's share session.
 * @param {Wire} wire
 * @param {{ groupId: string, topicId: string, partitionIndex: number }} what
 */
function member(wire, { groupId, topicId, partitionIndex }) {
  const memberId = randomUUID();
  let shareSessionEpoch = 0;
  /**
   * @param {Acquired[]} accepted
   * @param {number} maxRecords
   * @returns {Promise<{ acquiredRecords: Acquired[], sizeBytes: number }>}
   */
  return async function fetch(accepted, maxRecords) {
    const acknowledgementBatches = accepted.map(({ firstOffset, lastOffset }) => ({
      firstOffset,
      lastOffset,
      acknowledgeTypes: [accept],
    }));
    const partitions = [{ partitionIndex, acknowledgementBatches }];
    const request = {
      groupId,
      memberId,
      shareSessionEpoch: shareSessionEpoch++,
      maxWaitMs: maxRecords === 0 ? 0 : 500,
      minBytes: 1,
      maxBytes: 1 << 20,
      maxRecords,
      batchSize: 500,
      topics: [{ topicId, partitions }],
      forgottenTopicsData: [],
    };
    const { responses } = await ask(wire, 'ShareFetch', version, request);
    const found = responses[0]?.partitions[0];
    const sizeBytes = found?.records?.length ?? 0;
    return { acquiredRecords: found?.acquiredRecords ?? [], sizeBytes };
  };
}

/**
 * Makes a group that begins where the topic begins, and waits until its partitions can be read.
 * @param {Wire} wire
 * @param {{ groupId: string, topic: string, partitions: number }} what
 */
async function prepare(wire, { groupId, topic, partitions }) {
  const configs = [{ name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' }];
  const resources = [{ resourceType: 32, resourceName: groupId, configs }];
  await ask(wire, 'IncrementalAlterConfigs', 1, { resources, validateOnly: false });
  await ask(wire, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] });
  const join = { groupId, memberId: randomUUID(), memberEpoch: 0, subscribedTopicNames: [topic] };
  await ask(wire, 'ShareGroupHeartbeat', 1, join);
  const question = {
    groupId,
    topics: [{ topicName: topic, partitions: [...Array(partitions).keys()] }],
  };
  for (;;) {
    const { groups } = await wire.send('DescribeShareGroupOffsets', 1, { groups: [question] });
    const found = groups[0]?.topics.flatMap(({ partitions: list }) => list) ?? [];
    if (found.length === partitions && found.every(({ errorCode }) => errorCode === 0)) return;
    await sleep(pollMs);
  }
}

/** @type {import('./index.mjs').Point} */
const acquire = {
  question: 'share',
  name: 'share fetch and accept, 500 records of 1 KiB',
  figures: flowFigures,
  headline: [0, 1],
  variants: both,
  open: eachTime(async ({ broker, unique }) => {
    const { port } = broker;
    const topic = `share-${unique}`;
    const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 });
    const what = { topic, partitions: 4, batch: batch.bytes, partitionBytes };
    const batches = await fill(port, what);
    const wires = await Promise.all(batches.map(() => connect(port)));
    const wire = /** @type {Wire} */ (wires[0]);
    const { topics } = await ask(wire, 'Metadata', 12, { topics: [{ name: topic }] });
    const { topicId } = topics[0];
    const groups = Array.from({ length: rounds }, (_, round) => `${topic}-${round}`);
    for (const groupId of groups) {
      await prepare(wire, { groupId, topic, partitions: batches.length });
    }
    const read = async (/** @type {string} */ groupId) => {
      let bytes = 0;
      const lanes = batches.map(async (count, partitionIndex) => {
        const fetch = member(/** @type {Wire} */ (wires[partitionIndex]), {
          groupId,
          topicId,
          partitionIndex,
        });
        const end = count * batch.records;
        let accepted = /** @type {Acquired[]} */ ([]);
        for (let next = 0; next < end; ) {
          const { acquiredRecords, sizeBytes } = await fetch(accepted, 500);
          bytes += sizeBytes;
          next = (acquiredRecords.at(-1)?.lastOffset ?? next - 1) + 1;
          accepted = acquiredRecords;
        }
        await fetch(accepted, 0);
      });
      await Promise.all(lanes);
      return bytes;
    };
    await read(/** @type {string} */ (groups.shift()));
    const begin = { at: performance.now(), cpu: broker.cpuSeconds() };
    let bytes = 0;
    for (const groupId of groups) bytes += await read(groupId);
    const seconds = (performance.now() - begin.at) / 1000;
    const cpuSeconds = broker.cpuSeconds() - begin.cpu;
    for (const each of wires) each.close();
    await deleteTopic(port, topic);
    return perByte({ bytes, seconds, cpuSeconds });
  }),
};

export const share = [acquire];
