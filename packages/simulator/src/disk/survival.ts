import type { SeededRandom } from '../world/seeded-random.ts';

/**
 * How much of what was not synced a crash leaves. Drawn for each file and for the names, because
 * independent coin flips alone would hardly ever leave all, nothing, or a clean prefix.
 */
export type Survival = (changes: readonly number[]) => number;

/**
 * Draws a rule. Given the ordinals of the changes that touched one thing (a sector, a size, a
 * name), in order, the rule says how many of them, from the first on, the crash finds made.
 */
export function drawSurvival(random: SeededRandom, changeCount: number): Survival {
  switch (random.below(6)) {
    case 0:
      return () => 0;
    case 1:
      return (changes) => changes.length;
    case 2: {
      const firstLost = random.below(changeCount + 1);
      return (changes) => changes.filter((ordinal) => ordinal < firstLost).length;
    }
    default:
      return (changes) => random.below(changes.length + 1);
  }
}
