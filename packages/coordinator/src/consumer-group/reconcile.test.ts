import { describe, expect, it } from 'vitest';
import {
  type AssignmentEpochs,
  ConsumerMember,
  type MemberState,
  noOwnership,
} from './consumer-member.ts';
import { reconcile, type Reconciliation } from './reconcile.ts';

/** Partitions of one topic with the epoch of each: `0@3 1@3`. */
function epochs(text: string): AssignmentEpochs {
  if (text === '') return new Map();
  const entries = text.split(' ').map((part) => part.split('@').map(Number) as [number, number]);
  return new Map([['t', new Map(entries)]]);
}

function show(assignment: AssignmentEpochs): string {
  return [...(assignment.get('t') ?? [])].map(([p, epoch]) => `${p}@${epoch}`).join(' ');
}

interface Event {
  readonly target?: readonly number[];
  readonly targetEpoch?: number;
  readonly owned?: readonly number[] | null;
  readonly others?: readonly number[];
  readonly left?: boolean;
}

/** A member of epoch 3 that has 0 and 1, and gives up 2 where it is in the middle of that. */
function run(state: MemberState, event: Event): string {
  const { target = [0, 1], targetEpoch = 3, owned = null, others = [], left = false } = event;
  const member = new ConsumerMember('g', 'm');
  const revoking = epochs(state === 'UNREVOKED_PARTITIONS' ? '2@3' : '');
  const assigned = epochs('0@3 1@3');
  member.ownership = {
    ...noOwnership,
    memberEpoch: 3,
    previousMemberEpoch: 2,
    state,
    assigned,
    revoking,
  };
  const own = new Set([0, 1, ...(revoking.get('t')?.keys() ?? [])]);
  const step: Reconciliation = {
    member,
    targetEpoch,
    target: new Map([['t', new Set(target)]]),
    subscriptionChanged: left,
    isSubscribed: () => !left,
    isOwned: (_topicId, partition) => own.has(partition) || others.includes(partition),
    owned: owned && [{ topicId: 't', partitions: [...owned] }],
  };
  const next = reconcile(step);
  const gives = show(next.revoking);
  return `${next.state} in ${next.memberEpoch}: ${show(next.assigned)}${gives && ` gives ${gives}`}`;
}

const events: Record<string, Event> = {
  'nothing new': {},
  'a target with more': { target: [0, 1, 3], targetEpoch: 4 },
  'a target with more that another has': { target: [0, 1, 3], targetEpoch: 4, others: [3] },
  'a target with less, nothing said': { target: [0], targetEpoch: 4 },
  'a target with less, all owned': { target: [0], targetEpoch: 4, owned: [0, 1, 2] },
  'a target with less, let go': { target: [0], targetEpoch: 4, owned: [0] },
  'a target with other': { target: [0, 3], targetEpoch: 4, owned: [0] },
  'a target with what it gives up': { target: [0, 1, 2], targetEpoch: 4, owned: [0, 1] },
  'the topic left, all owned': { left: true, owned: [0, 1, 2] },
  'the topic left, let go': { left: true, owned: [] },
};

const table: Record<MemberState, Record<keyof typeof events, string>> = {
  STABLE: {
    'nothing new': 'STABLE in 3: 0@3 1@3',
    'a target with more': 'STABLE in 4: 0@3 1@3 3@4',
    'a target with more that another has': 'UNRELEASED_PARTITIONS in 4: 0@3 1@3',
    'a target with less, nothing said': 'UNREVOKED_PARTITIONS in 3: 0@3 gives 1@3',
    'a target with less, all owned': 'UNREVOKED_PARTITIONS in 3: 0@3 gives 1@3',
    'a target with less, let go': 'STABLE in 4: 0@3',
    'a target with other': 'STABLE in 4: 0@3 3@4',
    'a target with what it gives up': 'STABLE in 4: 0@3 1@3 2@4',
    'the topic left, all owned': 'UNREVOKED_PARTITIONS in 3:  gives 0@3 1@3',
    'the topic left, let go': 'STABLE in 3: ',
  },
  UNREVOKED_PARTITIONS: {
    'nothing new': 'UNREVOKED_PARTITIONS in 3: 0@3 1@3 gives 2@3',
    'a target with more': 'UNREVOKED_PARTITIONS in 3: 0@3 1@3 gives 2@3',
    'a target with more that another has': 'UNREVOKED_PARTITIONS in 3: 0@3 1@3 gives 2@3',
    'a target with less, nothing said': 'UNREVOKED_PARTITIONS in 3: 0@3 1@3 gives 2@3',
    'a target with less, all owned': 'UNREVOKED_PARTITIONS in 3: 0@3 1@3 gives 2@3',
    'a target with less, let go': 'STABLE in 4: 0@3',
    'a target with other': 'STABLE in 4: 0@3 3@4',
    'a target with what it gives up': 'STABLE in 4: 0@3 1@3 2@4',
    'the topic left, all owned': 'UNREVOKED_PARTITIONS in 3:  gives 2@3 0@3 1@3',
    'the topic left, let go': 'STABLE in 3: ',
  },
  UNRELEASED_PARTITIONS: {
    'nothing new': 'STABLE in 3: 0@3 1@3',
    'a target with more': 'STABLE in 4: 0@3 1@3 3@4',
    'a target with more that another has': 'UNRELEASED_PARTITIONS in 4: 0@3 1@3',
    'a target with less, nothing said': 'UNREVOKED_PARTITIONS in 3: 0@3 gives 1@3',
    'a target with less, all owned': 'UNREVOKED_PARTITIONS in 3: 0@3 gives 1@3',
    'a target with less, let go': 'STABLE in 4: 0@3',
    'a target with other': 'STABLE in 4: 0@3 3@4',
    'a target with what it gives up': 'STABLE in 4: 0@3 1@3 2@4',
    'the topic left, all owned': 'UNREVOKED_PARTITIONS in 3:  gives 0@3 1@3',
    'the topic left, let go': 'STABLE in 3: ',
  },
  UNKNOWN: {
    'nothing new': 'STABLE in 3: 0@3 1@3',
    'a target with more': 'STABLE in 4: 0@3 1@3 3@4',
    'a target with more that another has': 'UNRELEASED_PARTITIONS in 4: 0@3 1@3',
    'a target with less, nothing said': 'UNREVOKED_PARTITIONS in 4: 0@3 gives 1@3',
    'a target with less, all owned': 'UNREVOKED_PARTITIONS in 4: 0@3 gives 1@3',
    'a target with less, let go': 'STABLE in 4: 0@3',
    'a target with other': 'STABLE in 4: 0@3 3@4',
    'a target with what it gives up': 'STABLE in 4: 0@3 1@3 2@4',
    'the topic left, all owned': 'UNREVOKED_PARTITIONS in 3:  gives 0@3 1@3',
    'the topic left, let go': 'STABLE in 3: ',
  },
};

describe.each(Object.entries(table))('a member that is %s', (state, row) => {
  it.each(Object.entries(row))('meets %s', (event, result) => {
    expect(run(state as MemberState, events[event]!)).toBe(result);
  });
});
