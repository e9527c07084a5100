import type { HeldTasks, TaskEpochs, Tasks } from './tasks.ts';

/** Which processes hold each task, or have been told to give it up. */
export class TaskProcesses {
  readonly #active = new Map<string, string>();
  readonly #copies = { standby: new Map<string, string[]>(), warmup: new Map<string, string[]>() };

  /** The process that has the task as an active one. */
  activeIn(subtopologyId: string, partition: number): string | undefined {
    return this.#active.get(keyOf(subtopologyId, partition));
  }

  /** Whether the process has the task as standby or warm-up. */
  hasCopy(subtopologyId: string, partition: number, processId: string): boolean {
    const key = keyOf(subtopologyId, partition);
    const { standby, warmup } = this.#copies;
    return (
      (standby.get(key)?.includes(processId) ?? false) ||
      (warmup.get(key)?.includes(processId) ?? false)
    );
  }

  take(processId: string, { active, standby, warmup }: HeldTasks): void {
    for (const key of keysOf(active)) this.#active.set(key, processId);
    for (const [copies, tasks] of [
      [this.#copies.standby, standby],
      [this.#copies.warmup, warmup],
    ] as const) {
      for (const key of keysOf(tasks)) {
        const holders = copies.get(key);
        if (holders === undefined) copies.set(key, [processId]);
        else if (!holders.includes(processId)) holders.push(processId);
      }
    }
  }

  /** What another process has taken meanwhile stays with that one. */
  release(processId: string, { active, standby, warmup }: HeldTasks): void {
    for (const key of keysOf(active)) {
      if (this.#active.get(key) === processId) this.#active.delete(key);
    }
    for (const [copies, tasks] of [
      [this.#copies.standby, standby],
      [this.#copies.warmup, warmup],
    ] as const) {
      for (const key of keysOf(tasks)) {
        const holders = copies.get(key)?.filter((holder) => holder !== processId) ?? [];
        if (holders.length === 0) copies.delete(key);
        else copies.set(key, holders);
      }
    }
  }
}

const keyOf = (subtopologyId: string, partition: number) => `${partition}/${subtopologyId}`;

function* keysOf(tasks: Tasks | TaskEpochs): Generator<string> {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions.keys()) yield keyOf(subtopologyId, partition);
  }
}
