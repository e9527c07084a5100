import { type ErrorName, errors, type KafkaError } from '@tidelog/protocol';
import type { CommitCheck, Committer, GroupContract } from '../group/any-group.ts';
import { OFF } from '../group/group-alarm.ts';
import type { StoredOffset } from '../offsets/offset-table.ts';
import {
  type ClassicAlarm,
  ClassicMember,
  type MemberProtocol,
  NO_ASSIGNMENT,
  NOBODY,
} from './classic-member.ts';
import type { ClassicEvent, GroupValue, GroupValueMember } from './records.ts';
import { type GroupState, type GroupTransition, nextState } from './states.ts';
import { subscribedTopics } from './subscriptions.ts';

/** The protocol type of consumers, whose metadata we can read. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/**
 * A classic group: its members, and where it is in its life. Always consistent in itself; who answers
 * requests and sets alarms stands in `rebalance.ts`, `join.ts` and their like.
 */
export class ClassicGroup implements GroupContract {
  readonly type = 'classic';
  readonly groupId: string;
  state: GroupState = 'Empty';
  /** Since when it is in this state, by the wall clock; -1 when an old record does not tell. */
  stateTimestampMs: number;
  /** Null for a simple group, which only stores offsets. */
  protocolType: string | null = null;
  protocolName: string | null = null;
  generation = 0;
  leader: string | null = null;
  readonly members = new Map<string, ClassicMember>();
  /** Member ids by instance id. */
  readonly staticMembers = new Map<string, string>();
  /** Ids that were given out (MEMBER_ID_REQUIRED) and not joined with yet, with their timeouts. */
  readonly pendingJoins = new Map<string, ClassicAlarm>();
  /** Who has not synced in this generation. */
  readonly pendingSyncs = new Set<string>();
  /** Null: not known, because the group is no consumer group or its metadata is not readable. */
  subscribedTopics: ReadonlySet<string> | null = null;
  /** While a group that was empty waits for its first members: what is left of the longest wait. */
  initialWait: { delayMs: number; remainingMs: number; joined: boolean } | null = null;
  readonly joinPhase: ClassicAlarm;
  readonly syncPhase: ClassicAlarm;

  /** How many members offer a protocol. */
  readonly #offers = new Map<string, number>();
  #awaitingJoin = 0;

  constructor(groupId: string, stateTimestampMs: number) {
    this.groupId = groupId;
    this.stateTimestampMs = stateTimestampMs;
    this.joinPhase = { type: 'classic', about: 'join', group: this, ...OFF };
    this.syncPhase = { type: 'classic', about: 'sync', group: this, ...OFF };
  }

  get awaitingJoin(): number {
    return this.#awaitingJoin;
  }

