import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Progress, type Step } from './progress.ts';
import { WorkQueue } from './work-queue.ts';

const lanes = fc.constantFrom('a', 'b', 'c', 'd');

describe('a queue of work', () => {
  it('keeps the order of each lane, and never runs more than it may', () => {
    const action = fc.oneof(
      lanes.map((lane) => ({ add: lane })),
      fc.nat(5).map((end) => ({ end })),
    );
    fc.assert(
      fc.property(fc.array(action), fc.integer({ min: 1, max: 3 }), (actions, concurrency) => {
        const queue = new WorkQueue<number>(concurrency);
        const came = new Map<string, number[]>();
        const began = new Map<string, number[]>();
        const running: string[] = [];
        const note = (map: Map<string, number[]>, lane: string, unit: number): unknown =>
          map.set(lane, [...(map.get(lane) ?? []), unit]);
        const beginAll = (): void => {
          for (let next = queue.begin(); next !== null; next = queue.begin()) {
            expect(running).not.toContain(next.lane);
            running.push(next.lane);
            note(began, next.lane, next.unit);
          }
          expect(running.length).toBeLessThanOrEqual(concurrency);
        };
        actions.forEach((action, unit) => {
          if ('add' in action) {
            queue.add(action.add, unit);
            note(came, action.add, unit);
          } else if (running.length > 0) {
            queue.end(running.splice(action.end % running.length, 1)[0]!);
          }
          beginAll();
        });
        while (running.length > 0) {
          queue.end(running.shift()!);
          beginAll();
        }
        expect(queue.isIdle).toBe(true);
        expect(began).toEqual(came);
      }),
    );
  });

  it('lets no lane wait for ever behind another', () => {
    const queue = new WorkQueue<string>(1);
    for (const unit of ['a1', 'a2', 'a3']) queue.add('a', unit);
    queue.add('b', 'b1');
    const order: string[] = [];
    for (let next = queue.begin(); next !== null; next = queue.begin()) {
      order.push(next.unit);
      queue.end(next.lane);
    }
    expect(order).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('forgets what has not begun', () => {
    const queue = new WorkQueue<number>(1);
    for (const unit of [1, 2, 3]) queue.add('a', unit);
    queue.add('b', 4);
    expect(queue.begin()!.unit).toBe(1);
    queue.drop((unit) => unit !== 3);
    queue.end('a');
    expect(queue.begin()).toEqual({ lane: 'a', unit: 3 });
    queue.end('a');
    expect(queue.isIdle).toBe(true);
  });
});

describe('the progress in a partition', () => {
  it('is the first message that is not done, in whatever order they are done', () => {
    const draws = fc.array(fc.record({ gap: fc.nat(3), finish: fc.array(fc.nat(20)) }));
    fc.assert(
      fc.property(draws, (draws) => {
        const progress = new Progress();
        const undone = new Map<number, Step>();
        let offset = 0;
        for (const { gap, finish } of draws) {
          offset += gap;
          undone.set(offset, progress.begin(offset));
          offset++;
          for (const pick of finish) {
            const key = [...undone.keys()][pick];
            if (key === undefined) continue;
            progress.finish(undone.get(key)!);
            undone.delete(key);
          }
          expect(progress.position(offset)).toBe(Math.min(offset, ...undone.keys()));
          expect(progress.size === 0).toBe(undone.size === 0);
        }
      }),
    );
  });

  it('keeps nothing of what is long done', () => {
    const progress = new Progress();
    const first = progress.begin(0);
    for (let offset = 1; offset < 5000; offset++) progress.finish(progress.begin(offset));
    expect(progress.position(5000)).toBe(0);
    expect(progress.size).toBe(5000);
    progress.finish(first);
    expect([progress.position(5000), progress.size]).toEqual([5000, 0]);
  });
});
