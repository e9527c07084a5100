import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { ClassicGroup } from './classic-group.ts';
import {
  completeJoinIfAllJoined,
  forgetPendingJoin,
  rebalanceOrGoOn,
  removeMember,
  restartSession,
} from './rebalance.ts';
import { heartbeatConsumerGroup, leaveConsumerGroup } from '../consumer-group/classic-members.ts';
import type { Turn } from '../group/turn.ts';

/** One object for each answer: heartbeats are by far the most frequent requests. */
const heartbeatReplies = {
  NONE: { errorCode: errors.NONE.code },
  UNKNOWN_MEMBER_ID: { errorCode: errors.UNKNOWN_MEMBER_ID.code },
  FENCED_INSTANCE_ID: { errorCode: errors.FENCED_INSTANCE_ID.code },
  ILLEGAL_GENERATION: { errorCode: errors.ILLEGAL_GENERATION.code },
  REBALANCE_IN_PROGRESS: { errorCode: errors.REBALANCE_IN_PROGRESS.code },
} as const;

/** Heartbeat: the session starts again, and the member hears whether it must join again. */
export function heartbeat(turn: Turn, id: number, request: RequestOf<'Heartbeat'>): void {
  const consumerGroup = turn.table.find(request.groupId, 'consumer');
  if (consumerGroup !== undefined) return heartbeatConsumerGroup(turn, id, request, consumerGroup);
  turn.reply(id, heartbeatReplies[beat(turn, request)]);
}

function beat(turn: Turn, request: RequestOf<'Heartbeat'>): keyof typeof heartbeatReplies {
  const group = turn.table.find(request.groupId, 'classic');
  if (group === undefined) return 'UNKNOWN_MEMBER_ID';
  const problem = group.checkMember(request.memberId, request.groupInstanceId);
  if (problem !== null) return problem as 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID';
  if (request.generationId !== group.generation) return 'ILLEGAL_GENERATION';
  restartSession(turn, group.members.get(request.memberId)!);
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

/** A session is over: of a member, or of an id that was given out and not used. */
export function sessionOver(turn: Turn, group: ClassicGroup, memberId: string): void {
  if (group.pendingJoins.has(memberId)) {
    forgetPendingJoin(turn, group, memberId);
    completeJoinIfAllJoined(turn, group);
    return;
  }
  const member = group.members.get(memberId);
  if (member === undefined || member.excusedFromHeartbeats()) return;
  removeMember(turn, group, memberId);
  rebalanceOrGoOn(turn, group);
}

type Leaving = RequestOf<'LeaveGroup'>['members'][number];

/**
 * LeaveGroup, in the shape of version 3 and later: members leave, or an operator removes static members
 * by their instance ids alone.
 */
export function leaveGroup(turn: Turn, id: number, request: RequestOf<'LeaveGroup'>): void {
  const consumerGroup = turn.table.find(request.groupId, 'consumer');
  if (consumerGroup !== undefined) return leaveConsumerGroup(turn, id, request, consumerGroup);
  const group = turn.table.find(request.groupId, 'classic');
  let left = false;
  const members: ResponseOf<'LeaveGroup'>['members'] = request.members.map((leaving) => {
    const problem = group === undefined ? 'UNKNOWN_MEMBER_ID' : leave(turn, group, leaving);
    left ||= problem === 'NONE';
    return {
      memberId: leaving.memberId,
      groupInstanceId: leaving.groupInstanceId,
      errorCode: errors[problem].code,
    };
  });
  if (group !== undefined && left && group.state !== 'Empty') rebalanceOrGoOn(turn, group);
  turn.reply(id, { errorCode: errors.NONE.code, members });
}

function leave(turn: Turn, group: ClassicGroup, { memberId, groupInstanceId }: Leaving) {
  if (group.pendingJoins.has(memberId)) {
    forgetPendingJoin(turn, group, memberId);
    return 'NONE';
  }
  if (memberId !== '') {
    const problem = group.checkMember(memberId, groupInstanceId);
    if (problem !== null) return problem;
    removeMember(turn, group, memberId);
    return 'NONE';
  }
  const known = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
  if (known === undefined) return 'UNKNOWN_MEMBER_ID';
  removeMember(turn, group, known);
  return 'NONE';
}
