import { devOptions, startOptions } from '../catalog/broker-options.ts';
import { readPlainCall } from '../command/plain-call.ts';
import { tellFailure } from '../terminal/tell-failure.ts';
import { nodeTerminal } from '../terminal/node-terminal.ts';
import { start } from './start.ts';

/**
 * Runs `start` or `dev` without the parser of the command line, where the call is plain; false where it is
 * not, and nothing was done.
 */
export function runDirectly(
  [mode, ...words]: readonly string[],
  lockTable: Promise<string | undefined>,
): boolean {
  if (mode !== 'start' && mode !== 'dev') return false;
  const call =
    mode === 'start' ? readPlainCall(words, startOptions, 1) : readPlainCall(words, devOptions, 0);
  if (call === null) return false;
  void run(() => start(call.args[0], { ...call.settings, mode }, lockTable));
  return true;
}

async function run(broker: () => Promise<void>): Promise<void> {
  const terminal = nodeTerminal();
  try {
    await broker();
    process.exitCode = 0;
  } catch (error) {
    process.exitCode = tellFailure(error, terminal);
  }
}
