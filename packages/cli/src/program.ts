import { CommanderError } from 'commander';
import { catalog, nouns } from './catalog/catalog.ts';
import { buildProgram } from './command/build-program.ts';
import type { Terminal } from './command/call.ts';
import { CommandError } from './command-error.ts';

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
    await buildProgram(catalog, nouns, terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError || (error as Error).name === 'StartupError') {
    terminal.tell(`tidelog: ${(error as Error).message}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
  terminal.tell(`tidelog: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
}
