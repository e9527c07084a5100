import { errorOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { GroupScript, subscription } from './script.test-group.ts';

const name = ({ errorCode }: { readonly errorCode: number }): string => errorOf(errorCode).name;

/** A stable group of two static members, `i1` and `i2`. */
async function staticGroup(script: GroupScript) {
  const timeouts = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 20_000 };
  const joins = ['i1', 'i2'].map((groupInstanceId) =>
    script.join({ groupInstanceId, ...timeouts }),
  );
  const [one, two] = await script.eventually(Promise.all(joins));
  const [leader, follower] = one!.leader === one!.memberId ? [one!, two!] : [two!, one!];
  const assignments = [leader, follower].map(({ memberId }) => ({
    memberId,
    assignment: Buffer.from(memberId),
  }));
  await Promise.all([
    script.sync({ memberId: leader.memberId, assignments }),
    script.sync({ memberId: follower.memberId }),
  ]);
  return {
    leader: { memberId: leader.memberId, groupInstanceId: leader === one ? 'i1' : 'i2' },
    follower: { memberId: follower.memberId, groupInstanceId: leader === one ? 'i2' : 'i1' },
    timeouts,
  };
}

describe('a static member', () => {
  it('needs no second step to join, and its id begins with its instance id', async () => {
    const script = await GroupScript.start();
    const joining = script.join({ groupInstanceId: 'i1' });
    expect((await script.eventually(joining)).memberId).toMatch(/^i1-/);
  });

  it('takes its former place without a rebalance, and the former one is fenced', async () => {
    const script = await GroupScript.start();
    const { follower, timeouts } = await staticGroup(script);
    const { groupInstanceId } = follower;
    const back = await script.join({ groupInstanceId, ...timeouts });
    expect(back).toMatchObject({ errorCode: 0, generationId: 1, skipAssignment: false });
    expect(back.memberId).not.toBe(follower.memberId);
    const synced = await script.sync({ memberId: back.memberId, groupInstanceId });
    expect(String(synced.assignment)).toBe(follower.memberId);

    expect(await script.heartbeat(follower)).toBe('FENCED_INSTANCE_ID');
    expect(name(await script.join({ ...follower }))).toBe('FENCED_INSTANCE_ID');
    expect(name(await script.sync(follower))).toBe('FENCED_INSTANCE_ID');
    const commit = { memberId: follower.memberId, instanceId: groupInstanceId, generationId: 1 };
    expect(await script.commit(commit)).toEqual(['FENCED_INSTANCE_ID']);
    expect(await script.leave([follower])).toEqual(['FENCED_INSTANCE_ID']);
  });

  it('keeps its new id after the coordinator has moved', async () => {
    const script = await GroupScript.start();
    const { follower, timeouts } = await staticGroup(script);
    const { groupInstanceId } = follower;
    const { memberId } = await script.join({ groupInstanceId, ...timeouts });
    const next = await script.restart();
    expect(await next.heartbeat({ memberId, groupInstanceId })).toBe('NONE');
    expect(await next.heartbeat(follower)).toBe('FENCED_INSTANCE_ID');
  });

  it('that leads is told to skip the assignment, from version 9 on', async () => {
    const script = await GroupScript.start();
    const { leader, timeouts } = await staticGroup(script);
    const { groupInstanceId } = leader;
    const back = await script.join({ groupInstanceId, ...timeouts });
    expect(back).toMatchObject({ skipAssignment: true, leader: back.memberId, generationId: 1 });
    expect(back.members).toHaveLength(2);

    script.apiVersion = 8;
    const again = await script.join({ groupInstanceId, ...timeouts });
    expect(again).toMatchObject({ skipAssignment: false, leader: back.memberId, members: [] });
  });

  it('causes a rebalance when the protocol must change with it', async () => {
    const script = await GroupScript.start();
    const offers = ['range', 'sticky'].map((protocol) => ({
      name: protocol,
      metadata: subscription(['t']),
    }));
    const joining = script.join({ groupInstanceId: 'i1', protocols: offers });
    const { memberId } = await script.eventually(joining);
    await script.sync({ memberId, groupInstanceId: 'i1' });
    const back = await script.join({ groupInstanceId: 'i1', protocols: offers.toReversed() });
    expect(back).toMatchObject({ generationId: 2, protocolName: 'sticky' });
  });

  it('causes a rebalance when the group with it would be too large for the log', async () => {
    const script = await GroupScript.start();
    await staticGroup(script);
    const protocols = [{ name: 'range', metadata: Buffer.alloc(2_000_000) }];
    const joining = script.join({ groupInstanceId: 'i1', protocols });
    expect(await script.isPending(joining)).toBe(true);
    expect(await script.list()).toEqual(['g PreparingRebalance']);
    expect(script.warnings).toEqual([]);
  });

  it('that comes back while assignments are awaited starts the rebalance anew', async () => {
    const script = await GroupScript.start();
    const joins = ['i1', 'i2'].map((groupInstanceId) => script.join({ groupInstanceId }));
    const [one, two] = await script.eventually(Promise.all(joins));
    const [follower, groupInstanceId] = one!.leader === one!.memberId ? [two!, 'i2'] : [one!, 'i1'];
    const waiting = script.sync({ memberId: follower.memberId, groupInstanceId });
    const back = script.join({ groupInstanceId });
    expect(name(await waiting)).toBe('FENCED_INSTANCE_ID');
    expect((await script.eventually(back)).generationId).toBe(2);
  });

  it('fences one that waits for the end of the join phase', async () => {
    const script = await GroupScript.start();
    const first = script.join({ groupInstanceId: 'i1' });
    const second = script.join({ groupInstanceId: 'i1' });
    expect(name(await first)).toBe('FENCED_INSTANCE_ID');
    expect(name(await script.eventually(second))).toBe('NONE');
  });

  it('keeps its place in a rebalance that it does not come to, until its session ends', async () => {
    const script = await GroupScript.start();
    const { leader, follower, timeouts } = await staticGroup(script);
    const rejoin = script.join({ ...leader, ...timeouts });
    await script.clock.pass(20_000);
    const { members } = await rejoin;
    expect(members.map(({ memberId }) => memberId)).toContain(follower.memberId);
  });

  it('does not spin when nobody comes to a rebalance', async () => {
    const script = await GroupScript.start();
    const timeouts = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 0 };
    const joins = ['i1', 'i2'].map((groupInstanceId) =>
      script.join({ groupInstanceId, ...timeouts }),
    );
    await script.eventually(Promise.all(joins));
    await script.clock.pass(0);
    await script.clock.pass(99_999);
    expect((await script.list())[0]).toBeDefined();
  });

  it('is removed by an operator through its instance id alone', async () => {
    const script = await GroupScript.start();
    await staticGroup(script);
    expect(await script.leave([{ groupInstanceId: 'i1' }])).toEqual(['NONE']);
    expect((await script.describe()).members).toHaveLength(1);
  });

  it('cannot use an id that was given out to a dynamic member', async () => {
    const script = await GroupScript.start();
    const { memberId } = await script.join();
    const forged = await script.join({ memberId, groupInstanceId: 'i1' });
    expect(name(forged)).toBe('UNKNOWN_SERVER_ERROR');
  });
});
