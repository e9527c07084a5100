import type { Scenario } from '../scenario.ts';
import type { World } from '../world/world.ts';

/** Within this time clients that are closed are gone (simulated). */
const CLOSE_MS = 1000;

/** What happens in one run of a scenario, in rounds that each end with a check. */
export interface Story {
  /** Says what has happened; throws a Violation. */
  play(rounds: number): Promise<string>;
  /** Begins to close every client: one that is open keeps the process alive. */
  stop(): void;
}

/** A scenario that tells a new story in each world. */
export function scenarioOf({
  name,
  plants,
  rounds,
  tell,
}: {
  readonly name: string;
  readonly plants: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly tell: (world: World, plant: string | undefined) => Story;
}): Scenario {
  return {
    name,
    plants: Object.values(plants),
    async run(world, plant) {
      const story = tell(world, plant);
      try {
        return await story.play(rounds);
      } finally {
        story.stop();
        await world.runFor(CLOSE_MS);
      }
    },
  };
}
