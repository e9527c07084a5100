import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';

export interface ConfirmSettings {
  readonly yes?: boolean;
}

/**
 * Asks before something is lost. Where nobody can be asked, `--yes` has to be there: a script says so
 * itself.
 */
export async function confirm(
  { settings, terminal }: Call<ConfirmSettings>,
  question: string,
): Promise<void> {
  if (settings.yes) return;
  if (!terminal.isInteractive) {
    throw new CallError(`${question} Nobody can be asked here: call it again with --yes`);
  }
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was done');
}
