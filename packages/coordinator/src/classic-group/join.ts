import { errors } from '@tidelog/protocol';
import { joinConsumerGroup } from '../consumer-group/classic-members.ts';
import type { CommandOf } from '../group/commands.ts';
import { areStorable } from '../group/events.ts';
import type { ClassicGroup } from './classic-group.ts';
import {
  ClassicMember,
  type MemberProtocol,
  NO_ASSIGNMENT,
  NOBODY,
  sessionAlarm,
} from './classic-member.ts';
import {
  completeJoinIfAllJoined,
  forgetPendingJoin,
  prepareRebalance,
  rebalanceOrGoOn,
  removeMember,
  restartSession,
  syncDone,
} from './rebalance.ts';
import { joinError, joined, syncError } from './replies.ts';
import type { Turn } from '../group/turn.ts';

/** Before this version a client cannot be told its id first (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4;
/** From this version on a static leader is told that the assignments stand (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9;
/** How long a new member may wait for its first generation: then it must ask again. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

interface Join extends CommandOf<'JoinGroup'> {
  readonly id: number;
  readonly protocols: readonly MemberProtocol[];
}

/**
 * JoinGroup. New members enter, old ones come back, changed ones cause a rebalance; the reply waits for
 * the end of the join phase, unless nothing has changed for the one who asks.
 */
export function joinGroup(turn: Turn, id: number, command: CommandOf<'JoinGroup'>): void {
  const { request } = command;
  const join: Join = { ...command, id, protocols: protocolsOf(request.protocols) };
  const fail = (error: (typeof errors)[keyof typeof errors], memberId = request.memberId): void =>
    turn.reply(id, joinError(memberId, error));

  if (!areStorable(textsOf(join))) return fail(errors.UNKNOWN_SERVER_ERROR, '');
  const group = classicGroupOf(turn, join);
  if (group === 'other') return;
  if (group === undefined) {
    if (request.memberId !== '') return fail(errors.UNKNOWN_MEMBER_ID);
    if (request.protocolType === '' || join.protocols.length === 0) {
      return fail(errors.INCONSISTENT_GROUP_PROTOCOL);
    }
    return joinAsNew(turn, createGroup(turn, request.groupId), join);
  }
  if (!hasRoomFor(turn, group, request.memberId)) {
    removeMember(turn, group, request.memberId);
    forgetPendingJoin(turn, group, request.memberId);
    return fail(errors.GROUP_MAX_SIZE_REACHED, '');
  }
  if (!group.supports(request.protocolType, join.protocols)) {
    return fail(errors.INCONSISTENT_GROUP_PROTOCOL);
  }
  if (request.memberId === '') return joinAsNew(turn, group, join);
  if (group.pendingJoins.has(request.memberId)) {
    // Ids are given out to dynamic members only.
    if (request.groupInstanceId !== null) return fail(errors.UNKNOWN_SERVER_ERROR);
    return addMember(turn, group, join, request.memberId);
  }
  const problem = group.checkMember(request.memberId, request.groupInstanceId);
  if (problem !== null) return fail(errors[problem]);
  rejoin(turn, group, join, group.members.get(request.memberId)!);
}

/** Groups of other protocols give way when they are empty; members of a consumer group are its own. */
function classicGroupOf(turn: Turn, join: Join): ClassicGroup | undefined | 'other' {
  const group = turn.table.groups.get(join.request.groupId);
  if (group === undefined || group.type === 'classic') return group;
  if (group.type === 'consumer' && !group.isEmpty) {
    joinConsumerGroup(turn, join.id, join, { group, protocols: join.protocols });
    return 'other';
  }
  if (group.type === 'share' || !group.isEmpty) {
    turn.reply(join.id, joinError('', errors.INCONSISTENT_GROUP_PROTOCOL));
    return 'other';
  }
  if (join.request.memberId !== '') return undefined;
  turn.emitAll(group.tombstones());
  return undefined;
}

function createGroup(turn: Turn, groupId: string): ClassicGroup {
  turn.emit({
    kind: 'classic',
    groupId,
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: turn.now.timestampMs,
      members: [],
    },
  });
  return turn.table.find(groupId, 'classic')!;
}

/**
 * While a rebalance runs, those who have joined are counted: the group may be over a limit that was
 * lowered, and then the last to come back are turned away.
 */
function hasRoomFor(turn: Turn, group: ClassicGroup, memberId: string): boolean {
  const { maxGroupSize } = turn.config;
  const member = group.members.get(memberId);
  if (group.state === 'Empty') return true;
  if (group.state === 'PreparingRebalance') {
    const waits = member !== undefined && member.joinRequest !== NOBODY;
    return waits || group.awaitingJoin < maxGroupSize;
  }
  return member !== undefined || group.members.size < maxGroupSize;
}

function joinAsNew(turn: Turn, group: ClassicGroup, join: Join): void {
  const { request, sender, memberIdSuffix } = join;
  const memberId = `${request.groupInstanceId ?? sender.clientId}-${memberIdSuffix}`;
  if (request.groupInstanceId !== null) {
    const former = group.staticMembers.get(request.groupInstanceId);
    if (former !== undefined) return replaceStatic(turn, group, join, { former, memberId });
  } else if (sender.apiVersion >= MEMBER_ID_REQUIRED_VERSION) {
    const alarm = sessionAlarm(group, memberId);
    group.pendingJoins.set(memberId, alarm);
    turn.table.alarms.set(alarm, turn.now.monotonicMs + request.sessionTimeoutMs);
    turn.reply(join.id, joinError(memberId, errors.MEMBER_ID_REQUIRED));
    return;
  }
  addMember(turn, group, join, memberId);
}

