/** Tasks by subtopology: the numbers of the partitions that they read. */
export type Tasks = ReadonlyMap<string, ReadonlySet<number>>;

export interface TaskMember {
  /** Members of one process share its local state. */
  readonly processId: string;
  /** What the last target assignment gave it. */
  readonly active: Tasks;
  readonly standby: Tasks;
}

export interface AssignedTasks {
  readonly active: Tasks;
  readonly standby: Tasks;
}

export interface TaskSubtopology {
  readonly id: string;
  readonly taskCount: number;
  /** It has state that standby tasks can keep a copy of. */
  readonly stateful: boolean;
}

interface Task {
  readonly key: string;
  readonly subtopology: string;
  readonly partition: number;
}

class Process {
  readonly members: Member[] = [];
  readonly tasks = new Set<string>();
  taskCount = 0;

  get load(): number {
    return this.taskCount / this.members.length;
  }
}

class Member {
  readonly home: Process;
  readonly active = new Map<string, Set<number>>();
  readonly standby = new Map<string, Set<number>>();
  taskCount = 0;

  constructor(home: Process) {
    this.home = home;
    home.members.push(this);
  }

  give({ key, subtopology, partition }: Task, kind: 'active' | 'standby'): void {
    const tasks = this[kind];
    const partitions = tasks.get(subtopology);
    if (partitions === undefined) tasks.set(subtopology, new Set([partition]));
    else partitions.add(partition);
    this.taskCount++;
    this.home.tasks.add(key);
    this.home.taskCount++;
  }
}

/** How many tasks a member may have; shared out anew among the others when one has as many. */
class Quota {
  #tasks: number;
  #members: number;
  each: number;

  constructor(tasks: number, members: number) {
    this.#tasks = tasks;
    this.#members = members;
    this.each = Math.ceil(tasks / members);
  }

  note(taskCount: number): void {
    if (taskCount !== this.each) return;
    this.#members--;
    this.#tasks -= taskCount;
    this.each = this.#members === 0 ? 0 : Math.ceil(this.#tasks / this.#members);
  }
}

/**
 * Balances the tasks of a streams group over its processes and their members (KIP-1071). Active
 * tasks stay where they were, or go where a standby task has kept their state, as far as balance
 * allows; a standby task is never in the process that has the active one.
 */
export function assignTasks(
  members: ReadonlyMap<string, TaskMember>,
  subtopologies: readonly TaskSubtopology[],
  standbyReplicas: number,
): Map<string, AssignedTasks> {
  const assignment = new TaskAssignment(members, subtopologies, standbyReplicas);
  if (members.size > 0) {
    assignment.assignActive();
    if (standbyReplicas > 0) assignment.assignStandby();
  }
  return assignment.members;
}

class TaskAssignment {
  readonly members = new Map<string, Member>();
  readonly #processes: Process[] = [];
  readonly #formerActive = new Map<string, Member>();
  readonly #formerStandby = new Map<string, Member[]>();
  readonly #tasks: readonly Task[];
  readonly #statefulTasks: readonly Task[];
  readonly #standbyReplicas: number;
  readonly #activeQuota: Quota;
  readonly #totalQuota: Quota;

  constructor(
    members: ReadonlyMap<string, TaskMember>,
    subtopologies: readonly TaskSubtopology[],
    standbyReplicas: number,
  ) {
    this.#tasks = subtopologies.flatMap(tasksOf);
    this.#statefulTasks = subtopologies.filter(({ stateful }) => stateful).flatMap(tasksOf);
    this.#standbyReplicas = standbyReplicas;
    const standbys = this.#statefulTasks.length * standbyReplicas;
    this.#activeQuota = new Quota(this.#tasks.length, members.size);
    this.#totalQuota = new Quota(this.#tasks.length + standbys, members.size);
    const processes = new Map<string, Process>();
    for (const [memberId, { processId, active, standby }] of members) {
      let home = processes.get(processId);
      if (home === undefined) {
        processes.set(processId, (home = new Process()));
        this.#processes.push(home);
      }
      const member = new Member(home);
      this.members.set(memberId, member);
      for (const key of keysOf(active)) this.#formerActive.set(key, member);
      for (const key of keysOf(standby)) {
        const holders = this.#formerStandby.get(key);
        if (holders === undefined) this.#formerStandby.set(key, [member]);
        else holders.push(member);
      }
    }
  }

