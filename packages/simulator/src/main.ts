import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/all.ts';
import { runCommand } from './command.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    scenario: { type: 'string' },
    plant: { type: 'string' },
    thorough: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
process.exitCode = await runCommand(values, scenarios, (line) => console.log(line));
