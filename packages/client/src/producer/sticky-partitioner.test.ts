import { NodeRandom } from '@tidelog/platform';
import { describe, expect, it } from 'vitest';
import { StickyPartitioner } from './sticky-partitioner.ts';

const next = (sticky: StickyPartitioner, ...queued: number[]) =>
  sticky.current < 0 ? sticky.choose(load(...queued)) : sticky.current;

const load = (...queued: number[]) =>
  queued.map((queuedBatches, partition) => ({ partition, queuedBatches }));

/** Draws what the test says. */
class Drawn extends NodeRandom {
  readonly bounds: number[] = [];
  draws: number[] = [];

  override below(bound: number): number {
    this.bounds.push(bound);
    return this.draws.shift() ?? 0;
  }
}

describe('StickyPartitioner', () => {
  it('stays until a batch was filled, then chooses anew', () => {
    const random = new Drawn();
    random.draws = [1, 2];
    const sticky = new StickyPartitioner(random, 100);
    expect(next(sticky, 0, 0, 0)).toBe(1);
    sticky.appended(99, false);
    expect(next(sticky, 0, 0, 0)).toBe(1);
    sticky.appended(1, true);
    expect(next(sticky, 0, 0, 0)).toBe(2);
  });

  it('fills an unready batch up to twice the size', () => {
    const random = new Drawn();
    random.draws = [0, 1];
    const sticky = new StickyPartitioner(random, 100);
    next(sticky, 0, 0);
    sticky.appended(150, false);
    expect(next(sticky, 0, 0)).toBe(0);
    sticky.appended(50, false);
    expect(next(sticky, 0, 0)).toBe(1);
  });

  it('prefers short queues: weights 4, 1, 3 for queues of 0, 3, 1', () => {
    for (const [draw, partition] of [
      [0, 0],
      [3, 0],
      [4, 1],
      [5, 2],
      [7, 2],
    ] as const) {
      const random = new Drawn();
      random.draws = [draw];
      expect(next(new StickyPartitioner(random, 1), 0, 3, 1)).toBe(partition);
      expect(random.bounds).toEqual([8]);
    }
  });
});
