import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { PureAssignor, GroupAssignment, GroupMember } from './assignor.ts';
import { cooperativeStickyAssignor } from './cooperative-sticky.ts';
import { rangeAssignor } from './range.ts';
import { roundRobinAssignor } from './round-robin.ts';
import { stickyAssignor } from './sticky.ts';
import { balanceStickily } from './sticky-balance.ts';

function member(memberId: string, topics: string[], extra: Partial<GroupMember> = {}): GroupMember {
  const unsaid = { groupInstanceId: null, owned: [], generationId: -1, userData: null };
  return { memberId, topics, ...unsaid, ...extra };
}

const show = (assignment: GroupAssignment): string =>
  [...assignment]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, partitions]) => `${id}: ${partitions.map(keyOf).join(' ')}`)
    .join(' | ');

const counts = new Map([
  ['t', 7],
  ['u', 3],
]);
const groups: Record<string, GroupMember[]> = {
  equal: ['m1', 'm2', 'm3'].map((id) => member(id, ['t', 'u'])),
  mixed: [member('m1', ['t']), member('m2', ['t', 'u']), member('m3', ['u'])],
  static: [
    member('m1', ['t', 'u'], { groupInstanceId: 'z' }),
    member('m2', ['t', 'u'], { groupInstanceId: 'y' }),
    member('m3', ['t', 'u']),
  ],
};

describe('the assignors give what those of Kafka 4.3.1 give', () => {
  it.each<[string, PureAssignor, string]>([
    ['equal', rangeAssignor, 'm1: t-0 t-1 t-2 u-0 | m2: t-3 t-4 u-1 | m3: t-5 t-6 u-2'],
    ['equal', roundRobinAssignor, 'm1: t-0 t-3 t-6 u-2 | m2: t-1 t-4 u-0 | m3: t-2 t-5 u-1'],
    ['equal', cooperativeStickyAssignor, 'm1: t-0 t-3 t-6 u-2 | m2: t-1 t-4 u-0 | m3: t-2 t-5 u-1'],
    ['equal', stickyAssignor, 'm1: t-0 t-3 t-6 u-2 | m2: t-1 t-4 u-0 | m3: t-2 t-5 u-1'],
    ['mixed', rangeAssignor, 'm1: t-0 t-1 t-2 t-3 | m2: t-4 t-5 t-6 u-0 u-1 | m3: u-2'],
    ['mixed', roundRobinAssignor, 'm1: t-0 t-2 t-4 t-6 | m2: t-1 t-3 t-5 u-0 u-2 | m3: u-1'],
    ['mixed', cooperativeStickyAssignor, 'm1: t-0 t-2 t-4 t-6 | m2: t-1 t-3 t-5 | m3: u-0 u-1 u-2'],
    ['static', rangeAssignor, 'm1: t-3 t-4 u-1 | m2: t-0 t-1 t-2 u-0 | m3: t-5 t-6 u-2'],
    ['static', roundRobinAssignor, 'm1: t-1 t-4 u-0 | m2: t-0 t-3 t-6 u-2 | m3: t-2 t-5 u-1'],
    [
      'static',
      cooperativeStickyAssignor,
      'm1: t-0 t-3 t-6 u-2 | m2: t-1 t-4 u-0 | m3: t-2 t-5 u-1',
    ],
  ])('%s: %o', (group, assignor, expected) => {
    expect(show(assignor.assign(groups[group]!, counts))).toBe(expected);
  });
});

const topicNames = ['a', 'b', 'c'];
const anyCounts = fc
  .tuple(...topicNames.map(() => fc.integer({ min: 0, max: 9 })))
  .map((list) => new Map(topicNames.map((topic, i) => [topic, list[i]!])));
const anyTopics = fc.subarray(topicNames, { minLength: 1 });
const anyGroup = fc.array(anyTopics, { minLength: 1, maxLength: 6 });

const join = (lists: readonly (readonly string[])[], before?: GroupAssignment): GroupMember[] =>
  lists.map((topics, i) =>
    member(`m${i}`, [...topics], {
      owned: (before?.get(`m${i}`) ?? []).filter(({ topic }) => topics.includes(topic)),
      generationId: before?.has(`m${i}`) ? 1 : -1,
    }),
  );

function expectWhole(
  assignment: GroupAssignment,
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
): void {
  const given: string[] = [];
  for (const { memberId, topics } of members) {
    for (const partition of assignment.get(memberId)!) {
      expect(topics).toContain(partition.topic);
      given.push(keyOf(partition));
    }
  }
  const wanted = new Set(members.flatMap(({ topics }) => topics));
  const all = [...wanted].flatMap((topic) =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => keyOf({ topic, partition })),
  );
  expect(given.sort()).toEqual(all.sort());
}

describe('every assignor', () => {
  it.each([rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor])(
    'gives each partition to one subscriber (%o)',
    (assignor) => {
      fc.assert(
        fc.property(anyGroup, anyCounts, (lists, counts) => {
          const members = join(lists);
          expectWhole(assignor.assign(members, counts), members, counts);
        }),
      );
    },
  );
});

