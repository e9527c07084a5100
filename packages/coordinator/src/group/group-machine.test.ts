import { ZERO_UUID } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MachineDriver } from './driver.test-machine.ts';
import type { GroupMachine } from './group-machine.ts';

/** What a client of a group knows of itself. */
interface Client {
  readonly instanceId: string | null;
  memberId: string;
  generation: number;
  /** Heard when it was told to lead. */
  toAssign: readonly string[] | null;
  joinRequest: number;
}

type Action =
  | {
      readonly kind: 'join' | 'sync' | 'beat' | 'leave' | 'commit' | 'forget';
      readonly who: number;
    }
  | { readonly kind: 'pass'; readonly ms: number };

const who = fc.integer({ min: 0, max: 5 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('join' as const), who }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('sync' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('beat' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 2_000, 5_000, 31_000),
    }),
  },
);

/** Up to six clients that do anything at any time; what must hold is checked after each step. */
class Crowd {
  readonly driver = new MachineDriver();
  readonly clients: Client[];
  readonly #leaders = new Map<number, string>();
  #generation = 0;

  constructor(size: number, statics: number) {
    this.clients = Array.from({ length: size }, (_, i) => ({
      instanceId: i < statics ? `i${i}` : null,
      memberId: '',
      generation: -1,
      toAssign: null,
      joinRequest: 0,
    }));
  }

  run(next: Action): void {
    if (next.kind === 'pass') this.driver.pass(next.ms);
    else {
      const client = this.clients[next.who % this.clients.length]!;
      this.#act(next.kind, client);
    }
    for (const client of this.clients) this.#hear(client);
    this.#check();
  }

  #act(kind: Exclude<Action['kind'], 'pass'>, client: Client): void {
    const { memberId, instanceId: groupInstanceId, generation: generationId } = client;
    const who = { groupId: 'g', memberId, groupInstanceId };
    if (kind === 'join') client.joinRequest = this.driver.join({ memberId, groupInstanceId });
    else if (kind === 'sync') {
      const assignments = (client.toAssign ?? []).map((member) => ({
        memberId: member,
        assignment: Buffer.from(String(generationId)),
      }));
      const protocol = { protocolType: 'consumer', protocolName: 'range' };
      const request = { ...who, generationId, ...protocol, assignments };
      this.driver.submit({ api: 'SyncGroup', request });
    } else if (kind === 'beat') {
      this.driver.submit({ api: 'Heartbeat', request: { ...who, generationId } });
    } else if (kind === 'leave') {
      const members = [{ memberId, groupInstanceId, reason: null }];
      this.driver.submit({ api: 'LeaveGroup', request: { groupId: 'g', memberId, members } });
    } else if (kind === 'commit') this.#commit(client);
    else client.memberId = '';
  }

  #commit({ memberId, instanceId, generation }: Client): void {
    const partition = {
      partitionIndex: 0,
      committedOffset: this.driver.log.length,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    };
    this.driver.submit({
      api: 'OffsetCommit',
      apiVersion: 9,
      request: {
        groupId: 'g',
        generationIdOrMemberEpoch: generation,
        memberId,
        groupInstanceId: instanceId,
        retentionTimeMs: -1,
        topics: [{ name: 't', topicId: ZERO_UUID, partitions: [partition] }],
      },
    });
  }

  #hear(client: Client): void {
    const reply = this.driver.joinReply(client.joinRequest);
    if (reply === undefined) return;
    client.joinRequest = 0;
    if (reply.memberId !== '') client.memberId = reply.memberId;
    if (reply.errorCode !== 0) return;
    client.generation = reply.generationId!;
    client.toAssign = reply.members.length > 0 ? reply.members.map((m) => m.memberId) : null;
    if (client.toAssign === null) return;
    const identity = client.instanceId ?? client.memberId;
    const leader = this.#leaders.get(client.generation) ?? identity;
    expect(leader, 'one leader in each generation').toBe(identity);
    this.#leaders.set(client.generation, leader);
  }

  #check(): void {
    const group = this.driver.machine.table.groups.get('g');
    if (group === undefined) return;
    expect(group.generation).toBeGreaterThanOrEqual(this.#generation);
    this.#generation = group.generation;
    if (group.members.size > 0) expect(group.members.has(group.leader!)).toBe(true);
    if (group.state === 'Empty') expect(group.members.size).toBe(0);
    if (group.state !== 'Stable') return;
    for (const member of group.members.values()) {
      expect(String(member.assignment)).toBe(String(group.generation));
    }
    expect(snapshot(this.driver.replayed())).toEqual(snapshot(this.driver.machine));
  }
}

/** What must survive. */
function snapshot(machine: GroupMachine) {
  return [...machine.table.groups.values()].map((group) => ({
    id: group.groupId,
    state: group.state,
    generation: group.generation,
    leader: group.leader,
    protocol: [group.protocolType, group.protocolName],
    statics: [...group.staticMembers].toSorted(),
    members: [...group.members.values()]
      .map((m) => [m.memberId, m.clientId, String(m.assignment), m.sessionTimeoutMs].join())
      .toSorted(),
    offsets: machine.table.offsets.committed.group(group.groupId),
  }));
}

describe('a group, whatever its members do', () => {
  it('has one leader a generation, assignments of this generation, and a log that tells it all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(action, { maxLength: 80 }),
        (size, statics, actions) => {
          const crowd = new Crowd(size, statics);
          for (const next of actions) crowd.run(next);
          crowd.driver.pass(20 * 60_000);
          const left = [...crowd.driver.waiting.values()].map(({ api }) => api);
          expect(left, 'every request is answered in the end').toEqual([]);
          expect(snapshot(crowd.driver.replayed())).toEqual(snapshot(crowd.driver.machine));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a group of 10,000 members', () => {
  it('is joined, assigned and left in reasonable time', () => {
    const driver = new MachineDriver();
    const startMs = performance.now();
    const joins = Array.from({ length: 10_000 }, () => driver.join({ apiVersion: 3 }));
    driver.pass(6_000);
    const replies = joins.map((request) => driver.joinReply(request)!);
    const leader = replies.find(({ members }) => members.length > 0)!;
    expect(leader.members).toHaveLength(10_000);
    for (const { memberId, generationId } of replies) {
      if (memberId !== leader.memberId) sync(memberId, generationId!);
    }
    sync(leader.memberId, leader.generationId!);
    expect(driver.machine.table.groups.get('g')?.state).toBe('Stable');
    expect(driver.waiting.size).toBe(0);
    driver.pass(10_000); // nobody sends a heartbeat
    expect(driver.machine.table.groups.get('g')?.members.size).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5_000);

    function sync(memberId: string, generationId: number): void {
      const request = { groupId: 'g', memberId, generationId, groupInstanceId: null };
      const protocol = { protocolType: null, protocolName: null };
      driver.submit({ api: 'SyncGroup', request: { ...request, ...protocol, assignments: [] } });
    }
  });
});
