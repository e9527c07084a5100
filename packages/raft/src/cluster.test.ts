import { describe, expect, it } from 'vitest';
import { Cluster } from './testing/cluster.ts';
import type { PlantedBug } from './testing/sim-node.ts';

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

function runAll(size: number, bug?: PlantedBug): { committed: number; failures: string[] } {
  const failures: string[] = [];
  let committed = 0;
  for (const seed of SEEDS) {
    const cluster = new Cluster({ seed, size, ...(bug && { bug }) });
    try {
      cluster.run();
    } catch (error) {
      failures.push(`seed ${seed}: ${String(error)}`);
    }
    committed += cluster.committedOffset;
  }
  return { committed, failures };
}

describe('a quorum under chaos', () => {
  it.each([3, 5])('of %i keeps every committed record, and recovers', (size) => {
    const { committed, failures } = runAll(size);
    expect(failures).toEqual([]);
    expect(committed).toBeGreaterThan(SEEDS.length * 100);
  });

  it.each<PlantedBug>(['voteNotSaved', 'acknowledgedBeforeSync', 'olderEpochCommitted'])(
    'is caught when it has the bug %s',
    (bug) => {
      const { failures } = runAll(5, bug);
      console.log(bug, failures.length, failures.slice(0, 5));
      expect(failures.length).toBeGreaterThan(0);
    },
  );
});
