import type { Ownership, StreamsMember } from './streams-member.ts';
import type { TaskProcesses } from './task-processes.ts';
import {
  type HeldTasks,
  haveCommon,
  isNothing,
  NO_TASKS,
  type TargetTasks,
  TASK_KINDS,
  type Tasks,
} from './tasks.ts';

export interface Reconciliation {
  readonly member: StreamsMember;
  readonly targetEpoch: number;
  readonly target: TargetTasks;
  readonly processes: TaskProcesses;
  /** What the member says it has; null when it says nothing. */
  readonly owned: TargetTasks | null;
}

/**
 * The next step of a member towards its target: it gives up what is no longer its own, staying in
 * its epoch; when it has done so it moves to the target's epoch and gets of its new tasks what no
 * process runs that must not run it at the same time.
 */
export function reconcile(step: Reconciliation): Ownership {
  const { ownership } = step.member;
  switch (ownership.state) {
    case 'STABLE':
      if (ownership.memberEpoch === step.targetEpoch) return ownership;
      return towardsTarget(step, ownership.memberEpoch);
    case 'UNREVOKED_TASKS':
      if (stillHas(step, ownership.revoking)) return ownership;
      return towardsTarget(step, ownership.memberEpoch + 1);
    case 'UNRELEASED_TASKS':
      return towardsTarget(step, ownership.memberEpoch);
    case 'UNKNOWN':
      return towardsTarget(step, step.targetEpoch);
  }
}

/** Who does not tell what it has is taken to have it still. */
function stillHas({ owned }: Reconciliation, tasks: HeldTasks): boolean {
  return owned === null || TASK_KINDS.some((kind) => haveCommon(owned[kind], tasks[kind]));
}

type Draft = Record<(typeof TASK_KINDS)[number], Map<string, Map<number, number>>>;

const emptyDraft = (): Draft => ({ active: new Map(), standby: new Map(), warmup: new Map() });

function towardsTarget(step: Reconciliation, memberEpoch: number): Ownership {
  const { member, target, targetEpoch } = step;
  const { ownership } = member;
  const [kept, revoked, free] = [emptyDraft(), emptyDraft(), emptyDraft()];
  let waits = false;
  for (const kind of TASK_KINDS) {
    for (const [subtopologyId, partitions] of ownership.assigned[kind]) {
      for (const [partition, epoch] of partitions.entries()) {
        const stays = target[kind].get(subtopologyId)?.has(partition) ?? false;
        put((stays ? kept : revoked)[kind], subtopologyId, partition, epoch);
      }
    }
    for (const [subtopologyId, partitions] of target[kind]) {
      for (const partition of partitions) {
        if (kept[kind].get(subtopologyId)?.has(partition)) continue;
        if (isHeld(step, kind, subtopologyId, partition)) waits = true;
        else put(free[kind], subtopologyId, partition, targetEpoch);
      }
    }
  }
  const { memberEpoch: previousMemberEpoch } = ownership;
  const revoking = held(revoked);
  if (!isNothing(revoking) && stillHas(step, revoking)) {
    return {
      state: 'UNREVOKED_TASKS',
      memberEpoch,
      previousMemberEpoch,
      assigned: held(kept),
      revoking,
    };
  }
  for (const kind of TASK_KINDS) {
    for (const [subtopologyId, partitions] of free[kind]) {
      for (const [partition, epoch] of partitions) put(kept[kind], subtopologyId, partition, epoch);
    }
  }
  return {
    state: waits ? 'UNRELEASED_TASKS' : 'STABLE',
    memberEpoch: targetEpoch,
    previousMemberEpoch,
    assigned: held(kept),
    revoking: NO_TASKS,
  };
}

/** An active task runs once in the group; any task runs once in a process. */
function isHeld(
  { processes, member }: Reconciliation,
  kind: (typeof TASK_KINDS)[number],
  subtopologyId: string,
  partition: number,
): boolean {
  const { processId } = member.profile;
  const active = processes.activeIn(subtopologyId, partition);
  if (kind === 'active' ? active !== undefined : active === processId) return true;
  return processes.hasCopy(subtopologyId, partition, processId);
}

function put(
  into: Map<string, Map<number, number>>,
  subtopologyId: string,
  partition: number,
  epoch: number,
): void {
  const partitions = into.get(subtopologyId);
  if (partitions === undefined) into.set(subtopologyId, new Map([[partition, epoch]]));
  else partitions.set(partition, epoch);
}

function held({ active, standby, warmup }: Draft): HeldTasks {
  const withoutEpochs = (tasks: Map<string, Map<number, number>>): Tasks =>
    new Map([...tasks].map(([id, partitions]) => [id, new Set(partitions.keys())]));
  return { active, standby: withoutEpochs(standby), warmup: withoutEpochs(warmup) };
}
