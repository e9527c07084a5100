/** Groups with one committed offset each. */
import { ask } from '../../lib/client.mjs';
import { cost, costOfEach } from '../../lib/figures.mjs';
import { createTopic } from '../../lib/requests.mjs';
import { coordinated, cpuMicros, forEach, restart, series } from './series.mjs';

const topic = 'read';

/** @param {any} connection @param {number} i */
function commit(connection, i) {
  const partitions = [{ partitionIndex: 0, committedOffset: i, committedMetadata: '' }];
  const topics = [{ name: topic, partitions }];
  const request = { generationIdOrMemberEpoch: -1, memberId: '', topics };
  return ask(connection, 'OffsetCommit', 8, { groupId: `group-${i}`, ...request });
}

export const groups = series(
  {
    what: 'groups',
    sizes: [1000, 10_000, 100_000],
    figures: [
      costOfEach('CPU µs of a first commit'),
      costOfEach('KB of memory, each'),
      cost('ms of a restart'),
    ],
  },
  async ({ broker }, size) => {
    const { port } = broker;
    await createTopic(port, { topic, partitions: 1 });
    await coordinated(port, 'group-0');
    // The first ones warm the code and the coordinator up.
    await forEach(port, { from: 1e6, count: 2000 }, commit);
    const before = broker.residentMB();
    const commits = () => forEach(port, { from: 0, count: size }, commit);
    const micros = await cpuMicros(broker, size, commits);
    const more = broker.residentMB() - before;
    return [micros, (more * 1000) / size, await restart(broker)];
  },
);