  get isConsumerGroup(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  transition(transition: GroupTransition, timestampMs: number): void {
    this.state = nextState(this.state, transition);
    this.stateTimestampMs = timestampMs;
  }

  /** Whether members of this type and with these protocols can live with those who are there. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return (
      this.protocolType === protocolType &&
      protocols.some(({ name }) => (this.#offers.get(name) ?? 0) === this.members.size)
    );
  }

  add(member: ClassicMember): void {
    if (this.members.size === 0) this.leader = null;
    this.members.set(member.memberId, member);
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId);
    this.leader ??= member.memberId;
    this.#count(member.protocols, 1);
    if (member.joinRequest !== NOBODY) this.#awaitingJoin++;
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (member === undefined) return;
    this.members.delete(memberId);
    this.pendingSyncs.delete(memberId);
    this.#count(member.protocols, -1);
    if (member.joinRequest !== NOBODY) this.#awaitingJoin--;
    if (member.instanceId !== null && this.staticMembers.get(member.instanceId) === memberId) {
      this.staticMembers.delete(member.instanceId);
    }
    if (this.leader === memberId) this.leader = this.members.keys().next().value ?? null;
  }

  setProtocols(member: ClassicMember, protocols: readonly MemberProtocol[]): void {
    this.#count(member.protocols, -1);
    member.protocols = protocols;
    this.#count(protocols, 1);
  }

  setJoinRequest(member: ClassicMember, request: number): void {
    this.#awaitingJoin += Number(request !== NOBODY) - Number(member.joinRequest !== NOBODY);
    member.joinRequest = request;
  }

  hasAllMembersJoined(): boolean {
    return this.members.size === this.#awaitingJoin && this.pendingJoins.size === 0;
  }

  /** The longest rebalance timeout of the members. */
  rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) {
      longest = Math.max(longest, member.rebalanceTimeoutMs);
    }
    return longest;
  }

  /** A leader who has not joined gives way to a member who has; false when none has. */
  electJoinedLeader(): boolean {
    const leader = this.leader === null ? undefined : this.members.get(this.leader);
    if (leader === undefined) return false;
    if (leader.joinRequest !== NOBODY) return true;
    for (const member of this.members.values()) {
      if (member.joinRequest === NOBODY) continue;
      this.leader = member.memberId;
      return true;
    }
    return false;
  }

  /** The protocol that most members prefer among those that all of them offer. */
  selectProtocol(): string {
    const votes = new Map<string, number>();
    let best = '';
    for (const member of this.members.values()) {
      const vote = member.protocols.find(
        ({ name }) => this.#offers.get(name) === this.members.size,
      )?.name;
      if (vote === undefined) throw new Error(`group ${this.groupId} has no protocol in common`);
      const count = (votes.get(vote) ?? 0) + 1;
      votes.set(vote, count);
      if (count > (votes.get(best) ?? 0)) best = vote;
    }
    return best;
  }

  /** Ends the join phase. */
  nextGeneration(timestampMs: number): void {
    this.generation++;
    this.protocolName = this.members.size === 0 ? null : this.selectProtocol();
    this.refreshSubscribedTopics();
    this.pendingSyncs.clear();
    this.transition(this.members.size === 0 ? 'emptied' : 'joined', timestampMs);
  }

  refreshSubscribedTopics(): void {
    this.subscribedTopics = this.isConsumerGroup ? subscribedTopics(this) : null;
  }

  get isEmpty(): boolean {
    return this.state === 'Empty';
  }

  get canExpire(): boolean {
    return this.isEmpty && this.pendingJoins.size === 0;
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.isConsumerGroup;
  }

  checkCommit(committer: Committer): CommitCheck {
    const { memberId, instanceId, epoch, transactional } = committer;
    if (epoch < 0 && this.isEmpty) return null;
    if (epoch >= 0 || memberId !== '' || instanceId !== null) {
      const problem = this.checkMember(memberId, instanceId);
      if (problem !== null) return errors[problem];
      if (epoch !== this.generation) return errors.ILLEGAL_GENERATION;
    } else if (!transactional) {
      return errors.UNKNOWN_MEMBER_ID;
    }
    // It has joined this generation and knows it, so it will come for its assignment.
    const completing = this.state === 'CompletingRebalance';
    return !transactional && completing ? errors.REBALANCE_IN_PROGRESS : null;
  }

  checkFetch(): null {
    return null;
  }

  checkOffsetDelete(): KafkaError | null {
    return this.isEmpty || this.isConsumerGroup ? null : errors.NON_EMPTY_GROUP;
  }

  expiryBase(): ((offset: StoredOffset) => number) | null {
    if (this.protocolType === null) return (offset) => offset.commitTimestamp;
    if (this.isEmpty) {
      const since = this.stateTimestampMs;
      return since === -1 ? (offset) => offset.commitTimestamp : () => since;
    }
    const known = this.isConsumerGroup && this.subscribedTopics !== null;
    return known && this.state === 'Stable' ? (offset) => offset.commitTimestamp : null;
  }

  tombstones(): ClassicEvent[] {
    return [{ kind: 'classic', groupId: this.groupId, value: null }];
  }

  *alarms(): Generator<ClassicAlarm> {
    yield this.joinPhase;
    yield this.syncPhase;
    yield* this.pendingJoins.values();
    for (const member of this.members.values()) yield member.session;
  }

  /** Why a member that names itself so may not act; null when it may. */
  checkMember(memberId: string, instanceId: string | null): ErrorName | null {
    if (instanceId !== null) {
      const known = this.staticMembers.get(instanceId);
      if (known === undefined) return 'UNKNOWN_MEMBER_ID';
      if (known !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.members.has(memberId) ? null : 'UNKNOWN_MEMBER_ID';
  }

  /**
   * Takes over what a record says. Members that are here already keep what no record holds: their
   * other protocols and the requests that wait.
   */
  restore(value: GroupValue): void {
    const staying = new Set(value.members.map(({ memberId }) => memberId));
    for (const memberId of this.members.keys()) {
      if (!staying.has(memberId)) this.remove(memberId);
    }
    this.protocolType = value.protocolType === '' ? null : value.protocolType;
    this.protocolName = value.protocol;
    this.generation = value.generation;
    this.stateTimestampMs = value.currentStateTimestamp;
    this.state = value.members.length === 0 ? 'Empty' : 'Stable';
    for (const member of value.members) this.#restoreMember(member, value.protocol);
    this.leader = value.leader;
    this.refreshSubscribedTopics();
  }

  #restoreMember(value: GroupValueMember, protocol: string | null): void {
    const present = this.members.get(value.memberId);
    if (present !== undefined) {
      present.assignment = value.assignment;
      return;
    }
    this.add(
      new ClassicMember(this, {
        memberId: value.memberId,
        instanceId: value.groupInstanceId,
        clientId: value.clientId,
        clientHost: value.clientHost,
        // Old records have only the session timeout.
        rebalanceTimeoutMs:
          value.rebalanceTimeout === -1 ? value.sessionTimeout : value.rebalanceTimeout,
        sessionTimeoutMs: value.sessionTimeout,
        protocols: protocol === null ? [] : [{ name: protocol, metadata: value.subscription }],
        assignment: value.assignment,
      }),
    );
  }

  /** The group as its record holds it, with its assignments, or with these. */
  toValue(assignments?: ReadonlyMap<string, Buffer>): GroupValue {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generation,
      protocol: this.protocolName,
      leader: this.leader,
      currentStateTimestamp: this.stateTimestampMs,
      members: [...this.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.metadata(this.protocolName),
        assignment:
          assignments === undefined
            ? member.assignment
            : (assignments.get(member.memberId) ?? NO_ASSIGNMENT),
      })),
    };
  }

  #count(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const { name } of protocols) {
      const count = (this.#offers.get(name) ?? 0) + by;
      if (count === 0) this.#offers.delete(name);
      else this.#offers.set(name, count);
    }
  }
}
