import { describe, expect, it } from 'vitest';
import type { Effect, RaftEvent } from './events.ts';
import type { RoleName } from './roles.ts';
import { batchOf } from './testing/records.ts';
import { SimNode, type SimWorld } from './testing/sim-node.ts';

class Silence implements SimWorld {
  time = 0;
  now = (): number => this.time;
  random = (): number => 0;
  send = (): void => {};
  syncing = (_: SimNode, done: () => void): void => done();
  readonly became: RoleName[] = [];
  observe = (_: SimNode, effect: Effect): void => {
    if (effect.type === 'became') this.became.push(effect.role);
  };
}

const ELECTION_MS = 1000;
const RESIGN_MS = 3000;

/** Brings a replica of three into a role. */
const INTO: Record<RoleName, (node: SimNode, world: Silence) => void> = {
  unattached: () => {},
  prospective: (node, world) => {
    world.time += ELECTION_MS;
    node.step({ type: 'tick' });
  },
  candidate: (node, world) => {
    INTO.prospective(node, world);
    vote(node, 2);
  },
  leader: (node, world) => {
    INTO.candidate(node, world);
    vote(node, 2);
  },
  follower: (node) => {
    const partition = { partitionIndex: 0, voterDirectoryId: '', leaderId: 2, leaderEpoch: 1 };
    const topics = [{ topicName: '__cluster_metadata', partitions: [partition] }];
    const body = { clusterId: null, voterId: -1, topics, leaderEndpoints: [] };
    node.step({ type: 'request', id: 1, api: 'BeginQuorumEpoch', version: 1, body });
  },
  resigned: (node, world) => {
    INTO.leader(node, world);
    node.step({ type: 'resign', epoch: 1 });
  },
};

/** What was asked of `from` is answered with a vote. */
function vote(node: SimNode, from: number): void {
  const epoch = node.raft?.epoch ?? 0;
  const granted = { errorCode: 0, leaderId: -1, leaderEpoch: epoch, voteGranted: true };
  const topics = [
    { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0, ...granted }] },
  ];
  const body = { errorCode: 0, topics, nodeEndpoints: [] };
  const { connections } = node.raft?.quorum ?? {};
  const ids = Array.from({ length: 20 }, (_, id) => id);
  const correlationId = ids.find((id) => connections?.isExpected(from, id)) ?? -1;
  node.step({ type: 'response', from, correlationId, api: 'Vote', body });
}

function nodeAs(role: RoleName): { node: SimNode; world: Silence } {
  const world = new Silence();
  const node = new SimNode(1, { voters: [1, 2, 3], nodes: [1, 2, 3], world });
  node.start();
  INTO[role](node, world);
  return { node, world };
}

const SNAPSHOT = { id: { offset: 3, epoch: 1 }, sizeBytes: 1 };
const EVENTS: Record<string, RaftEvent> = {
  tick: { type: 'tick' },
  sendFailed: { type: 'sendFailed', to: 2, correlationId: 99 },
  propose: { type: 'propose', epoch: 7, batches: [batchOf('a')] },
  resign: { type: 'resign', epoch: 7 },
  synced: { type: 'synced', endOffset: 0 },
  snapshotCreated: { type: 'snapshotCreated', snapshot: SNAPSHOT },
  shutdown: { type: 'shutdown' },
};

/** What a role becomes, one after the other, when it has waited long enough. */
const OUT_OF_PATIENCE: Record<RoleName, RoleName[]> = {
  unattached: ['prospective'],
  prospective: ['unattached', 'prospective'],
  candidate: ['prospective'],
  follower: ['prospective'],
  leader: ['resigned'],
  resigned: ['unattached', 'prospective'],
};

describe.each(Object.keys(INTO) as RoleName[])('a replica that is %s', (role) => {
  it.each(Object.keys(EVENTS))('takes %s', (name) => {
    const { node } = nodeAs(role);
    expect(node.raft?.role).toBe(role);
    const event = EVENTS[name];
    if (event !== undefined) node.step(event);
    const becomes = role === 'leader' && name === 'shutdown' ? 'resigned' : role;
    expect(node.raft?.role).toBe(becomes);
  });

  it('runs out of patience', () => {
    const { node, world } = nodeAs(role);
    world.became.length = 0;
    world.time += RESIGN_MS;
    node.step({ type: 'tick' });
    expect(world.became).toEqual(OUT_OF_PATIENCE[role]);
  });

  it('drops a response that nobody waits for', () => {
    const { node } = nodeAs(role);
    const epoch = node.raft?.epoch;
    const body = { throttleTimeMs: 0, errorCode: 0, errorMessage: null };
    node.step({ type: 'response', from: 9, correlationId: 1, api: 'AddRaftVoter', body });
    expect([node.raft?.role, node.raft?.epoch]).toEqual([role, epoch]);
  });
});
