import { errors, type KafkaError, type RequestOf } from '@tidelog/protocol';
import type { ClassicGroup } from './classic-group.ts';
import { answerSyncs, failSyncs, prepareRebalance, syncDone } from './rebalance.ts';
import { syncError } from './replies.ts';
import { syncConsumerGroup } from '../consumer-group/classic-members.ts';
import type { Turn } from '../group/turn.ts';

type SyncRequest = RequestOf<'SyncGroup'>;

/**
 * SyncGroup. The leader brings the assignments of the generation: they are written, and only then
 * does anyone get its own.
 */
export function syncGroup(turn: Turn, id: number, request: SyncRequest): void {
  const consumerGroup = turn.table.find(request.groupId, 'consumer');
  if (consumerGroup !== undefined && !consumerGroup.isEmpty) {
    return syncConsumerGroup(turn, id, request, consumerGroup);
  }
  const group = turn.table.find(request.groupId, 'classic');
  if (group === undefined || group.state === 'Empty') {
    return turn.reply(id, syncError(errors.UNKNOWN_MEMBER_ID));
  }
  const problem = problemOf(group, request);
  if (problem !== null) return turn.reply(id, syncError(problem));
  const member = group.members.get(request.memberId)!;
  if (group.state === 'PreparingRebalance') {
    return turn.reply(id, syncError(errors.REBALANCE_IN_PROGRESS));
  }
  if (group.state === 'CompletingRebalance') {
    // The client has asked again, on another connection: nobody listens to the first request.
    turn.reply(member.syncRequest, syncError(errors.REBALANCE_IN_PROGRESS));
    member.syncRequest = id;
    syncDone(turn, group, member.memberId);
    if (group.leader === member.memberId) assign(turn, group, request);
    return;
  }
  syncDone(turn, group, member.memberId);
  // The record with the assignment may not be replicated yet.
  turn.settled = true;
  turn.reply(id, {
    errorCode: errors.NONE.code,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  });
}

/** Members without an assignment get an empty one; assignments to nobody are dropped. */
function assign(turn: Turn, group: ClassicGroup, request: SyncRequest): void {
  const assignments = new Map<string, Buffer>();
  for (const { memberId, assignment } of request.assignments) {
    assignments.set(memberId, Buffer.from(assignment));
  }
  const value = group.toValue(assignments);
  if (!turn.fitsGroup(group, value)) {
    failSyncs(turn, group, errors.UNKNOWN_SERVER_ERROR);
    prepareRebalance(turn, group);
    return;
  }
  group.transition('assigned', turn.now.timestampMs);
  turn.emitGroup(group, value);
  answerSyncs(turn, group);
}

function problemOf(group: ClassicGroup, request: SyncRequest): KafkaError | null {
  const problem = group.checkMember(request.memberId, request.groupInstanceId);
  if (problem !== null) return errors[problem];
  if (request.generationId !== group.generation) return errors.ILLEGAL_GENERATION;
  if (
    differs(request.protocolType, group.protocolType) ||
    differs(request.protocolName, group.protocolName)
  ) {
    return errors.INCONSISTENT_GROUP_PROTOCOL;
  }
  return null;
}

/** Only from version 5 on a client says which protocol it means. */
function differs(requested: string | null, actual: string | null): boolean {
  return requested !== null && actual !== null && requested !== actual;
}
