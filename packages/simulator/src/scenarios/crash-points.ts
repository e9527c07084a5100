import type { SeededRandom } from '../world/seeded-random.ts';

/** How many of the moments at which a story can go wrong are played. */
export type Extent = { readonly sample: number } | 'whole';

/**
 * The changes of the disk (from 1) that a story of so many goes wrong in, in their order: each of them
 * `draws` times, or a sample that the seed decides.
 */
export function crashPoints(given: {
  readonly random: SeededRandom;
  readonly operations: number;
  readonly extent: Extent;
  readonly draws: number;
}): { operation: number; draw: number }[] {
  const { random, operations, extent, draws } = given;
  const count = operations * draws;
  const drawn = (): number => random.below(count);
  const chosen =
    extent === 'whole'
      ? Array.from({ length: count }, (_, at) => at)
      : [...new Set(Array.from({ length: extent.sample }, drawn))].toSorted((a, b) => a - b);
  return chosen.map((at) => ({ operation: 1 + Math.floor(at / draws), draw: at % draws }));
}
