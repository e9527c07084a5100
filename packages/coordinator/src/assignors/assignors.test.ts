import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TopicPartitions } from './assignor.ts';
import { rangeAssignor } from './range.ts';
import {
  describer,
  type PlainGroup,
  type PlainMember,
  specOf,
  toPlain,
} from './script.test-group.ts';
import { simpleAssignor } from './simple.ts';
import { uniformAssignor } from './uniform.ts';

const ids = ['AAECAwQFBgcICQoLDA0ODw', '_vHi08S1ppeIeWpbTD0uHw', 'qmFqvhdhDJrnQ2e9c4WX3A'];

const runs = { numRuns: 40 };

/** Members that own parts of topics; a partition has one owner, or up to three when shared. */
function groups(homogeneous: boolean, shared: boolean): fc.Arbitrary<PlainGroup> {
  return fc
    .record({
      counts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
      subscriptions: fc.array(fc.subarray(ids, { minLength: 1 }), { minLength: 1, maxLength: 8 }),
      seeds: fc.array(fc.array(fc.nat(12), { minLength: 27, maxLength: 27 }), {
        minLength: shared ? 3 : 1,
        maxLength: shared ? 3 : 1,
      }),
    })
    .map(({ counts, subscriptions, seeds }) => {
      const topics = Object.fromEntries(ids.map((id, i) => [id, counts[i]!]));
      const owned = subscriptions.map(() => new Map<string, Set<number>>());
      for (const seed of seeds) {
        for (const [i, member] of seed.entries()) {
          const [topic, partition] = [Math.floor(i / 9), i % 9];
          if (partition >= counts[topic]! || member >= owned.length) continue;
          const partitions = owned[member]!.get(ids[topic]!) ?? new Set();
          owned[member]!.set(ids[topic]!, partitions.add(partition));
        }
      }
      const members = subscriptions.map((subscription, i): [string, PlainMember] => [
        `member-${i}`,
        {
          topics: homogeneous ? subscriptions[0]! : subscription,
          assignment: toPlain(owned[i]),
        },
      ]);
      return { homogeneous, topics, members: Object.fromEntries(members) };
    });
}

function partitionsOf(group: PlainGroup): string[] {
  const subscribed = new Set(Object.values(group.members).flatMap(({ topics }) => topics));
  return [...subscribed].flatMap((id) =>
    Array.from({ length: group.topics[id]! }, (_, partition) => `${id}/${partition}`),
  );
}

const flat = (assignment: TopicPartitions | undefined) =>
  [...(assignment ?? [])].flatMap(([id, partitions]) => [...partitions].map((p) => `${id}/${p}`));

const size = (assignment: TopicPartitions | undefined) => flat(assignment).length;

function assignedBy(assignor: typeof uniformAssignor, group: PlainGroup) {
  const assigned = assignor.assign(specOf(group), describer(group));
  for (const [memberId, { topics }] of Object.entries(group.members)) {
    for (const topicId of assigned.get(memberId)?.keys() ?? []) expect(topics).toContain(topicId);
  }
  return assigned;
}

/** The group as it is when everyone owns what was assigned. */
function settled(group: PlainGroup, assigned: ReadonlyMap<string, TopicPartitions>): PlainGroup {
  const members = Object.entries(group.members).map(([memberId, member]) => [
    memberId,
    { ...member, assignment: toPlain(assigned.get(memberId)) },
  ]);
  return { ...group, members: Object.fromEntries(members) as PlainGroup['members'] };
}

describe.each([true, false])('with members that all subscribe alike: %s', (alike) => {
  it.each([uniformAssignor, rangeAssignor])('$name gives each partition to one member', (by) => {
    fc.assert(
      fc.property(groups(alike, false), (group) => {
        const assigned = assignedBy(by, group);
        expect([...assigned.values()].flatMap(flat).toSorted()).toEqual(
          partitionsOf(group).toSorted(),
        );
      }),
      runs,
    );
  });

  it.each([uniformAssignor, rangeAssignor, simpleAssignor])(
    '$name leaves as it is what it has assigned',
    (by) => {
      fc.assert(
        fc.property(groups(alike, by === simpleAssignor), (group) => {
          const assigned = assignedBy(by, group);
          const again = assignedBy(by, settled(group, assigned));
          for (const memberId of Object.keys(group.members)) {
            expect(toPlain(again.get(memberId))).toEqual(toPlain(assigned.get(memberId)));
          }
        }),
        runs,
      );
    },
  );

  it('simple leaves no partition out, and shares each with as many as any other', () => {
    fc.assert(
      fc.property(groups(alike, true), (group) => {
        const assigned = assignedBy(simpleAssignor, group);
        const holders = [...assigned.values()].flatMap(flat);
        expect(new Set(holders)).toEqual(new Set(partitionsOf(group)));
        const topicOf = (partition: string) => partition.split('/')[0]!;
        for (const partition of new Set(holders)) {
          const subscribers = Object.values(group.members).filter(({ topics }) =>
            topics.includes(topicOf(partition)),
          );
          const among = alike ? partitionsOf(group).length : group.topics[topicOf(partition)]!;
          expect(holders.filter((held) => held === partition).length).toBeLessThanOrEqual(
            Math.ceil(subscribers.length / among),
          );
        }
      }),
      runs,
    );
  });
});

it('uniform balances members that subscribe alike, and moves no more than that takes', () => {
  fc.assert(
    fc.property(groups(true, false), (group) => {
      const assigned = assignedBy(uniformAssignor, group);
      const sizes = [...assigned.values()].map(size);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      const most = Math.ceil(partitionsOf(group).length / sizes.length);
      const spec = specOf(group);
      for (const [memberId, { assignment, subscribedTopicIds }] of spec.members) {
        const kept = new Map([...assignment].filter(([id]) => subscribedTopicIds.has(id)));
        const now = new Set(flat(assigned.get(memberId)));
        const lost = flat(kept).filter((partition) => !now.has(partition));
        expect(lost.length).toBeLessThanOrEqual(Math.max(0, size(kept) - (most - 1)));
      }
    }),
    runs,
  );
});

it('simple gives members as many partitions as the others, or one more', () => {
  fc.assert(
    fc.property(groups(true, true), (group) => {
      const assigned = assignedBy(simpleAssignor, group);
      const sizes = [...assigned.values()].map(size);
      const total = partitionsOf(group).length;
      const each = (Math.ceil(sizes.length / total) * total) / sizes.length;
      expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.ceil(each));
    }),
    runs,
  );
});

it('assigns what is assignable only', () => {
  const group: PlainGroup = {
    homogeneous: true,
    topics: { [ids[0]!]: 4 },
    members: { a: { topics: [ids[0]!], assignment: { [ids[0]!]: [0, 1] } } },
  };
  const spec = { ...specOf(group), isAssignable: (_: string, partition: number) => partition > 0 };
  const assigned = simpleAssignor.assign(spec, describer(group));
  expect(toPlain(assigned.get('a'))).toEqual({ [ids[0]!]: [1, 2, 3] });
});

it('assigns nothing of topics that are gone', () => {
  const group: PlainGroup = {
    homogeneous: true,
    topics: {},
    members: { a: { topics: [ids[0]!] } },
  };
  for (const assignor of [uniformAssignor, rangeAssignor, simpleAssignor]) {
    const assigned = assignor.assign(specOf(group), describer(group));
    expect(toPlain(assigned.get('a'))).toEqual({});
  }
});
