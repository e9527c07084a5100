import { type ErrorName, errorOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import type { RaftEvent } from './events.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID, type RaftApi } from './messages.ts';
import { directoryId, voter } from './testing/records.ts';
import { SimNode, type SimWorld } from './testing/sim-node.ts';

/** A world where nothing arrives, and syncs end at once. */
const SILENCE: SimWorld = {
  now: () => 0,
  random: () => 0,
  send: () => {},
  syncing: (_, done) => done(),
  observe: () => {},
};

/** Leads epoch 1, as the only voter. */
function leader(): SimNode {
  const node = new SimNode(1, { voters: [1], nodes: [1], world: SILENCE });
  node.start();
  return node;
}

/** Knows, in epoch 1, that 2 leads. */
function follower(): SimNode {
  const node = new SimNode(1, { voters: [1, 2, 3], nodes: [1, 2, 3], world: SILENCE });
  node.start();
  ask(node, 'BeginQuorumEpoch', beginQuorumEpoch({ leaderEpoch: 1, leaderId: 2 }));
  return node;
}

interface Answer {
  readonly error: ErrorName;
  readonly body: Record<string, unknown>;
}

/** The body of the reply, and its error: that of the partition where there is one. */
function ask(node: SimNode, api: RaftApi, body: object): Answer {
  const event = { type: 'request', id: 9, api, version: VERSIONS[api], body } as RaftEvent;
  for (const effect of node.raft?.step(event, 0) ?? []) {
    if (effect.type !== 'reply' || effect.id !== 9) continue;
    const answer = effect.body as unknown as Record<string, unknown>;
    const topics = (answer['topics'] ?? answer['responses'] ?? []) as { partitions: object[] }[];
    const partition = (topics[0]?.partitions[0] ?? answer) as { errorCode: number };
    const { errorCode } = answer as { errorCode: number };
    return { error: nameOf(errorCode === 0 ? partition.errorCode : errorCode), body: answer };
  }
  throw new Error(`no reply to ${api}`);
}

const nameOf = (code: number): ErrorName => errorOf(code).name as ErrorName;

const VERSIONS: Record<RaftApi, number> = {
  Vote: 2,
  BeginQuorumEpoch: 1,
  EndQuorumEpoch: 1,
  Fetch: 17,
  FetchSnapshot: 1,
  DescribeQuorum: 2,
  AddRaftVoter: 1,
  RemoveRaftVoter: 0,
  UpdateRaftVoter: 0,
};

const topicsOf = (partition: object): object => ({
  topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0, ...partition }] }],
});

function vote(partition: object, top: object = {}): object {
  const asked = {
    replicaEpoch: 2,
    replicaId: 2,
    replicaDirectoryId: directoryId(2),
    voterDirectoryId: directoryId(1),
    lastOffsetEpoch: 1,
    lastOffset: 100,
    preVote: false,
    ...partition,
  };
  return { clusterId: 'cluster', voterId: 1, ...topicsOf(asked), ...top };
}

function beginQuorumEpoch(partition: object, top: object = {}): object {
  const asked = { voterDirectoryId: directoryId(1), leaderId: 2, leaderEpoch: 2, ...partition };
  const common = { clusterId: 'cluster', voterId: 1, leaderEndpoints: [] };
  return { ...common, ...topicsOf(asked), ...top };
}

function fetch(partition: object, top: object = {}): object {
  const asked = {
    partition: 0,
    currentLeaderEpoch: 1,
    fetchOffset: 0,
    lastFetchedEpoch: 0,
    replicaDirectoryId: directoryId(2),
    highWatermark: -1,
    ...partition,
  };
  const topics = [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [asked] }];
  const replicaState = { replicaId: 2, replicaEpoch: -1 };
  const common = { clusterId: 'cluster', replicaId: -1, replicaState, maxWaitMs: 0, maxBytes: 1e6 };
  return { ...common, topics, ...top };
}

function fetchSnapshot(partition: object, top: object = {}): object {
  const asked = {
    partition: 0,
    currentLeaderEpoch: 1,
    snapshotId: { endOffset: 2, epoch: 1 },
    position: 0,
    replicaDirectoryId: directoryId(2),
    ...partition,
  };
  const topics = [{ name: METADATA_TOPIC, partitions: [asked] }];
  return { clusterId: 'cluster', replicaId: 2, maxBytes: 1e6, topics, ...top };
}

