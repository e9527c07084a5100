import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { MemberProtocol } from '../classic-group/classic-member.ts';
import { joinError, syncError } from '../classic-group/replies.ts';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ClassicProtocols, ConsumerMember, Subscription } from './consumer-member.ts';
import { downgrade, mayDowngrade } from './downgrade.ts';
import {
  byTopicId,
  type EmbeddedSubscription,
  readSubscription,
  writeAssignment,
} from './embedded-protocol.ts';
import { hasRoomFor } from './fencing.ts';
import { step, subscribe } from './heartbeat.ts';
import { removeMembers, replaceMember } from './leave.ts';
import { updateTarget } from './target.ts';

/**
 * Members of the classic protocol in a consumer group. They have the coordinator's assignor like all
 * others; JoinGroup is their way to say what they have and to move on, SyncGroup to hear what they
 * get, and REBALANCE_IN_PROGRESS tells them that it is time to join again.
 */

/** Before this version a client cannot be told its id first (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4;

interface Joining {
  readonly id: number;
  readonly group: ConsumerGroup;
  readonly memberId: string;
  readonly protocols: readonly MemberProtocol[];
  readonly subscription: EmbeddedSubscription;
}

/** JoinGroup to a consumer group that has members. */
export function joinConsumerGroup(
  turn: Turn,
  id: number,
  command: CommandOf<'JoinGroup'>,
  { group, protocols }: Pick<Joining, 'group' | 'protocols'>,
): void {
  const { request, sender, memberIdSuffix } = command;
  const { groupInstanceId: instanceId } = request;
  const memberId = request.memberId === '' ? memberIdSuffix : request.memberId;
  const subscription = readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0));
  const problem = problemOfJoin(turn, group, request, protocols);
  if (problem !== null) return turn.reply(id, joinError(request.memberId, problem));
  if (
    request.memberId === '' &&
    instanceId === null &&
    sender.apiVersion >= MEMBER_ID_REQUIRED_VERSION
  ) {
    return turn.reply(id, joinError(memberId, errors.MEMBER_ID_REQUIRED));
  }
  if (subscription === null) {
    return turn.reply(id, joinError(request.memberId, errors.INCONSISTENT_GROUP_PROTOCOL));
  }
  join(turn, command, { id, group, memberId, protocols, subscription });
}

function problemOfJoin(
  turn: Turn,
  group: ConsumerGroup,
  request: RequestOf<'JoinGroup'>,
  protocols: readonly MemberProtocol[],
): KafkaError | null {
  const { memberId, groupInstanceId: instanceId, protocolType } = request;
  if (turn.config.migrationPolicy === 'disabled') return errors.INCONSISTENT_GROUP_PROTOCOL;
  if (!hasRoomFor(turn, group, { memberId, instanceId })) return errors.GROUP_MAX_SIZE_REACHED;
  const names = protocols.map(({ name }) => name);
  if (!group.supportsClassic(protocolType, names)) return errors.INCONSISTENT_GROUP_PROTOCOL;
  if (instanceId === null || memberId === '') return null;
  return problemOfStatic(group, memberId, instanceId);
}

function problemOfStatic(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string,
): KafkaError | null {
  const owner = group.staticMember(instanceId);
  if (owner === undefined) return errors.UNKNOWN_MEMBER_ID;
  return owner.memberId === memberId ? null : errors.FENCED_INSTANCE_ID;
}

function join(turn: Turn, { request, sender }: CommandOf<'JoinGroup'>, joining: Joining): void {
  const { id, group, memberId, protocols, subscription } = joining;
  const { groupInstanceId: instanceId } = request;
  const former = instanceId === null ? undefined : group.staticMember(instanceId);
  // The last member of the consumer protocol comes back as one of the classic protocol.
  const downgrades =
    former?.subscription.classic === null &&
    mayDowngrade(turn, group, [former], group.members.size);
  if (former !== undefined && request.memberId === '') replaceMember(turn, group, former, memberId);
  const present = group.members.get(memberId);
  const member = present ?? group.ensureMember(memberId);
  const classic = { sessionTimeoutMs: request.sessionTimeoutMs, supportedProtocols: protocols };
  const wanted: Subscription = {
    instanceId: instanceId ?? member.subscription.instanceId,
    rackId: orNull(subscription.rackId) ?? member.subscription.rackId,
    clientId: sender.clientId,
    clientHost: sender.clientHost,
    topicNames: [...new Set(subscription.topics)].toSorted(),
    topicRegex: '',
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    serverAssignor: member.subscription.serverAssignor,
    classic,
  };
  const changed = subscribe(turn, { group, member, isNew: present === undefined }, wanted);
  const owned = byTopicId(subscription.ownedPartitions, turn.topics);
  if (downgrades && downgradeWith(turn, group, member, { changed, owned })) {
    return turn.reply(id, joinedAs(memberId, group.groupEpoch, protocols));
  }
  updateTarget(turn, group);
  step(turn, group, member, { changed, owned });
  const { alarms } = turn.table;
  alarms.cancel(member.join);
  alarms.cancel(member.rebalance);
  alarms.set(member.session, turn.now.monotonicMs + classic.sessionTimeoutMs);
  alarms.set(member.sync, turn.now.monotonicMs + request.rebalanceTimeoutMs);
  turn.reply(id, joinedAs(memberId, member.ownership.memberEpoch, protocols));
}

function orNull(text: string | null): string | null {
  return text === '' ? null : text;
}

function downgradeWith(
  turn: Turn,
  group: ConsumerGroup,
  member: ConsumerMember,
  how: Parameters<typeof step>[3],
): boolean {
  const stale = group.assignmentEpoch < group.groupEpoch;
  if (!stale) step(turn, group, member, how);
  return downgrade(turn, group, [], stale);
}

