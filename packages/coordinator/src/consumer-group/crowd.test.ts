import fc from 'fast-check';
import { expect, it } from 'vitest';
import { snapshotOf, Consumers } from './consumers.test-machine.ts';

const MEMBERS = ['a', 'b', 'c', 'd', 'e'];

/** A client that may be slow: it has what it was told last, until it has told that it let go. */
class Client {
  readonly consumers: Consumers;
  readonly memberId: string;
  readonly instanceId: string | null;
  epoch = 0;
  owned: { topicId: string; partitions: number[] }[] = [];

  constructor(consumers: Consumers, memberId: string, instanceId: string | null) {
    this.consumers = consumers;
    this.memberId = memberId;
    this.instanceId = instanceId;
  }

  beat(request: Parameters<Consumers['beat']>[1] = {}): void {
    const reply =
      this.epoch === 0
        ? this.consumers.join(this.memberId, { instanceId: this.instanceId, ...request })
        : this.consumers.beat(this.memberId, {
            memberEpoch: this.epoch,
            instanceId: this.instanceId,
            topicPartitions: this.owned,
            ...request,
          });
    if (reply.errorCode !== 0) {
      // It was fenced: it lets everything go and begins anew.
      this.epoch = 0;
      this.owned = [];
      return;
    }
    this.epoch = reply.memberEpoch;
    if (!reply.assignment) return;
    this.owned = reply.assignment.topicPartitions.map(({ topicId, partitions }) => ({
      topicId,
      partitions: [...partitions],
    }));
  }

  leave(memberEpoch: number): void {
    if (this.epoch === 0) return;
    this.consumers.beat(this.memberId, { memberEpoch, instanceId: this.instanceId });
    this.epoch = 0;
    this.owned = [];
  }
}

type Action = (crowd: Crowd) => void;

class Crowd {
  readonly consumers = new Consumers({}, { assignmentIntervalMs: 1_000 });
  readonly clients: Client[];

  constructor(statics: number) {
    this.clients = MEMBERS.map(
      (memberId, i) => new Client(this.consumers, memberId, i < statics ? `i-${memberId}` : null),
    );
    this.consumers.setTopic('t', 5);
  }

  /** The coordinator never gives a partition to two; nor do two that it knows consume one. */
  check(): void {
    const { group } = this.consumers;
    if (group === undefined) return;
    const owners = new Map<string, string>();
    const take = (memberId: string, key: string): void => {
      const former = owners.get(key);
      expect(former === undefined || former === memberId, `${key} has two owners`).toBe(true);
      owners.set(key, memberId);
    };
    for (const { memberId, ownership } of group.members.values()) {
      for (const part of [ownership.assigned, ownership.revoking]) {
        for (const [topicId, partitions] of part) {
          for (const partition of partitions.keys()) {
            take(memberId, `${topicId}-${partition}`);
            expect(group.owners.of(topicId, partition)).toBe(memberId);
          }
        }
      }
    }
    for (const { memberId, epoch, owned } of this.clients) {
      // What a member consumes while it is in the group is its own.
      if (epoch === 0 || !group.members.has(memberId)) continue;
      for (const { topicId, partitions } of owned) {
        for (const partition of partitions) take(memberId, `${topicId}-${partition}`);
      }
    }
  }
}

const who = fc.integer({ min: 0, max: MEMBERS.length - 1 });
const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 14, arbitrary: who.map((i) => (crowd: Crowd) => crowd.clients[i]!.beat()) },
  {
    weight: 6,
    arbitrary: fc.constant((crowd: Crowd) => crowd.clients.forEach((client) => client.beat())),
  },
  { weight: 2, arbitrary: who.map((i) => (crowd: Crowd) => crowd.clients[i]!.leave(-1)) },
  {
    weight: 1,
    arbitrary: who.map((i) => (crowd: Crowd) => {
      const client = crowd.clients[i]!;
      client.leave(client.instanceId === null ? -1 : -2);
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(who, fc.constantFrom(['t'], ['t', 'u'], ['u'], []))
      .map(([i, names]) => (crowd: Crowd) => {
        const client = crowd.clients[i]!;
        if (client.epoch > 0) client.beat({ subscribedTopicNames: [...names] });
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(who, fc.constantFrom('t|u', 'u.*', ''))
      .map(([i, subscribedTopicRegex]) => (crowd: Crowd) => {
        const client = crowd.clients[i]!;
        if (client.epoch > 0) client.beat({ subscribedTopicRegex });
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('t', 'u'), fc.integer({ min: 1, max: 8 }))
      .map(([name, count]) => ({ consumers }: Crowd) => {
        if (count > 6 && name === 'u') consumers.deleteTopic(name);
        else if ((consumers.topics.byName(name)?.partitionCount ?? 0) < count) {
          consumers.setTopic(name, count);
        }
      }),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom(1, 900, 3_000, 12_000, 31_000, 46_000).map(
      (ms) =>
        ({ consumers }: Crowd) =>
          consumers.driver.pass(ms),
    ),
  },
);

it('gives a partition to one member at a time, comes to rest, and its log tells it all', () => {
  let rested = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 }),
      fc.array(actions, { maxLength: 80, size: 'max' }),
      (statics, list) => {
        const crowd = new Crowd(statics);
        for (const act of list) {
          act(crowd);
          crowd.check();
        }
        const { driver } = crowd.consumers;
        expect(driver.waiting.size).toBe(0);
        expect(snapshotOf(driver.replayed())).toBe(snapshotOf(driver.machine));
        // Who was silenced for good is out by then, and the others come up to the target.
        for (let i = 0; i < 30; i++) {
          driver.pass(i < 2 ? 46_000 : 2_000);
          crowd.clients.forEach((client) => client.beat());
          crowd.check();
        }
        expect(crowd.consumers.group.state).toBe('Stable');
        rested += crowd.consumers.group.members.size;
      },
    ),
    { numRuns: 60 },
  );
  expect(rested).toBeGreaterThan(200);
}, 30_000);
