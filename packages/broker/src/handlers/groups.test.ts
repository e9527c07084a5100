import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';

describe('groups', () => {
  let node: TestNode;
  let client: TestClient;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    await client.createTopic('t', {}, 2);
    await client.send('FindCoordinator', 6, { coordinatorKeys: ['g'] });
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  function join(member: TestClient, groupId: string, memberId = '') {
    return member.send('JoinGroup', 9, {
      groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    });
  }

  function sync(
    member: TestClient,
    groupId: string,
    joined: ResponseOutput<'JoinGroup'>,
    assignments: { memberId: string; assignment: Buffer }[],
  ) {
    return member.send('SyncGroup', 5, {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments,
    });
  }

  function commit(groupId: string, offset: number, options: { generation?: number } = {}) {
    const partitions = [
      { partitionIndex: 0, committedOffset: offset, committedMetadata: null },
      { partitionIndex: 9, committedOffset: offset, committedMetadata: null },
    ];
    return client.send('OffsetCommit', 9, {
      groupId,
      generationIdOrMemberEpoch: options.generation ?? -1,
      memberId: options.generation === undefined ? '' : 'stranger',
      topics: [{ name: 't', partitions }],
    });
  }

  async function committed(groupId: string): Promise<[string, number, number][]> {
    const groups = [{ groupId, topics: null }];
    const reply = await client.send('OffsetFetch', 9, { groupId: '', topics: [], groups });
    return reply.groups[0]!.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }): [string, number, number] => [
        name,
        partitionIndex,
        committedOffset,
      ]),
    );
  }

  it('form, share out, and go apart', async () => {
    const [one, two] = [await TestClient.connect(node), await TestClient.connect(node)];
    const first = await join(one, 'team');
    expect(first.errorCode).toBe(errors.MEMBER_ID_REQUIRED.code);
    const alone = await join(one, 'team', first.memberId);
    expect(alone).toMatchObject({ errorCode: 0, generationId: 1, leader: alone.memberId });
    await sync(one, 'team', alone, [{ memberId: alone.memberId, assignment: Buffer.from('all') }]);
    const second = await join(two, 'team');
    const joining = join(two, 'team', second.memberId);
    const beat = { groupId: 'team', generationId: 1, memberId: alone.memberId };
    let heard = 0;
    while (heard !== errors.REBALANCE_IN_PROGRESS.code) {
      heard = (await one.send('Heartbeat', 4, beat)).errorCode;
    }
    const [leader, follower] = await Promise.all([join(one, 'team', alone.memberId), joining]);
    expect(leader).toMatchObject({ generationId: 2, leader: leader.memberId });
    expect(leader.members).toHaveLength(2);
    expect(follower).toMatchObject({ generationId: 2, members: [] });
    const assigned = await Promise.all([
      sync(one, 'team', leader, [
        { memberId: leader.memberId, assignment: Buffer.from('left') },
        { memberId: follower.memberId, assignment: Buffer.from('right') },
      ]),
      sync(two, 'team', follower, []),
    ]);
    expect(assigned.map(({ assignment }) => assignment.toString())).toEqual(['left', 'right']);
    const described = await client.send('DescribeGroups', 6, { groups: ['team'] });
    expect(described.groups[0]).toMatchObject({ groupState: 'Stable', protocolData: 'range' });
    expect((await client.send('DeleteGroups', 2, { groupsNames: ['team'] })).results[0]).toEqual({
      groupId: 'team',
      errorCode: errors.NON_EMPTY_GROUP.code,
    });
    const members = [leader, follower].map(({ memberId }) => ({ memberId }));
    const left = await client.send('LeaveGroup', 5, { groupId: 'team', memberId: '', members });
    expect(left.members.map(({ errorCode }) => errorCode)).toEqual([0, 0]);
    expect((await client.send('DeleteGroups', 2, { groupsNames: ['team'] })).results[0]).toEqual({
      groupId: 'team',
      errorCode: 0,
    });
  });

  it('keep offsets of partitions that exist', async () => {
    const reply = await commit('g', 7);
    const codes = reply.topics.flatMap(({ partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
    );
    expect(codes.toSorted(([a], [b]) => a! - b!)).toEqual([
      [0, 0],
      [9, errors.UNKNOWN_TOPIC_OR_PARTITION.code],
    ]);
    expect(await committed('g')).toEqual([['t', 0, 7]]);
    expect(await committed('nobody')).toEqual([]);
  });

  it('refuse offsets of strangers', async () => {
    const reply = await commit('g', 8, { generation: 4 });
    const { errorCode } = reply.topics
      .flatMap(({ partitions }) => partitions)
      .find(({ partitionIndex }) => partitionIndex === 0)!;
    expect(errorCode).not.toBe(0);
    expect(await committed('g')).toEqual([['t', 0, 7]]);
  });

  it('forget offsets that are deleted, and those of deleted topics', async () => {
    await client.createTopic('short-lived');
    await client.send('OffsetCommit', 9, {
      groupId: 'forgetful',
      memberId: '',
      topics: ['t', 'short-lived'].map((name) => ({
        name,
        partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: null }],
      })),
    });
    await client.send('OffsetDelete', 0, {
      groupId: 'forgetful',
      topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
    });
    expect(await committed('forgetful')).toEqual([['short-lived', 0, 3]]);
    const topicNames = ['short-lived'];
    await client.send('DeleteTopics', 5, { topics: [], topicNames, timeoutMs: 1000 });
    let left = await committed('forgetful');
    while (left.length > 0) left = await committed('forgetful');
  });

  it('are listed by state and type', async () => {
    const list = async (statesFilter: string[], typesFilter: string[]) =>
      (await client.send('ListGroups', 5, { statesFilter, typesFilter })).groups.map(
        ({ groupId }) => groupId,
      );
    expect(await list([], [])).toContain('g');
    expect(await list(['empty'], ['Classic'])).toContain('g');
    expect(await list(['Stable'], [])).not.toContain('g');
  });

  it('have a coordinator, as nothing else has yet', async () => {
    const ask = async (keyType: number) =>
      (await client.send('FindCoordinator', 6, { keyType, coordinatorKeys: ['x'] }))
        .coordinators[0]!;
    expect(await ask(0)).toMatchObject({ errorCode: 0, nodeId: 1, port: node.port });
    expect((await ask(7)).errorCode).toBe(errors.INVALID_REQUEST.code);
  });

  it('have a share coordinator for each share partition', async () => {
    const ask = async (key: string, version = 6) =>
      (await client.send('FindCoordinator', version, { keyType: 2, coordinatorKeys: [key] }))
        .coordinators[0]!;
    const good = `a:group:${ZERO_UUID}:1`;
    expect(await ask(good)).toMatchObject({ errorCode: 0, nodeId: 1, port: node.port });
    for (const key of ['x', 'g:t:1', `:${ZERO_UUID}:1`, `g:${ZERO_UUID}:x`]) {
      expect((await ask(key)).errorCode).toBe(errors.INVALID_REQUEST.code);
    }
    expect((await ask(good, 5)).errorCode).toBe(errors.INVALID_REQUEST.code);
  });

  it('may be called what an object has', async () => {
    for (const groupId of ['__proto__', 'constructor', 'toString']) {
      await commit(groupId, 5);
      expect(await committed(groupId)).toEqual([['t', 0, 5]]);
    }
  });
});
