import { errorOf, type ResponseOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { GroupScript, subscription } from './script.test-group.ts';

const name = ({ errorCode }: { readonly errorCode: number }): string => errorOf(errorCode).name;
const range = { name: 'range', metadata: subscription(['t']) };
const sticky = { name: 'sticky', metadata: subscription(['t']) };

describe('a new member', () => {
  it('is given an id, waits for the initial delay, leads, and gets its assignment', async () => {
    const script = await GroupScript.start();
    const first = await script.join();
    expect(name(first)).toBe('MEMBER_ID_REQUIRED');
    expect(first.memberId).toMatch(/^client-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);

    const joining = script.join({ memberId: first.memberId });
    await script.clock.pass(2_999);
    expect(await script.isPending(joining)).toBe(true);
    await script.clock.pass(1);
    const joined = await joining;
    expect(joined).toMatchObject({
      generationId: 1,
      leader: first.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
      skipAssignment: false,
      members: [{ memberId: first.memberId, groupInstanceId: null }],
    });

    const me = { memberId: first.memberId, generationId: 1 };
    const assignments = [{ memberId: first.memberId, assignment: Buffer.from('all') }];
    const synced = await script.sync({ ...me, assignments });
    expect(String(synced.assignment)).toBe('all');
    expect(await script.heartbeat(me)).toBe('NONE');
    expect(await script.leave([{ memberId: first.memberId }])).toEqual(['NONE']);
    expect(await script.describe()).toMatchObject({ groupState: 'Empty', members: [] });
  });

  it('joins in one step before version 4, and the initial delay grows while members come', async () => {
    const script = await GroupScript.start();
    script.apiVersion = 3;
    const joins = [script.join()];
    await script.clock.pass(2_000);
    joins.push(script.join());
    await script.clock.pass(2_000); // the delay ran out at 3000, and began again
    joins.push(script.join());
    expect(await script.isPending(joins[0]!)).toBe(true);
    await script.clock.pass(5_000);
    const joined = await Promise.all(joins);
    expect(joined.map(({ generationId }) => generationId)).toEqual([1, 1, 1]);
    expect(joined.map(({ members }) => members.length).toSorted((a, b) => a - b)).toEqual([
      0, 0, 3,
    ]);
  });

  it('must use its id within the session timeout', async () => {
    const script = await GroupScript.start();
    const { memberId } = await script.join();
    await script.clock.pass(10_000);
    expect(name(await script.join({ memberId }))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('is refused without changing anything when its request makes no sense', async () => {
    const script = await GroupScript.start();
    expect(name(await script.join({ groupId: '' }))).toBe('INVALID_GROUP_ID');
    script.apiVersion = 6;
    expect((await script.join({ groupId: '' })).protocolName).toBe('');
    for (const sessionTimeoutMs of [5_999, 1_800_001, -1]) {
      expect(name(await script.join({ sessionTimeoutMs }))).toBe('INVALID_SESSION_TIMEOUT');
    }
    expect(name(await script.join({ memberId: 'x' }))).toBe('UNKNOWN_MEMBER_ID');
    for (const text of ['x'.repeat(40_000), '\ufffd'.repeat(11_000)]) {
      expect(name(await script.join({ groupInstanceId: text }))).toBe('UNKNOWN_SERVER_ERROR');
      expect(name(await script.join({ groupId: text }))).toBe('UNKNOWN_SERVER_ERROR');
      const commit = await script.commit({ topic: text });
      expect(commit).toEqual(['UNKNOWN_SERVER_ERROR']);
    }
    expect(name(await script.join({ protocols: [] }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(name(await script.join({ protocolType: '' }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await script.list()).toEqual([]);
    expect(script.log.records()).toEqual([]);
  });

  it('must speak the protocol type and one protocol of all members', async () => {
    const script = await GroupScript.start();
    await script.stableGroup(2);
    const odd = [
      { protocolType: 'connect' },
      { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] },
    ];
    for (const request of odd) {
      expect(name(await script.join(request))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    }
    expect(await script.describe()).toMatchObject({ groupState: 'Stable' });
  });

  it('is turned away when the group is full', async () => {
    const script = await GroupScript.start({ maxGroupSize: 2 });
    await script.stableGroup(2);
    expect(name(await script.join())).toBe('GROUP_MAX_SIZE_REACHED');
    expect(await script.list()).toEqual(['g Stable']);
  });

  it('is dropped after five minutes when its group does not get on', async () => {
    const script = await GroupScript.start();
    await script.stableGroup(1, { rebalanceTimeoutMs: 1_000_000, sessionTimeoutMs: 1_000_000 });
    const joining = script.joinNew();
    await script.clock.pass(299_999);
    expect(await script.isPending(joining)).toBe(true);
    await script.clock.pass(1);
    expect(name(await joining)).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('a rebalance', () => {
  it('chooses the protocol that most members prefer among those that all offer', async () => {
    const script = await GroupScript.start();
    const offers = [
      [range, sticky],
      [sticky, range],
      [sticky, range, { ...range, name: 'own' }],
    ];
    const joins = offers.map((protocols) => script.joinNew({ protocols }));
    const protocols = (await script.eventually(Promise.all(joins))).map(
      ({ protocolName }) => protocolName,
    );
    expect(protocols).toEqual(['sticky', 'sticky', 'sticky']);
  });

  it('begins when a member comes, and the others hear of it by their heartbeats', async () => {
    const script = await GroupScript.start();
    const [a, b] = await script.stableGroup(2);
    const joining = script.joinNew();
    expect(await script.isPending(joining)).toBe(true);
    expect(await script.heartbeat({ memberId: a! })).toBe('REBALANCE_IN_PROGRESS');
    const others = [script.join({ memberId: a! }), script.join({ memberId: b! })];
    const joined = await Promise.all([joining, ...others]);
    expect(joined.map(({ generationId }) => generationId)).toEqual([2, 2, 2]);
    expect(await script.heartbeat({ memberId: a! })).toBe('ILLEGAL_GENERATION');
    expect(await script.heartbeat({ memberId: a!, generationId: 2 })).toBe('NONE');
  });

  it('goes on after the rebalance timeout without those who did not come', async () => {
    const script = await GroupScript.start();
    const timeouts = { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 100_000 };
    const [a, b] = await script.stableGroup(2, timeouts);
    const joining = script.join({ memberId: a!, ...timeouts });
    await script.clock.pass(19_999);
    expect(await script.isPending(joining)).toBe(true);
    await script.clock.pass(1);
    expect(await joining).toMatchObject({ generationId: 2, leader: a });
    expect(await script.heartbeat({ memberId: b!, generationId: 2 })).toBe('UNKNOWN_MEMBER_ID');
  });

  it('drops members that joined and do not ask for their assignment', async () => {
    const script = await GroupScript.start();
    const timeouts = { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 100_000 };
    const joins = [script.joinNew(timeouts), script.joinNew(timeouts)];
    const [a, b] = await script.eventually(Promise.all(joins));
    const leader = a!.leader === a!.memberId ? a! : b!;
    await script.sync({ memberId: leader.memberId });
    expect(await script.describe()).toMatchObject({ groupState: 'Stable' });
    await script.clock.pass(20_000);
    const { groupState, members } = await script.describe();
    expect(groupState).toBe('PreparingRebalance');
    expect(members.map(({ memberId }) => memberId)).toEqual([leader.memberId]);
  });

  it('does not begin when a follower comes back unchanged, but when the leader does', async () => {
    const script = await GroupScript.start();
    const [leader, follower] = await script.stableGroup(2);
    const back = await script.join({ memberId: follower! });
    expect(back).toMatchObject({ generationId: 1, leader, members: [] });
    expect(await script.isPending(script.join({ memberId: leader! }))).toBe(true);
    expect(await script.describe()).toMatchObject({ groupState: 'PreparingRebalance' });
  });

  it('answers a join that was asked twice, both times', async () => {
    const script = await GroupScript.start();
    const [a] = await script.stableGroup(2);
    const first = script.join({ memberId: a!, protocols: [sticky, range] });
    const second = script.join({ memberId: a!, protocols: [sticky, range] });
    expect(name(await first)).toBe('REBALANCE_IN_PROGRESS');
    expect(name(await script.eventually(second))).toBe('NONE');
  });
});

describe('SyncGroup', () => {
  it('is answered when the leader has brought the assignments, with an empty one by default', async () => {
    const script = await GroupScript.start();
    const joins = [script.joinNew(), script.joinNew()];
    const [a, b] = await script.eventually(Promise.all(joins));
    const [leader, follower] = a!.leader === a!.memberId ? [a!, b!] : [b!, a!];
    const waiting = script.sync({ memberId: follower.memberId });
    expect(await script.isPending(waiting)).toBe(true);
    const assignments = [
      { memberId: leader.memberId, assignment: Buffer.from('x') },
      { memberId: 'nobody', assignment: Buffer.from('y') },
    ];
    const synced = await script.sync({ memberId: leader.memberId, assignments });
    expect(String(synced.assignment)).toBe('x');
    expect(await waiting).toMatchObject({ errorCode: 0, protocolName: 'range' });
    expect((await waiting).assignment).toHaveLength(0);
  });

  it('is not answered before the assignments are replicated', async () => {
    const script = await GroupScript.start();
    const joining = script.joinNew();
    const { memberId } = await script.eventually(joining);
    script.log.replicates = false;
    const synced = script.sync({ memberId });
    expect(await script.isPending(synced)).toBe(true);
    const again = script.sync({ memberId });
    expect(await script.isPending(again)).toBe(true);
    script.log.replicate();
    expect([name(await synced), name(await again)]).toEqual(['NONE', 'NONE']);
  });

  it('checks who asks, for which generation and which protocol', async () => {
    const script = await GroupScript.start();
    expect(name(await script.sync({ memberId: 'x' }))).toBe('UNKNOWN_MEMBER_ID');
    const [memberId] = await script.stableGroup(1);
    const me = { memberId: memberId! };
    expect(name(await script.sync({ memberId: 'x' }))).toBe('UNKNOWN_MEMBER_ID');
    expect(name(await script.sync({ ...me, generationId: 2 }))).toBe('ILLEGAL_GENERATION');
    const other = 'INCONSISTENT_GROUP_PROTOCOL';
    expect(name(await script.sync({ ...me, protocolType: 'connect' }))).toBe(other);
    expect(name(await script.sync({ ...me, protocolName: 'sticky' }))).toBe(other);
    expect(name(await script.sync({ groupId: '' }))).toBe('INVALID_GROUP_ID');
    const silent = { ...me, protocolType: null, protocolName: null };
    expect(name(await script.sync(silent))).toBe(other);
    script.apiVersion = 4;
    expect(name(await script.sync(silent))).toBe('NONE');
  });

  it('fails for everyone when the assignments are too large for the log', async () => {
    const script = await GroupScript.start();
    const joining = script.joinNew();
    const { memberId } = await script.eventually(joining);
    const assignments = [{ memberId, assignment: Buffer.alloc(2_000_000) }];
    expect(name(await script.sync({ memberId, assignments }))).toBe('UNKNOWN_SERVER_ERROR');
    expect(await script.list()).toEqual(['g PreparingRebalance']);
    expect(script.warnings).toEqual([]);
  });
});

describe('a session', () => {
  it('ends when no heartbeat comes, and each one starts it again', async () => {
    const script = await GroupScript.start();
    const [memberId] = await script.stableGroup(1);
    for (let i = 0; i < 5; i++) {
      await script.clock.pass(9_999);
      expect(await script.heartbeat({ memberId: memberId! })).toBe('NONE');
    }
    await script.clock.pass(9_999);
    expect(await script.commit({ memberId: memberId!, generationId: 1 })).toEqual(['NONE']);
    await script.clock.pass(10_000);
    expect(await script.heartbeat({ memberId: memberId! })).toBe('UNKNOWN_MEMBER_ID');
    expect(await script.list()).toEqual(['g Empty']);
  });

  it('does not end while the member waits for us', async () => {
    const script = await GroupScript.start();
    const [a] = await script.stableGroup(2, { rebalanceTimeoutMs: 50_000 });
    const joining = script.join({ memberId: a!, protocols: [sticky, range] });
    await script.clock.pass(49_999); // the other one's session ends meanwhile
    expect((await joining).generationId).toBe(2);
  });
});

describe('LeaveGroup', () => {
  it('takes several members, by id or by instance id, and says how it went for each', async () => {
    const script = await GroupScript.start();
    const [a] = await script.stableGroup(2);
    const pending = await script.join();
    expect(
      await script.leave([
        { memberId: a! },
        { memberId: a! },
        { memberId: pending.memberId },
        { groupInstanceId: 'nobody' },
        { memberId: '' },
      ]),
    ).toEqual(['NONE', 'UNKNOWN_MEMBER_ID', 'NONE', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID']);
    expect(await script.describe()).toMatchObject({ groupState: 'PreparingRebalance' });
  });

  it('has one member and one error before version 3', async () => {
    const script = await GroupScript.start();
    const [a] = await script.stableGroup(1);
    script.apiVersion = 2;
    const leave = (memberId: string): Promise<ResponseOf<'LeaveGroup'>> =>
      script.coordinator.leaveGroup(
        { groupId: 'g', memberId, members: [] },
        { apiVersion: 2, clientId: 'c', clientHost: '/h' },
      );
    expect(name(await leave('x'))).toBe('UNKNOWN_MEMBER_ID');
    expect(name(await leave(a!))).toBe('NONE');
  });

  it('answers what the leaving member waits for', async () => {
    const script = await GroupScript.start();
    const joins = [script.joinNew(), script.joinNew()];
    const [a, b] = await script.eventually(Promise.all(joins));
    const follower = a!.leader === a!.memberId ? b! : a!;
    const waiting = script.sync({ memberId: follower.memberId });
    await script.leave([{ memberId: follower.memberId }]);
    expect(name(await waiting)).toBe('UNKNOWN_MEMBER_ID');
  });
});