/** Nobody leads: the coordinator assigns. */
function joinedAs(
  memberId: string,
  generationId: number,
  protocols: readonly MemberProtocol[],
): ResponseOf<'JoinGroup'> {
  return {
    errorCode: errors.NONE.code,
    generationId,
    protocolType: 'consumer',
    protocolName: protocols[0]!.name,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** SyncGroup of a classic member. */
export function syncConsumerGroup(
  turn: Turn,
  id: number,
  request: RequestOf<'SyncGroup'>,
  group: ConsumerGroup,
): void {
  const found = classicMember(group, request.memberId, request.groupInstanceId);
  if (!('member' in found)) return turn.reply(id, syncError(found));
  const { member, classic } = found;
  const problem = problemOfSync(turn, group, found, request);
  if (problem !== null) return turn.reply(id, syncError(problem));
  turn.settled = true;
  turn.table.alarms.cancel(member.sync);
  restartSession(turn, found);
  turn.reply(id, {
    errorCode: errors.NONE.code,
    protocolType: request.protocolType,
    protocolName: request.protocolName,
    assignment: writeAssignment(
      member.ownership.assigned,
      turn.topics,
      classic.supportedProtocols[0]!.metadata,
    ),
  });
}

function problemOfSync(
  turn: Turn,
  group: ConsumerGroup,
  { member, classic }: ClassicFound,
  { generationId, protocolType, protocolName }: RequestOf<'SyncGroup'>,
): KafkaError | null {
  const { memberEpoch, state } = member.ownership;
  if (generationId !== memberEpoch) return errors.ILLEGAL_GENERATION;
  if (
    (protocolType !== null && protocolType !== 'consumer') ||
    (protocolName !== null && protocolName !== classic.supportedProtocols[0]!.name)
  ) {
    return errors.INCONSISTENT_GROUP_PROTOCOL;
  }
  // Who has yet to give partitions up has joined already, and will be told to join again.
  if (group.assignmentEpoch <= memberEpoch || state === 'UNREVOKED_PARTITIONS') return null;
  expectJoin(turn, member);
  return errors.REBALANCE_IN_PROGRESS;
}

/** Heartbeat of a classic member. */
export function heartbeatConsumerGroup(
  turn: Turn,
  id: number,
  request: RequestOf<'Heartbeat'>,
  group: ConsumerGroup,
): void {
  turn.reply(id, { errorCode: beat(turn, request, group).code });
}

function beat(turn: Turn, request: RequestOf<'Heartbeat'>, group: ConsumerGroup): KafkaError {
  const found = classicMember(group, request.memberId, request.groupInstanceId);
  if (!('member' in found)) return found;
  const { member } = found;
  const { memberEpoch, state } = member.ownership;
  if (request.generationId !== memberEpoch) return errors.ILLEGAL_GENERATION;
  restartSession(turn, found);
  const mustJoin =
    memberEpoch < group.assignmentEpoch ||
    state === 'UNREVOKED_PARTITIONS' ||
    (state === 'UNRELEASED_PARTITIONS' && !waitsForOthers(group, member));
  if (!mustJoin) return errors.NONE;
  expectJoin(turn, member);
  return errors.REBALANCE_IN_PROGRESS;
}

/** Something of its target is still held by another. */
function waitsForOthers(group: ConsumerGroup, { memberId, ownership }: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.target.get(memberId) ?? []) {
    const assigned = ownership.assigned.get(topicId);
    for (const partition of partitions) {
      if (!assigned?.has(partition) && group.owners.of(topicId, partition) !== undefined) {
        return true;
      }
    }
  }
  return false;
}

/** LeaveGroup: of classic members, or by an operator who removes members of any protocol. */
export function leaveConsumerGroup(
  turn: Turn,
  id: number,
  request: RequestOf<'LeaveGroup'>,
  group: ConsumerGroup,
): void {
  const leaving = new Set<ConsumerMember>();
  const members = request.members.map(({ memberId, groupInstanceId }) => {
    const found = leavingMember(group, memberId, groupInstanceId);
    if ('memberId' in found) leaving.add(found);
    const { code } = 'memberId' in found ? errors.NONE : found;
    return { memberId, groupInstanceId, errorCode: code };
  });
  removeMembers(turn, group, [...leaving]);
  turn.reply(id, { errorCode: errors.NONE.code, members });
}

function leavingMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember | KafkaError {
  if (instanceId === null) return group.members.get(memberId) ?? errors.UNKNOWN_MEMBER_ID;
  const member = group.staticMember(instanceId);
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID;
  return memberId === '' || member.memberId === memberId ? member : errors.FENCED_INSTANCE_ID;
}

interface ClassicFound {
  readonly member: ConsumerMember;
  readonly classic: ClassicProtocols;
}

function classicMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ClassicFound | KafkaError {
  const problem = instanceId === null ? null : problemOfStatic(group, memberId, instanceId);
  if (problem !== null) return problem;
  const member = group.members.get(memberId);
  const classic = member?.subscription.classic;
  if (member === undefined || !classic) return errors.UNKNOWN_MEMBER_ID;
  return { member, classic };
}

function restartSession(turn: Turn, { member, classic }: ClassicFound): void {
  turn.table.alarms.set(member.session, turn.now.monotonicMs + classic.sessionTimeoutMs);
}

/** It has been told to join again: it has its rebalance timeout for that. */
function expectJoin(turn: Turn, { join: alarm, subscription }: ConsumerMember): void {
  if (alarm.deadlineMs < Infinity) return;
  turn.table.alarms.set(alarm, turn.now.monotonicMs + subscription.rebalanceTimeoutMs);
}
