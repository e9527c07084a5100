import { errors, type KafkaError } from '@tidelog/protocol';
import type { ClassicGroup } from './classic-group.ts';
import { type ClassicMember, NO_ASSIGNMENT, NOBODY } from './classic-member.ts';
import { joinError, joined, syncError } from './replies.ts';
import { canRebalance } from './states.ts';
import type { Turn } from '../group/turn.ts';

/**
 * The two phases of a rebalance. In the join phase all members come and say what they can do; it ends
 * when all have, or when the longest rebalance timeout is over, and the next generation begins. In the
 * sync phase the leader hands out assignments and everyone fetches its own.
 */

/** The least time before a join phase to which nobody came is looked at again. */
const POSTPONED_JOIN_MS = 1_000;

/** A member came, changed or went: a rebalance begins, or the one that runs may be able to go on. */
export function rebalanceOrGoOn(turn: Turn, group: ClassicGroup): void {
  if (canRebalance(group.state)) prepareRebalance(turn, group);
  else completeJoinIfAllJoined(turn, group);
}

export function prepareRebalance(turn: Turn, group: ClassicGroup): void {
  if (group.state === 'CompletingRebalance') failSyncs(turn, group, errors.REBALANCE_IN_PROGRESS);
  endSyncPhase(turn, group);
  const wasEmpty = group.state === 'Empty';
  group.transition('rebalance', turn.now.timestampMs);
  if (wasEmpty) {
    // The first members of a group tend to come together: wait a while before the first generation.
    const delayMs = turn.config.initialRebalanceDelayMs;
    const remainingMs = Math.max(group.rebalanceTimeoutMs() - delayMs, 0);
    group.initialWait = { delayMs, remainingMs, joined: false };
    turn.table.alarms.set(group.joinPhase, turn.now.monotonicMs + delayMs);
  } else if (group.hasAllMembersJoined()) {
    completeJoin(turn, group);
  } else {
    waitForJoins(turn, group);
  }
}

/** Ends the join phase if nobody is missing; the wait for first members runs its time. */
export function completeJoinIfAllJoined(turn: Turn, group: ClassicGroup): void {
  if (group.state !== 'PreparingRebalance' || group.initialWait !== null) return;
  if (group.hasAllMembersJoined()) completeJoin(turn, group);
}

/** The join phase took its time. */
export function joinPhaseOver(turn: Turn, group: ClassicGroup): void {
  const wait = group.initialWait;
  if (wait?.joined && wait.remainingMs > 0) {
    // Members keep coming: wait once more, up to the rebalance timeout.
    const delayMs = Math.min(turn.config.initialRebalanceDelayMs, wait.remainingMs);
    const remainingMs = Math.max(wait.remainingMs - wait.delayMs, 0);
    group.initialWait = { delayMs, remainingMs, joined: false };
    turn.table.alarms.set(group.joinPhase, turn.now.monotonicMs + delayMs);
  } else {
    completeJoin(turn, group);
  }
}

/** Some members joined and never asked for their assignment: they are gone. */
export function syncPhaseOver(turn: Turn, group: ClassicGroup): void {
  if (group.pendingSyncs.size === 0) return;
  for (const memberId of group.pendingSyncs) removeMember(turn, group, memberId);
  prepareRebalance(turn, group);
}

/** Takes a member out, and answers what it waits for. Its place is not filled. */
export function removeMember(turn: Turn, group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId);
  if (member === undefined) return;
  turn.reply(member.joinRequest, joinError('', errors.UNKNOWN_MEMBER_ID));
  turn.reply(member.syncRequest, syncError(errors.UNKNOWN_MEMBER_ID));
  group.remove(memberId);
  member.syncRequest = NOBODY;
  turn.table.alarms.cancel(member.session);
}

/** A pending id is used, given back, or over its time. */
export function forgetPendingJoin(turn: Turn, group: ClassicGroup, memberId: string): void {
  const alarm = group.pendingJoins.get(memberId);
  if (alarm === undefined) return;
  group.pendingJoins.delete(memberId);
  turn.table.alarms.cancel(alarm);
}

export function restartSession(turn: Turn, member: ClassicMember): void {
  turn.table.alarms.set(member.session, turn.now.monotonicMs + member.sessionTimeoutMs);
}

/** Answers every sync that waits; the session runs again from here, for it was not watched. */
export function answerSyncs(turn: Turn, group: ClassicGroup): void {
  for (const member of group.members.values()) {
    if (member.syncRequest === NOBODY) continue;
    turn.reply(member.syncRequest, {
      errorCode: errors.NONE.code,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      assignment: member.assignment,
    });
    member.syncRequest = NOBODY;
    restartSession(turn, member);
  }
}

export function syncDone(turn: Turn, group: ClassicGroup, memberId: string): void {
  group.pendingSyncs.delete(memberId);
  if (group.pendingSyncs.size === 0) turn.table.alarms.cancel(group.syncPhase);
}

/** There are no assignments: every sync that waits gets the error. */
export function failSyncs(turn: Turn, group: ClassicGroup, error: KafkaError): void {
  for (const member of group.members.values()) {
    member.assignment = NO_ASSIGNMENT;
    if (member.syncRequest === NOBODY) continue;
    turn.reply(member.syncRequest, syncError(error));
    member.syncRequest = NOBODY;
    restartSession(turn, member);
  }
}

function endSyncPhase(turn: Turn, group: ClassicGroup): void {
  group.pendingSyncs.clear();
  turn.table.alarms.cancel(group.syncPhase);
}

function waitForJoins(turn: Turn, group: ClassicGroup, leastMs = 0): void {
  const timeoutMs = Math.max(group.rebalanceTimeoutMs(), leastMs);
  turn.table.alarms.set(group.joinPhase, turn.now.monotonicMs + timeoutMs);
}

function completeJoin(turn: Turn, group: ClassicGroup): void {
  group.initialWait = null;
  turn.table.alarms.cancel(group.joinPhase);
  for (const member of group.members.values()) {
    // A static member keeps its place until its session is over.
    if (member.joinRequest !== NOBODY || member.instanceId !== null) continue;
    removeMember(turn, group, member.memberId);
  }
  if (group.members.size > 0 && !group.electJoinedLeader()) {
    // Only static members, none of which came: wait until they do, or until their sessions end.
    waitForJoins(turn, group, POSTPONED_JOIN_MS);
    return;
  }
  group.nextGeneration(turn.now.timestampMs);
  if (group.members.size === 0) {
    turn.emitGroup(group);
    return;
  }
  for (const member of group.members.values()) {
    turn.reply(member.joinRequest, joined(group, member));
    group.setJoinRequest(member, NOBODY);
    member.isNew = false;
    group.pendingSyncs.add(member.memberId);
    restartSession(turn, member);
  }
  turn.table.alarms.set(group.syncPhase, turn.now.monotonicMs + group.rebalanceTimeoutMs());
}
