import { type Scenario, simulate } from '../scenario.ts';

/** What goes wrong first with a bug that is planted, in the worlds of these seeds one after the other. */
export async function whatCatches(
  scenario: Scenario,
  plant: string,
  { from = 1, seeds }: { readonly from?: number; readonly seeds: number },
): Promise<unknown> {
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(scenario, seed, plant);
    if ('error' in outcome) return outcome.error;
  }
  return undefined;
}