function addMember(turn: Turn, group: ClassicGroup, join: Join, memberId: string): void {
  const { request, sender } = join;
  forgetPendingJoin(turn, group, memberId);
  const member = new ClassicMember(group, {
    memberId,
    instanceId: request.groupInstanceId,
    clientId: sender.clientId,
    clientHost: sender.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: join.protocols,
    assignment: NO_ASSIGNMENT,
  });
  member.isNew = true;
  member.joinRequest = join.id;
  if (group.initialWait !== null) group.initialWait.joined = true;
  if (group.members.size === 0) group.protocolType = request.protocolType;
  group.add(member);
  turn.table.alarms.set(member.session, turn.now.monotonicMs + NEW_MEMBER_JOIN_TIMEOUT_MS);
  rebalanceOrGoOn(turn, group);
}

/** A member that is in the group already. */
function rejoin(turn: Turn, group: ClassicGroup, join: Join, member: ClassicMember): void {
  const same = member.offersTheSame(join.protocols);
  const isLeader = group.leader === member.memberId;
  // It may have missed the answer to its join. A leader that comes back to a stable group wants a
  // rebalance: it has seen a change that its metadata does not show.
  if (
    (group.state === 'CompletingRebalance' && same) ||
    (group.state === 'Stable' && same && !isLeader)
  ) {
    turn.reply(join.id, joined(group, member));
    return;
  }
  updateMember(turn, group, join, member);
  rebalanceOrGoOn(turn, group);
}

function updateMember(turn: Turn, group: ClassicGroup, join: Join, member: ClassicMember): void {
  // The client has asked again, on another connection: nobody listens to the first request.
  turn.reply(member.joinRequest, joinError(member.memberId, errors.REBALANCE_IN_PROGRESS));
  group.setProtocols(member, join.protocols);
  member.rebalanceTimeoutMs = join.request.rebalanceTimeoutMs;
  member.sessionTimeoutMs = join.request.sessionTimeoutMs;
  group.setJoinRequest(member, join.id);
}

/** A static member came back without its id: it takes the place of its former self. */
function replaceStatic(
  turn: Turn,
  group: ClassicGroup,
  join: Join,
  { former, memberId }: { former: string; memberId: string },
): void {
  const formerLeader = group.leader ?? '';
  const member = takePlace(turn, group, former, memberId);
  updateMember(turn, group, join, member);
  restartSession(turn, member);
  if (group.state === 'CompletingRebalance') {
    // The leader may have been told the former id, and would assign to nobody.
    prepareRebalance(turn, group);
  } else if (group.state !== 'Stable') {
    completeJoinIfAllJoined(turn, group);
  } else if (group.selectProtocol() !== group.protocolName || !turn.fitsGroup(group)) {
    rebalanceOrGoOn(turn, group);
  } else {
    group.setJoinRequest(member, NOBODY);
    turn.emitGroup(group);
    turn.reply(join.id, joinedInPlace(group, member, join, formerLeader));
  }
}

/**
 * Nothing has changed but an id, so there is no rebalance. Clients that cannot skip the assignment are
 * shown the former leader id: a leader would otherwise assign anew, and be ignored.
 */
function joinedInPlace(
  group: ClassicGroup,
  member: ClassicMember,
  join: Join,
  formerLeader: string,
) {
  if (join.sender.apiVersion < SKIP_ASSIGNMENT_VERSION) {
    return { ...joined(group, member), leader: formerLeader, members: [] };
  }
  return { ...joined(group, member), skipAssignment: group.leader === member.memberId };
}

function takePlace(
  turn: Turn,
  group: ClassicGroup,
  formerId: string,
  memberId: string,
): ClassicMember {
  const former = group.members.get(formerId)!;
  const member = former.renamed(group, memberId);
  const wasLeader = group.leader === formerId;
  turn.reply(former.joinRequest, joinError(formerId, errors.FENCED_INSTANCE_ID));
  turn.reply(former.syncRequest, syncError(errors.FENCED_INSTANCE_ID));
  former.syncRequest = NOBODY;
  turn.table.alarms.cancel(former.session);
  syncDone(turn, group, formerId);
  group.remove(formerId);
  group.add(member);
  if (wasLeader) group.leader = memberId;
  return member;
}

function textsOf({ request, sender, protocols }: Join): (string | null)[] {
  const { groupId, memberId, groupInstanceId, protocolType } = request;
  const names = protocols.map(({ name }) => name);
  return [groupId, memberId, groupInstanceId, protocolType, sender.clientId, ...names];
}

/** Copied, because they outlive the request; of two with one name the first counts. */
function protocolsOf(
  protocols: readonly { readonly name: string; readonly metadata: Buffer }[],
): MemberProtocol[] {
  const byName = new Map<string, MemberProtocol>();
  for (const { name, metadata } of protocols) {
    if (!byName.has(name)) byName.set(name, { name, metadata: Buffer.from(metadata) });
  }
  return [...byName.values()];
}
