import { errors, ZERO_UUID } from '@tidelog/protocol';
import type { AnyGroup } from '../group/any-group.ts';
import { MachineDriver } from '../group/driver.test-machine.ts';
import type { GroupMachine } from '../group/group-machine.ts';
import type { ClassicGroup } from './classic-group.ts';

/** What a client of a group knows of itself. */
interface Client {
  readonly instanceId: string | null;
  memberId: string;
  generation: number;
  /** Heard when it was told to lead. */
  toAssign: readonly string[] | null;
  joinRequest: number;
  /** The latest sync or heartbeat. */
  otherRequest: number;
  /** What a client that behaves would do now. */
  next: 'join' | 'sync' | 'beat';
}

/** `go`: do what is next; `all go`: everyone does; `forget`: the client lost its member id. */
export type Action =
  | {
      readonly kind: 'go' | 'join' | 'sync' | 'beat' | 'leave' | 'commit' | 'forget';
      readonly who: number;
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'all go' };

/** Up to six clients that do anything at any time; what must hold is checked after each step. */
export class Crowd {
  readonly driver = new MachineDriver();
  readonly clients: Client[];
  /** How often the group was stable after a step. */
  stableChecks = 0;
  readonly #leaders = new Map<number, string>();
  #generation = 0;

  constructor(size: number, statics: number) {
    this.clients = Array.from({ length: size }, (_, i) => ({
      instanceId: i < statics ? `i${i}` : null,
      memberId: '',
      generation: -1,
      toAssign: null,
      joinRequest: 0,
      otherRequest: 0,
      next: 'join',
    }));
  }

  run(next: Action): void {
    if (next.kind === 'pass') this.driver.pass(next.ms);
    else if (next.kind === 'all go') for (const client of this.clients) this.#go(client);
    else {
      const client = this.clients[next.who % this.clients.length]!;
      if (next.kind === 'go') this.#go(client);
      else this.#act(next.kind, client);
    }
    for (const client of this.clients) this.#hear(client);
    this.#check();
  }

  #go(client: Client): void {
    const { joinRequest, otherRequest } = client;
    if (this.driver.waiting.has(joinRequest) || this.driver.waiting.has(otherRequest)) return;
    this.#act(client.next, client);
    this.#hear(client);
  }

  #act(kind: Exclude<Action['kind'], 'pass' | 'go' | 'all go'>, client: Client): void {
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
      client.otherRequest = this.driver.submit({ api: 'SyncGroup', request });
    } else if (kind === 'beat') {
      const request = { ...who, generationId };
      client.otherRequest = this.driver.submit({ api: 'Heartbeat', request });
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
    const other = this.driver.answered.get(client.otherRequest) as
      | { errorCode: number }
      | undefined;
    if (other !== undefined) {
      client.otherRequest = 0;
      if (other.errorCode === errors.UNKNOWN_MEMBER_ID.code) client.memberId = '';
      client.next = other.errorCode === 0 ? 'beat' : 'join';
    }
    const reply = this.driver.joinReply(client.joinRequest);
    if (reply === undefined) return;
    client.joinRequest = 0;
    client.memberId = reply.memberId;
    if (reply.errorCode !== 0) return;
    client.next = 'sync';
    client.generation = reply.generationId!;
    client.toAssign = reply.members.length > 0 ? reply.members.map((m) => m.memberId) : null;
    if (client.toAssign === null) return;
    const identity = client.instanceId ?? client.memberId;
    const leader = this.#leaders.get(client.generation) ?? identity;
    check(leader === identity, `${leader} and ${identity} lead one generation`);
    this.#leaders.set(client.generation, leader);
  }

  #check(): void {
    const group = this.driver.machine.table.find('g', 'classic');
    if (group === undefined) return;
    check(group.generation >= this.#generation, 'the generation went back');
    this.#generation = group.generation;
    check(group.members.size === 0 || group.members.has(group.leader!), 'the leader is no member');
    check(group.state !== 'Empty' || group.members.size === 0, 'an empty group has members');
    if (group.state !== 'Stable') return;
    for (const member of group.members.values()) {
      const assigned = String(member.assignment) === String(group.generation);
      check(assigned, `${member.memberId} has an assignment of another generation`);
    }
    this.stableChecks++;
    const [replayed, live] = [this.driver.replayed(), this.driver.machine].map(snapshot);
    check(replayed === live, `the log tells ${replayed}, not ${live}`);
  }
}

/** What must survive. */
export function snapshot(machine: GroupMachine): string {
  const groups = [...machine.table.groups.values()].filter(isClassic).map((group) => ({
    id: group.groupId,
    state: group.state,
    generation: group.generation,
    leader: group.leader,
    protocol: [group.protocolType, group.protocolName],
    statics: [...group.staticMembers].map(String).toSorted(),
    members: [...group.members.values()]
      .map((m) => [m.memberId, m.clientId, String(m.assignment), m.sessionTimeoutMs].join())
      .toSorted(),
    offsets: [...(machine.table.offsets.committed.group(group.groupId)?.get('t') ?? [])],
  }));
  return JSON.stringify(groups);
}

function isClassic(group: AnyGroup): group is ClassicGroup {
  return group.type === 'classic';
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
