import { describe, expect, it } from 'vitest';
import { Cluster } from './testing/cluster.ts';
import type { PlantedBug } from './testing/sim-node.ts';

/** Runs seeds until one fails; returns what went wrong with it. */
function firstFailure(
  seeds: number,
  options: { readonly size: number; readonly bug?: PlantedBug },
): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      new Cluster({ seed, ...options }).run();
    } catch (error) {
      return `seed ${seed}: ${String(error)}`;
    }
  }
  return null;
}

describe('a quorum under crashes, partitions and a bad network', () => {
  it.each([
    { size: 3, seeds: 100 },
    { size: 5, seeds: 60 },
  ])('of $size keeps every committed record, and recovers', { timeout: 60_000 }, (options) => {
    expect(firstFailure(options.seeds, options)).toBe(null);
  });

  it('replays a seed exactly', () => {
    const [first, second] = [1, 2].map(() => new Cluster({ seed: 77, size: 3 }));
    first?.run();
    second?.run();
    expect(first?.committedOffset).toBeGreaterThan(20);
    expect(first?.digest()).toBe(second?.digest());
  });

  it.each<[PlantedBug, RegExp]>([
    ['voteNotSaved', /went back from epoch|both lead epoch/],
    ['acknowledgedBeforeSync', /would keep/],
    ['olderEpochCommitted', /commits epoch/],
  ])('is caught with the bug %s', { timeout: 60_000 }, (bug, violation) => {
    expect(firstFailure(60, { size: 5, bug })).toMatch(violation);
  });
});
