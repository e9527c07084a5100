import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchesOf,
  hasRenewal,
  PendingAcknowledgements,
  type WireAcknowledgeType,
} from './acknowledgements.ts';
import {
  ShareMember,
  type ShareMemberEvent,
  type SharePhase,
  shareTransitions,
} from './share-member.ts';
import {
  type SessionEvent,
  type SessionPhase,
  sessionTransitions,
  ShareSession,
} from './share-session.ts';

const partition = (number: number, topicId = 'A') => ({ topicId, topic: 'a', partition: number });
const wire = ['gap', 'accept', 'release', 'reject', 'renew'] as const;

describe('acknowledgements', () => {
  it('are batches of neighbours of one type', () => {
    const types = new Map<number, WireAcknowledgeType>([
      [5, 'accept'],
      [3, 'accept'],
      [4, 'accept'],
      [6, 'reject'],
      [8, 'reject'],
    ]);
    expect(batchesOf(types)).toEqual([
      { firstOffset: 3, lastOffset: 5, acknowledgeTypes: [1] },
      { firstOffset: 6, lastOffset: 6, acknowledgeTypes: [3] },
      { firstOffset: 8, lastOffset: 8, acknowledgeTypes: [3] },
    ]);
  });

  it('say of every offset what was said of it, in ascending batches that do not touch', () => {
    const entry = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom(...wire));
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const types = new Map(entries);
        const batches = batchesOf(types);
        const said = batches.flatMap(({ firstOffset, lastOffset, acknowledgeTypes }) =>
          Array.from({ length: lastOffset - firstOffset + 1 }, (_, index) => [
            firstOffset + index,
            wire[acknowledgeTypes[0]!],
          ]),
        );
        expect(said).toEqual([...types].sort(([a], [b]) => a - b));
        for (const [index, batch] of batches.entries()) {
          const next = batches[index + 1];
          if (next === undefined) continue;
          const touches = next.firstOffset === batch.lastOffset + 1;
          expect(touches && next.acknowledgeTypes[0] === batch.acknowledgeTypes[0]).toBe(false);
        }
      }),
    );
  });

  it('wait by partition, the last word of an offset counting', () => {
    const pending = new PendingAcknowledgements();
    pending.add(partition(0), 7, 'renew');
    pending.add(partition(0), 7, 'accept');
    pending.add(partition(0, 'B'), 7, 'reject');
    const taken = pending.take();
    expect(taken.map(({ types }) => [...types])).toEqual([[[7, 'accept']], [[7, 'reject']]]);
    expect(pending.isEmpty).toBe(true);
    expect(hasRenewal(taken)).toBe(false);
    pending.add(partition(1), 1, 'renew');
    expect(hasRenewal(pending.take())).toBe(true);
  });
});

