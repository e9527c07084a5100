import { assignTasks } from '../assignors/sticky-tasks.ts';
import type { Turn } from '../group/turn.ts';
import { assignmentEpochIs, memberShallHave } from './events.ts';
import { heartbeatStatus, type Status, statusOf } from './status.ts';
import type { StreamsGroup } from './streams-group.ts';
import { NO_TARGET, sameTarget, type TargetTasks } from './tasks.ts';

const NUM_STANDBY_REPLICAS = 'num.standby.replicas';

/** What target assignments depend on beside the members and the topics. */
export function assignmentConfigs(turn: Turn, groupId: string): ReadonlyMap<string, string> {
  const { numStandbyReplicas } = turn.settings(groupId).streams;
  return new Map([[NUM_STANDBY_REPLICAS, String(numStandbyReplicas)]]);
}

/**
 * Makes a target assignment for the group epoch, unless there is one. A new group waits for more
 * members (`streams.initial.rebalance.delay.ms`), an old one for `streams.assignment.interval.ms`
 * since the last: then the status says so.
 */
export function updateTarget(turn: Turn, group: StreamsGroup): Status | null {
  if (group.initialDelay.deadlineMs < Infinity) {
    return delayed('Assignment delayed due to the configured initial rebalance delay.');
  }
  if (group.assignmentEpoch >= group.groupEpoch) return null;
  if (!mayAssign(turn, group)) {
    return delayed('Assignment delayed due to the configured assignment interval.');
  }
  const assigned = newTarget(group);
  for (const memberId of group.members.keys()) {
    const former = group.target.get(memberId);
    const target = assigned.get(memberId) ?? NO_TARGET;
    if (former !== undefined && sameTarget(former, target)) continue;
    turn.emit(memberShallHave(group.groupId, memberId, target));
  }
  // Last: were the log cut off before it, the target would be made again.
  turn.emit(assignmentEpochIs(group.groupId, group.groupEpoch, turn.now.timestampMs));
  return null;
}

function mayAssign(turn: Turn, { groupId, assignmentTimestampMs }: StreamsGroup): boolean {
  const { assignmentIntervalMs } = turn.settings(groupId).streams;
  if (assignmentTimestampMs === 0 || assignmentIntervalMs === 0) return true;
  return turn.now.timestampMs >= assignmentTimestampMs + assignmentIntervalMs;
}

/** Nobody has tasks until the topics allow the topology. */
function newTarget(group: StreamsGroup): Map<string, TargetTasks> {
  const { configured, members, target } = group;
  if (configured === null || configured.problem !== null || configured.subtopologies === null) {
    return new Map();
  }
  const tasked = new Map(
    [...members.values()].map(({ memberId, profile: { processId } }) => {
      const { active, standby } = target.get(memberId) ?? NO_TARGET;
      return [memberId, { processId, active, standby }];
    }),
  );
  const replicas = Number(group.assignmentConfigs.get(NUM_STANDBY_REPLICAS) ?? 0);
  const assigned = assignTasks(tasked, configured.subtopologies, replicas);
  return new Map(
    [...assigned].map(([memberId, { active, standby }]) => [
      memberId,
      { active, standby, warmup: NO_TARGET.warmup },
    ]),
  );
}

const delayed = (detail: string) => statusOf(heartbeatStatus.ASSIGNMENT_DELAYED, detail);
