/** Heartbeats of a large group of the new protocol (KIP-848), when nothing changes. */
import { randomUUID } from 'node:crypto';
import { ask, connect, repeat } from '../lib/client.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';

const connections = 16;
const partitions = 100;
/** Members that join at the same time. */
const together = 64;

/**
 * @param {number} members
 * @returns {import('./index.mjs').Point}
 */
const heartbeatsOf = (members) => ({
  question: 'groups',
  name: `heartbeats of ${members} members`,
  figures: [
    { unit: 'heartbeats/s' },
    { unit: 'CPU s/million', lowerIsBetter: true },
    { unit: 's until all have joined', lowerIsBetter: true },
  ],
  async measure({ broker, warmUpMs, durationMs, unique }) {
    const { port } = broker;
    const topic = `group-${unique}`;
    const groupId = topic;
    await createTopic(port, { topic, partitions });
    const wires = await Promise.all(Array.from({ length: connections }, () => connect(port)));
    const wireOf = (/** @type {number} */ member) =>
      /** @type {any} */ (wires[member % connections]);
    await ask(wireOf(0), 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] });
    /** @type {{ memberId: string, memberEpoch: number }[]} */
    const joined = [];
    const begin = performance.now();
    const join = async () => {
      while (joined.length < members) {
        const memberId = randomUUID();
        const member = { memberId, memberEpoch: 0 };
        const wire = wireOf(joined.push(member));
        const first = {
          groupId,
          ...member,
          rebalanceTimeoutMs: 600_000,
          subscribedTopicNames: [topic],
          topicPartitions: [],
        };
        const answer = await ask(wire, 'ConsumerGroupHeartbeat', 0, first);
        member.memberEpoch = answer.memberEpoch;
      }
    };
    await Promise.all(Array.from({ length: together }, join));
    const joinSeconds = (performance.now() - begin) / 1000;
    let next = 0;
    const heartbeat = async () => {
      const at = next++ % members;
      const member = /** @type {{ memberId: string, memberEpoch: number }} */ (joined[at]);
      const request = { groupId, ...member, topicPartitions: null };
      const answer = await ask(wireOf(at), 'ConsumerGroupHeartbeat', 0, request);
      member.memberEpoch = answer.memberEpoch;
    };
    const cpuSeconds = () => broker.cpuSeconds();
    const options = { lanes: together, warmUpMs, durationMs, cpuSeconds };
    const done = await repeat(options, heartbeat);
    for (const wire of wires) wire.close();
    await deleteTopic(port, topic);
    return [done.count / done.seconds, done.cpuSeconds / (done.count / 1e6), joinSeconds];
  },
});

export const groups = [1000, 10_000].map(heartbeatsOf);
