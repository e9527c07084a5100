import { errors, type KafkaError } from '@tidelog/protocol';
import { simpleAssignor } from '../assignors/simple.ts';
import type { CommandOf } from '../group/commands.ts';
import { areStorable } from '../group/events.ts';
import { metadataHash } from './topics-hash.ts';
import type { Turn } from '../group/turn.ts';
import { groupEpochIs, memberGoes, memberHas, memberSubscribes } from './events.ts';
import { initializeSubscribed } from './initialize.ts';
import type { ShareGroup } from './share-group.ts';
import {
  sameNames,
  samePartitions,
  sameSubscription,
  type ShareAlarm,
  type ShareAssignment,
  ShareMember,
} from './share-member.ts';
import { hasUnassignedState, topicIdsOf, updateTarget } from './target.ts';

type Heartbeat = CommandOf<'ShareGroupHeartbeat'>;

const JOIN_EPOCH = 0;
const LEAVE_EPOCH = -1;

/**
 * A member joins (epoch 0), says that it lives and what it wants, or leaves (-1). Whatever changed in
 * the group since, it hears of its new assignment with its own next heartbeat.
 */
export function shareGroupHeartbeat(turn: Turn, id: number, command: Heartbeat): void {
  const { groupId, memberId, memberEpoch } = command.request;
  const group = turn.table.groups.get(groupId);
  const refusal = refusalOf(turn, command);
  if (refusal !== null) return refuse(turn, id, refusal);
  if (memberEpoch === LEAVE_EPOCH) {
    removeMember(turn, group as ShareGroup, memberId);
    return turn.reply(id, {
      response: { errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs: 0 },
      initialize: null,
    });
  }
  beat(turn, id, command);
}

interface Refusal {
  readonly error: KafkaError;
  readonly message: string;
}

function refusalOf(turn: Turn, { request, clientId, clientHost }: Heartbeat): Refusal | null {
  const { groupId, memberId, memberEpoch, rackId } = request;
  const found = turn.table.groups.get(groupId);
  if (found === undefined && memberEpoch !== JOIN_EPOCH) {
    return { error: errors.GROUP_ID_NOT_FOUND, message: `Share group ${groupId} not found.` };
  }
  if (found !== undefined && found.type !== 'share') {
    const message = `Group ${groupId} is not a share group.`;
    return { error: errors.GROUP_ID_NOT_FOUND, message };
  }
  const member = found?.members.get(memberId);
  if (member === undefined && memberEpoch === JOIN_EPOCH) {
    if (!areStorable([groupId, memberId, rackId, clientId, clientHost])) {
      const message = 'A name is too long to be stored.';
      return { error: errors.INVALID_REQUEST, message };
    }
    const { shareMaxSize } = turn.config;
    if ((found?.members.size ?? 0) < shareMaxSize) return null;
    const message = `The share group has reached its maximum capacity of ${shareMaxSize} members.`;
    return { error: errors.GROUP_MAX_SIZE_REACHED, message };
  }
  if (member === undefined) {
    const message = `Member ${memberId} is not a member of group ${groupId}.`;
    return { error: errors.UNKNOWN_MEMBER_ID, message };
  }
  const known = member.assignment;
  // The answer that told the member of its new epoch may have been lost.
  const isKnown = memberEpoch === known.memberEpoch || memberEpoch === known.previousMemberEpoch;
  if (isKnown || memberEpoch === JOIN_EPOCH || memberEpoch === LEAVE_EPOCH) return null;
  const message =
    `The member epoch ${memberEpoch} is not ${known.memberEpoch}, as the group coordinator knows it. ` +
    'The member must abandon all its partitions and rejoin.';
  return { error: errors.FENCED_MEMBER_EPOCH, message };
}

function refuse(turn: Turn, id: number, { error, message }: Refusal): void {
  const response = {
    errorCode: error.code,
    errorMessage: message,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
  };
  turn.reply(id, { response, initialize: null });
}