  assignActive(): void {
    const isLeft = (task: Task, former: Member | undefined) => {
      if (former === undefined || former.taskCount >= this.#activeQuota.each) return true;
      this.#give(former, task, 'active');
      return false;
    };
    const left = this.#tasks
      .toSorted(byPartition)
      .filter((task) => isLeft(task, this.#formerActive.get(task.key)))
      .filter((task) => isLeft(task, leastLoadedOf(this.#formerStandby.get(task.key) ?? [])));
    for (const task of left.toSorted(bySubtopology)) {
      this.#give(leastLoaded(leastLoaded(this.#processes)!.members)!, task, 'active');
    }
  }

  assignStandby(): void {
    const left: { readonly task: Task; readonly copies: number }[] = [];
    for (const task of this.#statefulTasks.toSorted(byPartition).toReversed()) {
      let copies = this.#standbyReplicas;
      while (copies > 0 && this.#giveBack(task)) copies--;
      if (copies > 0) left.push({ task, copies });
    }
    const ordered = left.toSorted((a, b) => bySubtopology(b.task, a.task));
    for (const { task, copies } of ordered) {
      for (let copy = 0; copy < copies; copy++) {
        const home = leastLoaded(this.#processes.filter(({ tasks }) => !tasks.has(task.key)));
        // There are fewer processes than copies.
        if (home === undefined) break;
        this.#give(leastLoaded(home.members)!, task, 'standby');
      }
    }
  }

  /** A standby task goes to one that has its state: from having been active, or standby. */
  #giveBack(task: Task): boolean {
    const free = (member: Member) => !member.home.tasks.has(task.key);
    const active = this.#formerActive.get(task.key);
    const candidates = [
      active !== undefined && free(active) ? active : undefined,
      leastLoadedOf((this.#formerStandby.get(task.key) ?? []).filter(free)),
    ];
    for (const member of candidates) {
      if (member === undefined || member.taskCount >= this.#totalQuota.each) continue;
      this.#give(member, task, 'standby');
      return true;
    }
    return false;
  }

  #give(member: Member, task: Task, kind: 'active' | 'standby'): void {
    member.give(task, kind);
    if (kind === 'active') this.#activeQuota.note(member.taskCount);
    this.#totalQuota.note(member.taskCount);
  }
}

const keyOf = (subtopology: string, partition: number) => `${partition}/${subtopology}`;

function tasksOf({ id, taskCount }: TaskSubtopology): Task[] {
  return Array.from({ length: taskCount }, (_, partition) => ({
    key: keyOf(id, partition),
    subtopology: id,
    partition,
  }));
}

function* keysOf(tasks: Tasks): Generator<string> {
  for (const [subtopology, partitions] of tasks) {
    for (const partition of partitions) yield keyOf(subtopology, partition);
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byPartition = (a: Task, b: Task) =>
  a.partition - b.partition || compare(a.subtopology, b.subtopology);
const bySubtopology = (a: Task, b: Task) =>
  compare(a.subtopology, b.subtopology) || a.partition - b.partition;

const loadOf = (loaded: Process | Member) =>
  loaded instanceof Process ? loaded.load : loaded.taskCount;

/** The first of those with the least load. */
function leastLoaded<T extends Process | Member>(all: readonly T[]): T | undefined {
  let least: T | undefined;
  for (const one of all) if (least === undefined || loadOf(one) < loadOf(least)) least = one;
  return least;
}

/** One whose process and who itself have less load than those before. */
function leastLoadedOf(members: readonly Member[]): Member | undefined {
  let least: Member | undefined;
  for (const member of members) {
    const less =
      least === undefined ||
      (member.home.load < least.home.load && member.taskCount < least.taskCount);
    if (less) least = member;
  }
  return least;
}
