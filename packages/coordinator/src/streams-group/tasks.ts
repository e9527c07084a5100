import type { Tasks } from '../assignors/sticky-tasks.ts';

export type { Tasks } from '../assignors/sticky-tasks.ts';

/** Active tasks, each with the member epoch in which it was given. */
export type TaskEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What a member shall have. */
export interface TargetTasks {
  readonly active: Tasks;
  readonly standby: Tasks;
  readonly warmup: Tasks;
}

/** What a member has, or is giving up. */
export interface HeldTasks {
  readonly active: TaskEpochs;
  readonly standby: Tasks;
  readonly warmup: Tasks;
}

/** Tasks as requests, responses and records list them. */
export interface TaskList {
  readonly subtopologyId: string;
  readonly partitions: readonly number[];
}

export const NO_TARGET: TargetTasks = { active: new Map(), standby: new Map(), warmup: new Map() };
export const NO_TASKS: HeldTasks = { active: new Map(), standby: new Map(), warmup: new Map() };

export const TASK_KINDS = ['active', 'standby', 'warmup'] as const;

type SomeTasks = Tasks | TaskEpochs;

/** In the order of subtopologies and partitions. */
export function listTasks(tasks: SomeTasks): { subtopologyId: string; partitions: number[] }[] {
  return [...tasks]
    .map(([subtopologyId, partitions]) => ({
      subtopologyId,
      partitions: [...partitions.keys()].toSorted((a, b) => a - b),
    }))
    .toSorted((a, b) => compare(a.subtopologyId, b.subtopologyId));
}

export function tasksFrom(list: readonly TaskList[]): Tasks {
  const tasks = new Map<string, Set<number>>();
  for (const { subtopologyId, partitions } of list) tasks.set(subtopologyId, new Set(partitions));
  return tasks;
}

export function hasTask(tasks: SomeTasks, subtopologyId: string, partition: number): boolean {
  return tasks.get(subtopologyId)?.has(partition) ?? false;
}

export function containsAll(tasks: SomeTasks, list: readonly TaskList[]): boolean {
  return list.every(({ subtopologyId, partitions }) =>
    partitions.every((partition) => hasTask(tasks, subtopologyId, partition)),
  );
}

export function haveCommon(a: SomeTasks, b: SomeTasks): boolean {
  for (const [subtopologyId, partitions] of a) {
    for (const partition of partitions.keys()) {
      if (hasTask(b, subtopologyId, partition)) return true;
    }
  }
  return false;
}

export function isNothing(tasks: HeldTasks): boolean {
  return TASK_KINDS.every((kind) => tasks[kind].size === 0);
}

export function sameHeld(a: HeldTasks, b: HeldTasks): boolean {
  if (a === b) return true;
  return TASK_KINDS.every((kind) => sameTasks(a[kind], b[kind]));
}

export function sameTarget(a: TargetTasks, b: TargetTasks): boolean {
  return TASK_KINDS.every((kind) => sameTasks(a[kind], b[kind]));
}

function sameTasks(a: SomeTasks, b: SomeTasks): boolean {
  if (a.size !== b.size) return false;
  for (const [subtopologyId, partitions] of a) {
    const others = b.get(subtopologyId);
    if (others?.size !== partitions.size) return false;
    for (const [partition, epoch] of partitions.entries()) {
      if (!others.has(partition)) return false;
      if (others instanceof Map && others.get(partition) !== epoch) return false;
    }
  }
  return true;
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
