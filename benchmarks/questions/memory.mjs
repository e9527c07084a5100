/**
 * What state that is kept for each id costs: resident memory before and after there are many. Of Apache
 * Kafka this would tell nothing, since its JVM reserves the whole heap at the start.
 */
import { BatchBuilder } from '@tidelog/protocol';
import { ask, connect } from '../lib/client.mjs';
import { sleep } from '../lib/load.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';

const producerIds = 100_000;
const groupCount = 10_000;
const inFlight = 64;

/**
 * @param {number} port
 * @param {number} count
 * @param {(connection: any, i: number) => Promise<unknown>} task
 */
async function forEach(port, count, task) {
  const connection = await connect(port);
  let next = 0;
  const lane = async () => {
    while (next < count) await task(connection, next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  connection.close();
  await sleep(1000); // garbage of the last requests may go
}

/** @type {import('./index.mjs').Point} */
const idleProducers = {
  question: 'memory',
  name: `${producerIds / 1000},000 idle producer ids`,
  figures: [{ unit: 'MB more', lowerIsBetter: true }],
  only: 'tidelog',
  async measure({ broker, unique }) {
    const { port } = broker;
    const topic = `producers-${unique}`;
    await createTopic(port, { topic, partitions: 1 });
    const value = Buffer.alloc(10, 'x');
    const produce = async (/** @type {any} */ connection, /** @type {number} */ producerId) => {
      const builder = new BatchBuilder(256);
      builder.append(Date.now(), null, value);
      const records = Buffer.from(
        builder.finish({ producerId, producerEpoch: 0, baseSequence: 0 }),
      );
      const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
      const request = { transactionalId: null, acks: 1, timeoutMs: 30_000, topicData };
      await ask(connection, 'Produce', 9, request);
    };
    await forEach(port, 1000, produce);
    const before = broker.residentMB();
    await forEach(port, producerIds, (connection, i) => produce(connection, 1000 + i));
    const more = broker.residentMB() - before;
    await deleteTopic(port, topic);
    return [more];
  },
};

/** @type {import('./index.mjs').Point} */
const committedGroups = {
  question: 'memory',
  name: `${groupCount / 1000},000 groups with an offset`,
  figures: [{ unit: 'MB more', lowerIsBetter: true }],
  only: 'tidelog',
  async measure({ broker, unique }) {
    const { port } = broker;
    const topic = `groups-${unique}`;
    await createTopic(port, { topic, partitions: 1 });
    const commit = async (/** @type {any} */ connection, /** @type {number} */ i) => {
      const partitions = [{ partitionIndex: 0, committedOffset: i, committedMetadata: '' }];
      const topics = [{ name: topic, partitions }];
      const groupId = `${topic}-${i}`;
      const request = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics };
      await ask(connection, 'OffsetCommit', 8, request);
    };
    const first = await connect(port);
    await ask(first, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [topic] });
    first.close();
    await forEach(port, 100, (connection, i) => commit(connection, groupCount + i));
    const before = broker.residentMB();
    await forEach(port, groupCount, commit);
    const more = broker.residentMB() - before;
    await deleteTopic(port, topic);
    return [more];
  },
};

export const memory = [idleProducers, committedGroups];
