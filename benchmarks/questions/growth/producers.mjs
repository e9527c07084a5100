/** Producer ids that have written one record each. */
import { BatchBuilder } from '@tidelog/protocol';
import { ask } from '../../lib/client.mjs';
import { cost, costOfEach } from '../../lib/figures.mjs';
import { createTopic } from '../../lib/requests.mjs';
import { cpuMicros, forEach, restart, series } from './series.mjs';

const topic = 'written';

/** @param {any} connection @param {number} producerId */
function produce(connection, producerId) {
  const builder = new BatchBuilder(256);
  builder.append(Date.now(), null, 'x');
  const batch = { producerId, producerEpoch: 0, baseSequence: 0 };
  const partitionData = [{ index: 0, records: Buffer.from(builder.finish(batch)) }];
  const topicData = [{ name: topic, partitionData }];
  const request = { transactionalId: null, acks: 1, timeoutMs: 30_000, topicData };
  return ask(connection, 'Produce', 9, request);
}

export const producers = series(
  {
    what: 'producer ids',
    sizes: [1000, 10_000, 100_000],
    figures: [
      costOfEach('CPU µs of a first batch'),
      costOfEach('KB of memory, each'),
      cost('ms of a restart'),
    ],
  },
  async ({ broker }, size) => {
    const { port } = broker;
    await createTopic(port, { topic, partitions: 1 });
    await forEach(port, { from: 1e6, count: 2000 }, produce); // warms the code up
    const before = broker.residentMB();
    const produces = () => forEach(port, { from: 0, count: size }, produce);
    const micros = await cpuMicros(broker, size, produces);
    const more = broker.residentMB() - before;
    return [micros, (more * 1000) / size, await restart(broker)];
  },
);
