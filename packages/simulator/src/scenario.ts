import { World } from './world/world.ts';

/** A story that is told in a simulated world, with what must be true of it. */
export interface Scenario {
  readonly name: string;
  /** Names of the bugs that can be planted, each of which a run must be able to catch. */
  readonly plants: readonly string[];
  /**
   * Plays the story. Throws a Violation when a promise of the program was broken.
   * @returns what was covered, for one line of output, such as `412 crash points`.
   */
  run(world: World, plant: string | undefined): Promise<string>;
  /** The same with a fault in every moment that has one, where a seed plays only a sample of them. */
  readonly thorough?: Scenario;
}

/** The program under test broke a promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export type Outcome =
  | { readonly covered: string; readonly digest: string; readonly lineCount: number }
  | { readonly error: unknown; readonly digest: string; readonly tail: readonly string[] };

/** Plays a scenario in the world of one seed. The same seed gives the same outcome and digest. */
export async function simulate(scenario: Scenario, seed: number, plant?: string): Promise<Outcome> {
  const world = new World(seed);
  const { trace } = world;
  try {
    const covered = await scenario.run(world, plant);
    return { covered, digest: trace.digest(), lineCount: trace.lineCount };
  } catch (error) {
    return { error, digest: trace.digest(), tail: trace.tail() };
  }
}
