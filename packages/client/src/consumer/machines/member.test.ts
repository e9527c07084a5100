import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Member,
  type MemberEvent,
  type OwnedPartition,
  type Phase,
  transitions,
} from './member.ts';

const settings = {
  groupId: 'g',
  memberId: 'm',
  groupInstanceId: null,
  rackId: 'r',
  rebalanceTimeoutMs: 1000,
  serverAssignor: 'uniform',
};
const names = new Map([
  ['A', 'a'],
  ['B', 'b'],
]);
const nameOf = (topicId: string): string | undefined => names.get(topicId);

const answer = (memberEpoch: number, target?: Record<string, number[]>) => ({
  memberId: null,
  memberEpoch,
  assignment:
    target === undefined
      ? null
      : {
          topicPartitions: Object.entries(target).map(([topicId, partitions]) => ({
            topicId,
            partitions,
          })),
        },
});

function joined(target: Record<string, number[]> = {}): Member {
  const member = new Member(settings);
  member.subscribe({ topics: ['b', 'a'], regex: '' });
  member.heartbeat();
  member.answered(answer(1, target));
  return member;
}

function reconcile(member: Member): OwnedPartition[] {
  const { wanted, unnamed } = member.plan(nameOf);
  member.reconciled(wanted, unnamed);
  return wanted;
}

describe('the phases of a member', () => {
  const events: MemberEvent[] = [
    'subscribed',
    'sent',
    'answered',
    'assigned',
    'reconciled',
    'fenced',
    'expired',
    'released',
    'left',
    'refused',
  ];
  const table: Record<Phase, string> = {
    //              subscr sent answ assig recon fence expir relea left refus
    outside: '      join   out  out  out   out   out   out   out   out  out',
    joining: '      join   join stab reco  join  fenc  stal  join  out  fail',
    stable: '       stab   stab stab reco  stab  fenc  stal  stab  out  fail',
    reconciling: '  reco   reco reco reco  ackn  fenc  stal  reco  out  fail',
    acknowledging: 'ackn   stab ackn reco  ackn  fenc  stal  ackn  out  fail',
    fenced: '       fenc   fenc fenc fenc  fenc  fenc  fenc  join  out  fail',
    stale: '        stal   stal stal stal  stal  stal  stal  join  out  fail',
    failed: '       fail   fail fail fail  fail  fail  fail  fail  out  fail',
  };

  it.each(Object.entries(table))('from %s', (phase, cells) => {
    const row = transitions[phase as Phase];
    const short = events.map((event) => row[event].slice(0, 4).replace('outs', 'out'));
    expect(short).toEqual(cells.trim().split(/\s+/));
  });
});

describe('the heartbeats of a member', () => {
  it('say everything when it joins, and afterwards only that it is there', () => {
    const member = new Member(settings);
    expect(member.epoch).toBe(-1);
    member.subscribe({ topics: ['b', 'a'], regex: '' });
    expect(member.heartbeat()).toEqual({
      groupId: 'g',
      memberId: 'm',
      memberEpoch: 0,
      instanceId: null,
      rackId: 'r',
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['a', 'b'],
      subscribedTopicRegex: null,
      serverAssignor: 'uniform',
      topicPartitions: [],
    });
    member.answered(answer(3));
    expect(member.epoch).toBe(3);
    expect(member.heartbeat()).toEqual({
      groupId: 'g',
      memberId: 'm',
      memberEpoch: 3,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
    });
  });

  it('acknowledge at once what was taken on, and only once', () => {
    const member = joined({ A: [0, 1], B: [2] });
    expect(member.phase).toBe('reconciling');
    expect(member.heartbeat().topicPartitions).toBeNull();
    expect(reconcile(member)).toHaveLength(3);
    expect(member.isUrgent).toBe(true);
    expect(member.heartbeat().topicPartitions).toEqual([
      { topicId: 'A', partitions: [0, 1] },
      { topicId: 'B', partitions: [2] },
    ]);
    expect(member.phase).toBe('stable');
    expect(member.heartbeat().topicPartitions).toBeNull();
  });

  it('say everything again when an answer is missing', () => {
    const member = joined({ A: [0] });
    reconcile(member);
    member.heartbeat();
    member.unanswered();
    expect(member.heartbeat()).toMatchObject({
      memberEpoch: 1,
      rackId: 'r',
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['a', 'b'],
      serverAssignor: 'uniform',
      topicPartitions: [{ topicId: 'A', partitions: [0] }],
    });
  });

  it('take back an expression that names replace, and say none to brokers that were told none', () => {
    const member = joined();
    member.subscribe({ topics: [], regex: 'o.*' });
    expect(member.isUrgent).toBe(true);
    expect(member.heartbeat()).toMatchObject({
      subscribedTopicNames: [],
      subscribedTopicRegex: 'o.*',
    });
    member.subscribe({ topics: ['a'], regex: '' });
    expect(member.heartbeat()).toMatchObject({
      subscribedTopicNames: ['a'],
      subscribedTopicRegex: '',
    });
    member.unanswered();
    expect(member.heartbeat().subscribedTopicRegex).toBeNull();
  });

  it('leave for good, or for a while where the member is static', () => {
    expect(joined().farewell().memberEpoch).toBe(-1);
    const still = new Member({ ...settings, groupInstanceId: 'i' });
    expect(still.farewell()).toMatchObject({ memberEpoch: -2, instanceId: 'i' });
  });
});

