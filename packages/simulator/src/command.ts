import { randomInt } from 'node:crypto';
import type { Outcome, Scenario } from './scenario.ts';
import { simulate } from './scenario.ts';

export interface CommandOptions {
  /** The first seed; drawn when absent. */
  readonly seed?: string;
  /** How many seeds from the first one on are played (1). */
  readonly runs?: string;
  /** Only the scenario of this name. */
  readonly scenario?: string;
  /** The name of a bug to plant. */
  readonly plant?: string;
  /** A crash in every change of the disk, where a seed plays a sample of them. */
  readonly thorough?: boolean;
  /** Only says what can be played. */
  readonly help?: boolean;
}

const USAGE = `npm run simulate -- [--seed N] [--runs N] [--scenario NAME] [--plant NAME] [--thorough]

Plays every scenario in the world of each seed from N on (a drawn one, 1 run), or only the one of
that name; with --plant those that know this bug, which they must catch. With --thorough a log goes
wrong in every change of its disk, which takes minutes, rather than in some that the seed draws.
Scenarios:`;

/**
 * `npm run simulate -- --seed N [--runs N] [--scenario NAME] [--plant NAME] [--thorough]`
 * @returns the exit code: 0 when all promises were kept, 1 when one was broken, 2 for a wrong option.
 */
export async function runCommand(
  options: CommandOptions,
  scenarios: readonly Scenario[],
  print: (line: string) => void,
): Promise<number> {
  const seed = options.seed === undefined ? randomInt(2 ** 32) : Number(options.seed);
  const runs = Number(options.runs ?? 1);
  const { scenario: name, plant } = options;
  const chosen = scenarios
    .filter((scenario) => name === undefined || scenario.name === name)
    .filter((scenario) => plant === undefined || scenario.plants.includes(plant))
    .map((scenario) => (options.thorough === true ? (scenario.thorough ?? scenario) : scenario));
  const mistake = mistakeIn({ seed, runs, chosen });
  const help = options.help === true ? USAGE : mistake;
  if (help !== undefined) {
    print(help);
    for (const scenario of scenarios) {
      print(`  --scenario ${scenario.name}, which can --plant: ${scenario.plants.join(', ')}`);
    }
    return options.help === true ? 0 : 2;
  }
  let exitCode = 0;
  for (const scenario of chosen) {
    for (let run = 0; run < runs; run++) {
      const outcome = await simulate(scenario, seed + run, plant);
      print(report(scenario, seed + run, options, outcome));
      if ('error' in outcome) exitCode = 1;
    }
  }
  return exitCode;
}

function mistakeIn(options: {
  seed: number;
  runs: number;
  chosen: readonly Scenario[];
}): string | undefined {
  if (!Number.isSafeInteger(options.seed)) return '--seed takes a whole number.';
  if (!Number.isSafeInteger(options.runs) || options.runs < 1) {
    return '--runs takes a number from 1 on.';
  }
  return options.chosen.length === 0 ? 'There is no such scenario. There are:' : undefined;
}

function report(
  scenario: Scenario,
  seed: number,
  options: CommandOptions,
  outcome: Outcome,
): string {
  const head = `${scenario.name} seed ${seed}`;
  if (!('error' in outcome)) {
    const { covered, lineCount, digest } = outcome;
    return `${head}: ok, ${covered}, ${lineCount} events, trace ${digest}`;
  }
  const { error, digest, tail } = outcome;
  const planted = options.plant === undefined ? '' : ` --plant '${options.plant}'`;
  const extent = options.thorough === true ? ' --thorough' : '';
  return [
    `${head}: FAILED, trace ${digest}`,
    ...tail.map((line) => `  ${line}`),
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    `Replay: npm run simulate -- --scenario ${scenario.name} --seed ${seed}${planted}${extent}`,
  ].join('\n');
}
