/**
 * Groups of many members: a rebalance of the classic protocol from the first JoinGroup to the last
 * SyncGroup, and members of the new protocol (KIP-848) that join, and send heartbeats when nothing changes.
 */
import { randomUUID } from 'node:crypto';
import { newGroup, rebalance } from '../lib/classic-members.mjs';
import { ask, connect, repeat } from '../lib/client.mjs';
import { cost } from '../lib/figures.mjs';
import { createTopic, deleteTopic } from '../lib/requests.mjs';
import { both, eachTime } from './session.mjs';

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
  group: 'groups, new protocol',
  name: `heartbeats of ${members.toLocaleString('en-US')} members`,
  figures: [
    { unit: 'heartbeats/s' },
    cost('CPU s/million heartbeats'),
    cost('s until all have joined'),
  ],
  headline: members === 1000 ? [0] : [],
  variants: both,
  isExtra: members > 1000,
  open: eachTime(async ({ broker, warmUpMs, durationMs, unique }) => {
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
  }),
});

const sessionTimeoutMs = 300_000;
/** What has run a few times only is slow on either side, and CPU is counted in hundredths of a second. */
const warmUpRebalances = 10;
const rebalancedMembers = 5000;

/**
 * @param {number} count of members, each on a connection of its own: a JoinGroup that waits holds up
 *   what comes after it
 * @returns {import('./index.mjs').Point}
 */
const rebalanceOf = (count) => ({
  question: 'groups',
  group: 'groups, classic protocol',
  name: `rebalance of ${count.toLocaleString('en-US')} members`,
  figures: [cost('ms'), cost('server CPU ms')],
  headline: count === 1000 ? [0] : [],
  variants: both,
  open: eachTime(async ({ broker, unique }) => {
    const groupId = `rebalance-${unique}`;
    const wires = await Promise.all(Array.from({ length: count }, () => connect(broker.port)));
    const operator = await connect(broker.port);
    const group = await newGroup(wires, { groupId, sessionTimeoutMs, operator });
    for (let i = 0; i < warmUpRebalances; i++) await rebalance(group);
    const rebalances = Math.max(5, rebalancedMembers / count);
    const begin = { at: performance.now(), cpu: broker.cpuSeconds() };
    for (let i = 0; i < rebalances; i++) await rebalance(group);
    const figures = [
      (performance.now() - begin.at) / rebalances,
      ((broker.cpuSeconds() - begin.cpu) * 1000) / rebalances,
    ];
    const members = group.members.map(({ memberId }) => ({ memberId }));
    await ask(operator, 'LeaveGroup', 3, { groupId, members });
    for (const wire of [operator, ...wires]) wire.close();
    return figures;
  }),
});

export const groups = [...[10, 100, 1000].map(rebalanceOf), ...[1000, 10_000].map(heartbeatsOf)];