describe('the assignment of a member', () => {
  it('is reconciled again when it changes meanwhile', () => {
    const member = joined({ A: [0] });
    const { wanted } = member.plan(nameOf);
    member.answered(answer(2, { A: [1] }));
    member.reconciled(wanted, []);
    expect(member.heartbeat().topicPartitions).toEqual([{ topicId: 'A', partitions: [0] }]);
    expect(member.phase).toBe('reconciling');
    expect(member.plan(nameOf).wanted).toEqual([{ topicId: 'A', topic: 'a', partition: 1 }]);
  });

  it('waits for the names of topics, and takes on the others', () => {
    const member = joined({ A: [0], C: [1] });
    reconcile(member);
    member.heartbeat();
    expect(member.phase).toBe('stable');
    expect([...member.unnamed]).toEqual(['C']);
    member.namesArrived(nameOf);
    expect(member.phase).toBe('stable');
    member.namesArrived((id) => (id === 'C' ? 'c' : nameOf(id)));
    expect(member.phase).toBe('reconciling');
  });

  it('is gone with the place, and answers of before are void', () => {
    const member = joined({ A: [0] });
    reconcile(member);
    const { term } = member;
    member.fenced();
    expect(member.term).not.toBe(term);
    expect([member.phase, member.epoch, member.isMember]).toEqual(['fenced', -1, false]);
    member.answered(answer(9, { A: [1] }));
    expect(member.phase).toBe('fenced');
    member.released();
    expect(member.heartbeat()).toMatchObject({ memberEpoch: 0, topicPartitions: [] });
  });

  it('comes to be what the coordinator wants, whatever happens on the way', () => {
    const target = fc.dictionary(
      fc.constantFrom('A', 'B'),
      fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    );
    const step = fc.oneof(
      target.map((assignment) => ({ do: 'assign' as const, assignment })),
      fc.constantFrom('beat', 'reconcile', 'lose', 'fence', 'release').map((what) => ({
        do: what,
        assignment: {},
      })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), target, (steps, last) => {
        const member = joined();
        let epoch = 1;
        for (const { do: what, assignment } of steps) {
          if (what === 'assign') member.answered(answer(++epoch, assignment));
          else if (what === 'beat') member.heartbeat();
          else if (what === 'lose') member.unanswered();
          else if (what === 'fence') member.fenced();
          else if (what === 'release') member.released();
          else if (member.phase === 'reconciling') reconcile(member);
        }
        if (member.phase === 'fenced') member.released();
        member.heartbeat();
        member.answered(answer(++epoch, last));
        let told: readonly { topicId: string; partitions: readonly number[] }[] | null = null;
        for (let beats = 0; beats < 3; beats++) {
          if (member.phase === 'reconciling') reconcile(member);
          told = (member.heartbeat().topicPartitions as typeof told) ?? told;
        }
        expect(member.phase).toBe('stable');
        const wanted = Object.entries(last).flatMap(([id, list]) => list.map((n) => `${id}${n}`));
        const owned = member.owned.map(({ topicId, partition }) => `${topicId}${partition}`);
        expect(owned.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });
});
