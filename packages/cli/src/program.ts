import { CommanderError } from 'commander';
import { catalog, nouns } from './catalog/catalog.ts';
import { buildProgram } from './command/build-program.ts';
import type { Terminal } from './command/call.ts';
import type { CommandSpec } from './command/spec.ts';
import { nodeTerminal } from './terminal/node-terminal.ts';
import { tellFailure } from './terminal/tell-failure.ts';

/** The command line of this process. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await run(args, nodeTerminal());
}

/**
 * Runs the command line and gives its exit code: 0, 1 for a failure that was told in one sentence, 2 for a
 * wrong call. Commands are loaded when they are called, so that `--help` is quick.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    if (args[0] === '__complete') {
      const { complete } = await import('./completion/complete.ts');
      await complete(args.slice(1), terminal);
      return 0;
    }
    await buildProgram(commandsFor(args), nouns, terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return tellFailure(error, terminal);
  }
}

/** Of a call that begins like a command, only those that begin so: to make all takes as long as to run one. */
function commandsFor([word]: readonly string[]): readonly CommandSpec[] {
  const called = catalog.filter(({ name }) => name.split(' ', 1)[0] === word);
  return called.length === 0 ? catalog : called;
}