describe('a share session', () => {
  const events: SessionEvent[] = ['answered', 'lost', 'ended'];
  const table: Record<SessionPhase, SessionPhase[]> = {
    new: ['open', 'new', 'ended'],
    open: ['open', 'new', 'ended'],
    ended: ['ended', 'ended', 'ended'],
  };

  it.each(Object.entries(table))('from %s', (phase, row) => {
    expect(events.map((event) => sessionTransitions[phase as SessionPhase][event])).toEqual(row);
  });

  it('says which partitions are new to the broker, and which no longer wanted', () => {
    const session = new ShareSession();
    expect(session.differsFrom([])).toBe(false);
    expect(session.plan([partition(0), partition(1)])).toEqual({
      epoch: 0,
      added: [partition(0), partition(1)],
      forgotten: [],
    });
    session.answered();
    expect(session.differsFrom([partition(1), partition(0)])).toBe(false);
    expect(session.differsFrom([partition(1), partition(0, 'B')])).toBe(true);
    expect(session.plan([partition(1), partition(0, 'B')])).toEqual({
      epoch: 1,
      added: [partition(0, 'B')],
      forgotten: [partition(0)],
    });
  });

  it('begins anew when it is lost, and then says everything again', () => {
    const session = new ShareSession();
    session.plan([partition(0)]);
    session.answered();
    session.answered();
    expect(session.epoch).toBe(2);
    const { generation } = session;
    session.lost();
    expect(session.generation).not.toBe(generation);
    expect(session.plan([partition(0)])).toMatchObject({ epoch: 0, added: [partition(0)] });
  });

  it('ends with epoch -1, whatever is heard afterwards', () => {
    const session = new ShareSession();
    session.plan([partition(0)]);
    session.answered();
    session.ended();
    session.lost();
    expect([session.phase, session.epoch]).toEqual(['ended', -1]);
  });

  it('keeps to partitions that the broker has by its requests', () => {
    const wanted = fc.uniqueArray(fc.integer({ min: 0, max: 5 }));
    const step = fc.record({ wanted, lost: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const session = new ShareSession();
        const broker = new Set<number>();
        let epoch = 0;
        for (const { wanted, lost } of steps) {
          const plan = session.plan(wanted.map((number) => partition(number)));
          expect(plan.epoch).toBe(epoch);
          if (epoch === 0) broker.clear();
          for (const { partition } of plan.forgotten) broker.delete(partition);
          for (const { partition } of plan.added) broker.add(partition);
          expect(broker).toEqual(new Set(wanted));
          if (lost) session.lost();
          else session.answered();
          epoch = lost ? 0 : epoch + 1;
        }
      }),
    );
  });
});

describe('a member of a share group', () => {
  const events: ShareMemberEvent[] = ['subscribed', 'answered', 'fenced', 'refused', 'left'];
  const table: Record<SharePhase, SharePhase[]> = {
    outside: ['joining', 'outside', 'outside', 'outside', 'outside'],
    joining: ['joining', 'member', 'joining', 'failed', 'outside'],
    member: ['member', 'member', 'joining', 'failed', 'outside'],
    failed: ['failed', 'failed', 'failed', 'failed', 'outside'],
  };

  it.each(Object.entries(table))('from %s', (phase, row) => {
    expect(events.map((event) => shareTransitions[phase as SharePhase][event])).toEqual(row);
  });

  const settings = { groupId: 'g', memberId: 'm', rackId: 'r' };
  const assigned = (memberEpoch: number, partitions: number[]) => ({
    memberEpoch,
    assignment: { topicPartitions: [{ topicId: 'A', partitions }] },
  });

  it('says everything when it joins, afterwards only what is new', () => {
    const member = new ShareMember(settings);
    member.subscribe(['b', 'a']);
    const base = { groupId: 'g', memberId: 'm' };
    const all = { ...base, memberEpoch: 0, rackId: 'r', subscribedTopicNames: ['a', 'b'] };
    expect(member.heartbeat()).toEqual(all);
    expect(member.answered(assigned(3, [1]))).toBe(true);
    const nothing = { ...base, memberEpoch: 3, rackId: null, subscribedTopicNames: null };
    expect(member.heartbeat()).toEqual(nothing);
    expect(member.answered({ memberEpoch: 3, assignment: null })).toBe(false);
    expect([...member.assignment]).toEqual([['A', [1]]]);
    member.subscribe(['c']);
    expect(member.isUrgent).toBe(true);
    expect(member.heartbeat()).toEqual({ ...nothing, subscribedTopicNames: ['c'] });
    member.unanswered();
    expect(member.heartbeat()).toMatchObject({ memberEpoch: 3, subscribedTopicNames: ['c'] });
    expect(member.farewell()).toEqual({ ...base, memberEpoch: -1 });
  });

  it('has nothing when it is put out, and joins with the same id', () => {
    const member = new ShareMember(settings);
    member.subscribe(['a']);
    member.heartbeat();
    member.answered(assigned(3, [1]));
    const { term } = member;
    member.fenced();
    expect(member.term).not.toBe(term);
    expect(member.assignment.size).toBe(0);
    expect(member.heartbeat()).toMatchObject({ memberId: 'm', memberEpoch: 0 });
    member.refused();
    expect(member.answered(assigned(4, [1]))).toBe(false);
    expect(member.assignment.size).toBe(0);
  });
});
