import type { Terminal } from '../command/call.ts';
import type { CommandError } from '../command-error.ts';

/** Says why a command failed, in a sentence where it is no bug, and gives the exit code. */
export function tellFailure(error: unknown, terminal: Pick<Terminal, 'tell'>): number {
  // Known by their names, since each bundle has classes of its own.
  const { name, message, exitCode = 1 } = error as Partial<CommandError>;
  if (name === 'CommandError' || name === 'StartupError') {
    terminal.tell(`tidelog: ${message}\n`);
    return exitCode;
  }
  terminal.tell(`tidelog: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
}
