/** Members of groups of the classic protocol. */
import { ask } from './client.mjs';

const MEMBER_ID_REQUIRED = 79; // the answer has the id to come back with
const REBALANCE_IN_PROGRESS = 27;

/** @typedef {Awaited<ReturnType<typeof import('./client.mjs').connect>>} Wire */
/** @typedef {{ memberId: string, generationId: number }} Member */

/**
 * @param {string} groupId
 * @param {string} memberId
 * @param {number} sessionTimeoutMs
 */
const joinRequest = (groupId, memberId, sessionTimeoutMs) => ({
  groupId,
  sessionTimeoutMs,
  rebalanceTimeoutMs: 60_000,
  memberId,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.alloc(6) }],
});

/**
 * Gets an id for a new member.
 * @param {Wire} wire
 * @param {{ groupId: string, sessionTimeoutMs: number }} group
 * @returns {Promise<string>}
 */
async function newMemberId(wire, { groupId, sessionTimeoutMs }) {
  await ask(wire, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] });
  for (;;) {
    const request = joinRequest(groupId, '', sessionTimeoutMs);
    const { errorCode, memberId } = await wire.send('JoinGroup', 5, request);
    if (errorCode === MEMBER_ID_REQUIRED) return memberId;
    if (errorCode !== 14 && errorCode !== 16) throw new Error(`JoinGroup answers ${errorCode}`);
  }
}

/**
 * Joins as the only member of a group.
 * @param {Wire} wire
 * @param {{ groupId: string, sessionTimeoutMs: number }} group
 * @returns {Promise<Member>}
 */
export async function joined(wire, group) {
  const { groupId, sessionTimeoutMs } = group;
  const memberId = await newMemberId(wire, group);
  const answer = await ask(wire, 'JoinGroup', 5, joinRequest(groupId, memberId, sessionTimeoutMs));
  const member = { memberId, generationId: answer.generationId };
  const assignments = [{ memberId, assignment: Buffer.alloc(1) }];
  await ask(wire, 'SyncGroup', 3, { groupId, ...member, assignments });
  return member;
}

/**
 * @typedef {object} Group
 * @property {string} groupId
 * @property {number} sessionTimeoutMs
 * @property {Wire} operator asks on behalf of members whose own connections wait
 * @property {(Member & { wire: Wire })[]} members the first of them leads
 */

/**
 * A group of one member for each connection.
 * @param {Wire[]} wires
 * @param {{ groupId: string, sessionTimeoutMs: number, operator: Wire }} what
 * @returns {Promise<Group>}
 */
export async function newGroup(wires, what) {
  /** @type {Group['members']} */
  const members = [];
  for (const wire of wires) {
    // The first one alone makes a generation, and leads from then on.
    const isFirst = members.length === 0;
    const member = isFirst
      ? await joined(wire, what)
      : { memberId: await newMemberId(wire, what), generationId: -1 };
    members.push({ ...member, wire });
  }
  const group = { ...what, members };
  if (members.length > 1) await rebalance(group);
  return group;
}

/**
 * All members enter the group's next generation, as after a change of their subscriptions: the leader's
 * request begins the rebalance, which the others must not come before.
 * @param {Group} group
 */
export async function rebalance(group) {
  const { groupId, sessionTimeoutMs, members } = group;
  const rejoin = async (/** @type {Group['members'][number]} */ member) => {
    const { wire, memberId } = member;
    const request = joinRequest(groupId, memberId, sessionTimeoutMs);
    const { generationId, leader } = await ask(wire, 'JoinGroup', 5, request);
    const assignment = Buffer.alloc(100);
    const assignments =
      leader === memberId ? members.map((each) => ({ memberId: each.memberId, assignment })) : [];
    await ask(wire, 'SyncGroup', 3, { groupId, generationId, memberId, assignments });
    member.generationId = generationId;
  };
  const [leader, ...others] = members;
  if (leader === undefined) return;
  const { memberId, generationId } = leader;
  const led = rejoin(leader);
  const heartbeat = { groupId, memberId, generationId };
  while (others.length > 0) {
    const { errorCode } = await group.operator.send('Heartbeat', 3, heartbeat);
    if (errorCode === REBALANCE_IN_PROGRESS) break;
  }
  await Promise.all([led, ...others.map(rejoin)]);
}
