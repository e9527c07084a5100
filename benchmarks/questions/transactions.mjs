/** Transactions of some records each, by eight producers side by side (version 2 of KIP-890). */
import { BatchBuilder } from '@tidelog/protocol';
import { ask, connect, repeat } from '../lib/client.mjs';
import { cost } from '../lib/figures.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';
import { both, eachTime } from './session.mjs';

const producers = 8;
const recordBytes = 100;

/**
 * @param {number} records
 * @returns {import('./index.mjs').Point}
 */
const transactionsOf = (records) => ({
  question: 'transactions',
  name: `transactions of ${records} records`,
  figures: [{ unit: 'transactions/s' }, cost('CPU s/thousand')],
  headline: records === 10 ? [0, 1] : [],
  variants: both,
  open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
    const topic = `transactions-${unique}`;
    await createTopic(broker.port, { topic, partitions: producers });
    const lanes = await Promise.all(
      Array.from({ length: producers }, (_, lane) =>
        producer(broker.port, { topic, lane, records }),
      ),
    );
    const cpuSeconds = () => broker.cpuSeconds();
    const options = { lanes: producers, warmUpMs, durationMs, cpuSeconds };
    const done = await repeat(options, (lane) => /** @type {any} */ (lanes[lane]).transact());
    for (const { connection } of lanes) connection.close();
    await deleteTopic(broker.port, topic);
    return [done.count / done.seconds, done.cpuSeconds / (done.count / 1e3)];
  }),
});

/**
 * @param {number} port
 * @param {{ topic: string, lane: number, records: number }} what
 */
async function producer(port, { topic, lane, records }) {
  const connection = await connect(port);
  const transactionalId = `${topic}-${lane}`;
  await ask(connection, 'FindCoordinator', 4, { keyType: 1, coordinatorKeys: [transactionalId] });
  const init = { transactionalId, transactionTimeoutMs: 60_000 };
  let { producerId, producerEpoch } = await ask(connection, 'InitProducerId', 5, init);
  let sequence = 0;
  const value = Buffer.alloc(recordBytes, 'x');
  const transact = async () => {
    const builder = new BatchBuilder();
    const now = Date.now();
    for (let i = 0; i < records; i++) builder.append(now, null, value);
    const batch = { producerId, producerEpoch, baseSequence: sequence, transactional: true };
    const partitionData = [{ index: lane, records: Buffer.from(builder.finish(batch)) }];
    const topicData = [{ name: topic, partitionData }];
    const produce = { transactionalId, acks: -1, timeoutMs: 30_000, topicData };
    await ask(connection, 'Produce', 12, produce);
    const end = { transactionalId, producerId, producerEpoch, committed: true };
    const ended = await ask(connection, 'EndTxn', 5, end);
    const isRenewed = ended.producerEpoch !== producerEpoch || ended.producerId !== producerId;
    sequence = isRenewed ? 0 : sequence + records;
    ({ producerId, producerEpoch } = ended);
  };
  return { connection, transact };
}

export const transactions = [10, 100, 1000].map(transactionsOf);