const OLD_PRE_VOTE = { replicaEpoch: 0, lastOffsetEpoch: 0, preVote: true };
const OTHER_CLUSTER = { clusterId: 'another' };
const OTHER_TOPIC = { topics: [{ topicName: 'orders', name: 'orders', partitions: [{}] }] };

describe('a leader answers', () => {
  it.each<[RaftApi, string, object, ErrorName]>([
    ['Vote', 'another cluster', vote({}, OTHER_CLUSTER), 'INCONSISTENT_CLUSTER_ID'],
    ['Vote', 'another topic', vote({}, OTHER_TOPIC), 'INVALID_REQUEST'],
    ['Vote', 'an older epoch', vote(OLD_PRE_VOTE), 'FENCED_LEADER_EPOCH'],
    ['Vote', 'a log ahead of its epoch', vote({ lastOffsetEpoch: 2 }), 'INVALID_REQUEST'],
    ['Vote', 'a negative offset', vote({ lastOffset: -1 }), 'INVALID_REQUEST'],
    [
      'Vote',
      'another directory',
      vote({ voterDirectoryId: directoryId(1, 1) }),
      'INVALID_VOTER_KEY',
    ],
    ['Vote', 'another voter', vote({}, { voterId: 3 }), 'INVALID_VOTER_KEY'],
    ['Vote', 'no cluster and no voter', vote({}, { clusterId: null, voterId: -1 }), 'NONE'],
    [
      'BeginQuorumEpoch',
      'an older epoch',
      beginQuorumEpoch({ leaderEpoch: 0 }),
      'FENCED_LEADER_EPOCH',
    ],
    ['BeginQuorumEpoch', 'no leader', beginQuorumEpoch({ leaderId: -1 }), 'INVALID_REQUEST'],
    ['Fetch', 'another cluster', fetch({}, OTHER_CLUSTER), 'INCONSISTENT_CLUSTER_ID'],
    ['Fetch', 'another topic', fetch({}, { topics: [] }), 'INVALID_REQUEST'],
    ['Fetch', 'an older epoch', fetch({ currentLeaderEpoch: 0 }), 'FENCED_LEADER_EPOCH'],
    ['Fetch', 'a newer epoch', fetch({ currentLeaderEpoch: 5 }), 'UNKNOWN_LEADER_EPOCH'],
    ['Fetch', 'a log ahead of its epoch', fetch({ lastFetchedEpoch: 2 }), 'INVALID_REQUEST'],
    ['Fetch', 'its own epoch', fetch({}), 'NONE'],
    [
      'FetchSnapshot',
      'another cluster',
      fetchSnapshot({}, OTHER_CLUSTER),
      'INCONSISTENT_CLUSTER_ID',
    ],
    ['FetchSnapshot', 'an unknown snapshot', fetchSnapshot({}), 'SNAPSHOT_NOT_FOUND'],
    [
      'FetchSnapshot',
      'the bootstrap snapshot',
      fetchSnapshot({ snapshotId: { endOffset: 0, epoch: 0 } }),
      'SNAPSHOT_NOT_FOUND',
    ],
    [
      'FetchSnapshot',
      'a newer epoch',
      fetchSnapshot({ currentLeaderEpoch: 2 }),
      'UNKNOWN_LEADER_EPOCH',
    ],
    ['DescribeQuorum', 'another topic', OTHER_TOPIC, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['DescribeQuorum', 'its topic', topicsOf({}), 'NONE'],
    [
      'RemoveRaftVoter',
      'its only voter',
      { clusterId: 'cluster', voterId: 1, voterDirectoryId: directoryId(1) },
      'VOTER_NOT_FOUND',
    ],
    [
      'AddRaftVoter',
      'no endpoint to reach it',
      { clusterId: null, voterId: 2, voterDirectoryId: directoryId(2), listeners: [] },
      'INVALID_REQUEST',
    ],
  ])('%s for %s with its error', (api, _, body, error) => {
    expect(ask(leader(), api, body).error).toBe(error);
  });

  it('Fetch with where to truncate', () => {
    const { body } = ask(leader(), 'Fetch', fetch({ fetchOffset: 50, lastFetchedEpoch: 1 }));
    expect(JSON.stringify(body)).toContain('"divergingEpoch":{"epoch":1,"endOffset":3}');
  });

  it('FetchSnapshot beyond the end of the snapshot with POSITION_OUT_OF_RANGE', () => {
    const node = leader();
    const snapshot = { id: { offset: 2, epoch: 1 }, sizeBytes: 10 };
    node.step({ type: 'snapshotCreated', snapshot });
    expect(ask(node, 'FetchSnapshot', fetchSnapshot({ position: 9 })).error).toBe('NONE');
    const beyond = ask(node, 'FetchSnapshot', fetchSnapshot({ position: 10 }));
    expect(beyond.error).toBe('POSITION_OUT_OF_RANGE');
  });

  it('DescribeQuorum with itself, caught up', () => {
    const { body } = ask(leader(), 'DescribeQuorum', topicsOf({}));
    expect(body).toMatchObject({
      topics: [
        {
          partitions: [
            {
              leaderId: 1,
              leaderEpoch: 1,
              highWatermark: 3,
              currentVoters: [
                { replicaId: 1, replicaDirectoryId: directoryId(1), logEndOffset: 3 },
              ],
              observers: [],
            },
          ],
        },
      ],
      nodes: [{ nodeId: 1, listeners: voter(1).endpoints }],
    });
  });
});

describe('a follower answers', () => {
  it.each<[RaftApi, string, object, ErrorName]>([
    ['Vote', 'an older epoch', vote(OLD_PRE_VOTE), 'FENCED_LEADER_EPOCH'],
    ['Fetch', 'its own epoch', fetch({}), 'NOT_LEADER_OR_FOLLOWER'],
    ['FetchSnapshot', 'its own epoch', fetchSnapshot({}), 'NOT_LEADER_OR_FOLLOWER'],
    ['DescribeQuorum', 'its topic', topicsOf({}), 'NOT_LEADER_OR_FOLLOWER'],
    ['BeginQuorumEpoch', 'its leader', beginQuorumEpoch({ leaderEpoch: 1 }), 'NONE'],
    [
      'EndQuorumEpoch',
      'an older epoch',
      beginQuorumEpoch({ leaderEpoch: 0 }),
      'FENCED_LEADER_EPOCH',
    ],
  ])('%s for %s with its error', (api, _, body, error) => {
    expect(ask(follower(), api, body).error).toBe(error);
  });

  it('who leads, and how to reach it', () => {
    expect(ask(follower(), 'Fetch', fetch({})).body).toMatchObject({
      responses: [{ partitions: [{ currentLeader: { leaderId: 2, leaderEpoch: 1 } }] }],
      nodeEndpoints: [{ nodeId: 2, host: 'node2', port: 9093 }],
    });
  });

  it('a vote of its own epoch with no, because it has a leader', () => {
    const answer = ask(follower(), 'Vote', vote({ replicaEpoch: 1, lastOffsetEpoch: 0 }));
    expect(answer.error).toBe('NONE');
    expect(JSON.stringify(answer.body)).toContain('"voteGranted":false');
  });

  it('a vote of a newer epoch with yes, once, and saves it first', () => {
    const node = follower();
    const voteFor = (replicaId: number): string =>
      JSON.stringify(
        ask(node, 'Vote', vote({ replicaId, replicaDirectoryId: directoryId(replicaId) })),
      );
    expect(voteFor(3)).toContain('"voteGranted":true');
    expect(voteFor(3)).toContain('"voteGranted":true');
    expect(voteFor(2)).toContain('"voteGranted":false');
    const event = {
      type: 'request',
      id: 1,
      api: 'Vote',
      version: 2,
      body: vote({ replicaEpoch: 3 }),
    };
    const effects = node.raft?.step(event as RaftEvent, 0).map(({ type }) => type) ?? [];
    expect(effects.indexOf('saveVote')).toBeGreaterThanOrEqual(0);
    expect(effects.lastIndexOf('saveVote')).toBeLessThan(effects.indexOf('reply'));
  });
});