function beat(turn: Turn, id: number, command: Heartbeat): void {
  const { groupId, memberId, memberEpoch, subscribedTopicNames } = command.request;
  const subscribed = subscribe(turn, command);
  if (subscribed === null) {
    const { UNKNOWN_SERVER_ERROR: error } = errors;
    return refuse(turn, id, { error, message: 'The subscription is too large to be stored.' });
  }
  const group = turn.table.find(groupId, 'share')!;
  const member = group.members.get(memberId)!;
  const isPending = group.assignmentEpoch >= group.groupEpoch && hasUnassignedState(group);
  const bumped = bumpEpoch(turn, group, subscribed.topicsChanged || isPending);
  updateTarget(turn, group, simpleAssignor);
  const before = member.assignment;
  reconcile(turn, group, member, bumped);
  startSession(turn, group, member);
  const isNews =
    memberEpoch === JOIN_EPOCH ||
    subscribedTopicNames !== null ||
    !samePartitions(before.partitions, member.assignment.partitions);
  const response = {
    errorCode: 0,
    memberId,
    memberEpoch: member.assignment.memberEpoch,
    heartbeatIntervalMs: turn.settings(groupId).share.heartbeatIntervalMs,
    assignment: isNews ? assignmentOf(member.assignment) : null,
  };
  turn.reply(id, { response, initialize: initializeSubscribed(turn, group) });
}

function assignmentOf({ partitions }: ShareAssignment) {
  return {
    topicPartitions: [...partitions].map(([topicId, indexes]) => ({
      topicId,
      partitions: [...indexes],
    })),
  };
}

/** Records what the member wants; null where it is too much. */
function subscribe(turn: Turn, command: Heartbeat): { readonly topicsChanged: boolean } | null {
  const { groupId, memberId, rackId, subscribedTopicNames } = command.request;
  const known = turn.table.find(groupId, 'share')?.members.get(memberId);
  const { subscription: before } = known ?? new ShareMember(groupId, memberId);
  const after = {
    rackId: rackId ?? before.rackId,
    clientId: command.clientId,
    clientHost: command.clientHost,
    topicNames:
      subscribedTopicNames === null
        ? before.topicNames
        : [...new Set(subscribedTopicNames)].toSorted(),
  };
  const topicsChanged = !sameNames(before.topicNames, after.topicNames);
  if (known !== undefined && sameSubscription(before, after)) return { topicsChanged };
  const event = memberSubscribes(groupId, memberId, after);
  if (!turn.fits([event])) return null;
  turn.emit(event);
  return { topicsChanged };
}

/** A new group epoch where it is due, or where the topics are not what they were. */
function bumpEpoch(turn: Turn, group: ShareGroup, due: boolean): boolean {
  const { version } = turn.table.topicChanges;
  if (!due && group.checkedTopicsVersion === version) return false;
  const hash = metadataHash(group.topicNames(), turn.topics);
  group.checkedTopicsVersion = version;
  if (!due && hash === group.metadataHash) return false;
  turn.emit(groupEpochIs(group.groupId, group.groupEpoch + 1, hash));
  return true;
}

/** The member gets its target, of topics that it subscribes to. */
function reconcile(turn: Turn, group: ShareGroup, member: ShareMember, bumped: boolean): void {
  const { memberEpoch, previousMemberEpoch, partitions } = member.assignment;
  const { assignmentEpoch, groupId } = group;
  if (memberEpoch === assignmentEpoch && !bumped) return;
  const topicIds = topicIdsOf(member.subscription.topicNames, turn.topics);
  const target = [...(group.target.get(member.memberId) ?? [])];
  const next = {
    memberEpoch: assignmentEpoch,
    previousMemberEpoch: memberEpoch === assignmentEpoch ? previousMemberEpoch : memberEpoch,
    partitions: new Map(target.filter(([topicId]) => topicIds.has(topicId))),
  };
  const isSame = memberEpoch === assignmentEpoch && samePartitions(partitions, next.partitions);
  if (!isSame) turn.emit(memberHas(groupId, member.memberId, next));
}

function startSession(turn: Turn, { groupId }: ShareGroup, { session }: ShareMember): void {
  const { sessionTimeoutMs } = turn.settings(groupId).share;
  turn.table.alarms.set(session, turn.now.monotonicMs + sessionTimeoutMs);
}

function removeMember(turn: Turn, group: ShareGroup, memberId: string): void {
  turn.emitAll(memberGoes(group.groupId, memberId));
  const hash = metadataHash(group.topicNames(), turn.topics);
  turn.emit(groupEpochIs(group.groupId, group.groupEpoch + 1, hash));
}

/** A member was silent for too long. */
export function ringShare(turn: Turn, { groupId, memberId }: ShareAlarm): void {
  const group = turn.table.find(groupId, 'share');
  if (group?.members.has(memberId) === true) removeMember(turn, group, memberId);
}

/** Sessions begin with the coordinator that has loaded the group. */
export function loadedShare(turn: Turn, group: ShareGroup): void {
  for (const member of group.members.values()) startSession(turn, group, member);
}
