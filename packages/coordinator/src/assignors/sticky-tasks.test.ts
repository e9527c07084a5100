import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignedTasks, assignTasks, type TaskMember } from './sticky-tasks.ts';

const nothing = { active: new Map(), standby: new Map() };

const worlds = fc.record({
  /** The process of each member. */
  processes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }),
  counts: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
  standbys: fc.integer({ min: 0, max: 2 }),
});

type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

function assign({ processes, counts, standbys }: World, former?: Map<string, AssignedTasks>) {
  const members = new Map<string, TaskMember>(
    processes.map((process, i) => {
      const { active, standby } = former?.get(`m${i}`) ?? nothing;
      return [`m${i}`, { processId: `p${process}`, active, standby }];
    }),
  );
  const subtopologies = counts.map((taskCount, i) => ({
    id: String(i),
    taskCount,
    stateful: i % 2 === 0,
  }));
  return assignTasks(members, subtopologies, standbys);
}

const list = (tasks: AssignedTasks['active']) =>
  [...tasks].flatMap(([id, partitions]) => [...partitions].map((p) => `${id}_${p}`));

const plain = (assigned: Map<string, AssignedTasks>) =>
  [...assigned].map(([id, { active, standby }]) => [
    id,
    list(active).toSorted(),
    list(standby).toSorted(),
  ]);

const runs = { numRuns: 60 };

describe('the sticky assignor of tasks', () => {
  it('gives each task to one member as an active one', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const active = [...assign(world).values()].flatMap((tasks) => list(tasks.active));
        const all = world.counts.flatMap((count, id) =>
          Array.from({ length: count }, (_, partition) => `${id}_${partition}`),
        );
        expect(active.toSorted()).toEqual(all.toSorted());
      }),
      runs,
    );
  });

  it('gives copies of stateful tasks to other processes, as many as there are', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const assigned = assign(world);
        const byProcess = new Map<number, string[]>();
        for (const [i, process] of world.processes.entries()) {
          const { active, standby } = assigned.get(`m${i}`)!;
          const tasks = byProcess.get(process) ?? [];
          byProcess.set(process, [...tasks, ...list(active), ...list(standby)]);
        }
        for (const tasks of byProcess.values()) expect(new Set(tasks).size).toBe(tasks.length);
        const copies = [...assigned.values()].flatMap((tasks) => list(tasks.standby));
        const each = Math.min(world.standbys, byProcess.size - 1);
        const stateful = world.counts.filter((_, id) => id % 2 === 0);
        expect(copies.length).toBe(each * stateful.reduce((sum, count) => sum + count, 0));
      }),
      runs,
    );
  });

  it('leaves active tasks where they are', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const first = assign({ ...world, standbys: 0 });
        expect(plain(assign({ ...world, standbys: 0 }, first))).toEqual(plain(first));
      }),
      runs,
    );
  });

  it('moves an active task to where its copy is when its member goes', () => {
    const world = { processes: [0, 1], counts: [2], standbys: 1 };
    const both = assign(world);
    const [task] = list(both.get('m1')!.active);
    expect(list(both.get('m0')!.standby)).toContain(task);
    const alone = assign({ ...world, processes: [0] }, both);
    expect(list(alone.get('m0')!.active).toSorted()).toEqual(['0_0', '0_1']);
  });

  it('shares out the tasks of one who joins', () => {
    const world = { processes: [0], counts: [6], standbys: 0 };
    const alone = assign(world);
    const both = assign({ ...world, processes: [0, 1] }, alone);
    expect(list(both.get('m0')!.active)).toHaveLength(3);
    expect(list(both.get('m1')!.active)).toHaveLength(3);
  });
});