describe('the sticky assignor', () => {
  const before = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 2 },
  ];

  it('says what it had as members of other clients do', () => {
    const bytes = Buffer.from(stickyAssignor.userData!(5, before)).toString('hex');
    const fields = ['00000001', '0001', '74', '00000002', '00000000', '00000002', '00000005'];
    expect(bytes).toBe(fields.join(''));
  });

  it('leaves members what they had, and believes the later generation', () => {
    const says = (id: string, generationId: number, had: readonly TopicPartition[]) =>
      member(id, ['t'], { userData: stickyAssignor.userData!(generationId, had) });
    const old = says('m1', 4, before);
    const late = says('m2', 5, [
      { topic: 't', partition: 2 },
      { topic: 't', partition: 3 },
    ]);
    const four = new Map([['t', 4]]);
    expect(show(stickyAssignor.assign([old, late], four))).toBe('m1: t-0 t-1 | m2: t-2 t-3');
  });

  it('takes what cannot be read, or has no generation, for what it is', () => {
    const whole = Buffer.from(stickyAssignor.userData!(5, before));
    for (let size = 0; size <= whole.length; size++) {
      const userData = whole.subarray(0, size);
      const members = [member('m1', ['t'], { userData }), member('m2', ['t'])];
      const assignment = stickyAssignor.assign(members, new Map([['t', 4]]));
      expect(assignment.get('m1')).toHaveLength(2);
    }
  });
});

describe('the sticky balance', () => {
  const sizes = (assignment: GroupAssignment) => [...assignment.values()].map((p) => p.length);

  it('differs by one at most where all subscribe to the same, whatever they own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        anyCounts,
        (before, after, counts) => {
          const equal = (n: number) => Array.from({ length: n }, () => topicNames);
          const old = balanceStickily(join(equal(before)), counts);
          const members = join(equal(after), old);
          const assignment = balanceStickily(members, counts);
          expectWhole(assignment, members, counts);
          const all = sizes(assignment);
          expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('cannot be bettered by moving one partition', () => {
    fc.assert(
      fc.property(anyGroup, anyGroup, anyCounts, (before, after, counts) => {
        const members = join(after, balanceStickily(join(before), counts));
        const assignment = balanceStickily(members, counts);
        expectWhole(assignment, members, counts);
        for (const from of members) {
          for (const { topic } of assignment.get(from.memberId)!) {
            for (const to of members.filter(({ topics }) => topics.includes(topic))) {
              const gap =
                assignment.get(from.memberId)!.length - assignment.get(to.memberId)!.length;
              expect(gap).toBeLessThanOrEqual(1);
            }
          }
        }
      }),
    );
  });

  it('moves nothing when nothing changed, and only what a new member needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), anyCounts, (size, counts) => {
        const equal = (n: number) => Array.from({ length: n }, () => topicNames);
        const first = balanceStickily(join(equal(size)), counts);
        expect(show(balanceStickily(join(equal(size), first), counts))).toBe(show(first));
        const grown = balanceStickily(join(equal(size + 1), first), counts);
        for (let i = 0; i < size; i++) {
          const before = new Set(first.get(`m${i}`)!.map(keyOf));
          expect(grown.get(`m${i}`)!.every((partition) => before.has(keyOf(partition)))).toBe(true);
        }
      }),
    );
  });

  it('believes the later generation, and neither of two in the same', () => {
    const owned: TopicPartition[] = [{ topic: 'a', partition: 0 }];
    const claims = (one: number, two: number) => [
      member('m1', ['a'], { owned, generationId: one }),
      member('m2', ['a'], { owned, generationId: two }),
    ];
    const one = new Map([['a', 1]]);
    expect(show(balanceStickily(claims(1, 2), one))).toBe('m1:  | m2: a-0');
    expect(show(balanceStickily(claims(2, 1), one))).toBe('m1: a-0 | m2: ');
    expect(show(balanceStickily(claims(2, 2), one))).toBe('m1: a-0 | m2: ');
  });
});

describe('the cooperative assignor', () => {
  it('withholds what another member still owns, and gives it in the next rebalance', () => {
    const counts = new Map([['a', 4]]);
    const alone = cooperativeStickyAssignor.assign(join([['a']]), counts);
    const lists = [['a'], ['a']];
    const first = cooperativeStickyAssignor.assign(join(lists, alone), counts);
    expect(show(first)).toBe('m0: a-0 a-1 | m1: ');
    const second = cooperativeStickyAssignor.assign(join(lists, first), counts);
    expect(show(second)).toBe('m0: a-0 a-1 | m1: a-2 a-3');
  });

  it('never gives a partition away while another owns it, and settles within a few rebalances', () => {
    fc.assert(
      fc.property(anyGroup, anyGroup, anyCounts, (before, after, counts) => {
        const old = balanceStickily(join(before), counts);
        const members = join(after, old);
        const first = cooperativeStickyAssignor.assign(members, counts);
        for (const { memberId, owned } of members) {
          const mine = new Set(owned.map(keyOf));
          for (const other of members) {
            if (other.memberId === memberId) continue;
            expect(first.get(other.memberId)!.some((p) => mine.has(keyOf(p)))).toBe(false);
          }
        }
        let settled = first;
        for (let rounds = 0; rounds < 4; rounds++) {
          settled = cooperativeStickyAssignor.assign(join(after, settled), counts);
        }
        expectWhole(settled, members, counts);
        const again = cooperativeStickyAssignor.assign(join(after, settled), counts);
        expect(show(again)).toBe(show(settled));
      }),
    );
  });
});
