import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../world/seeded-random.ts';
import { crashPoints } from './crash-points.ts';

describe('crash points', () => {
  const random = new SeededRandom(1);

  it('are all changes, each as often as asked', () => {
    expect(crashPoints({ random, operations: 2, extent: 'whole', draws: 2 })).toEqual([
      { operation: 1, draw: 0 },
      { operation: 1, draw: 1 },
      { operation: 2, draw: 0 },
      { operation: 2, draw: 1 },
    ]);
  });

  it('are drawn from all of them, none twice', () => {
    const points = crashPoints({ random, operations: 5, extent: { sample: 200 }, draws: 1 });
    expect(points.map(({ operation }) => operation)).toEqual([1, 2, 3, 4, 5]);
  });
});
