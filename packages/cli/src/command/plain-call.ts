import type { Call } from './call.ts';
import type { OptionSpec } from './spec.ts';

/**
 * Reads a call in which everything is spelled out: options by the names that the specs have, each followed
 * by a value, and at most so many arguments. Of such a call it makes what the parser of the command line
 * makes; null for all others, of which that knows more, `--help` and mistakes among them.
 *
 * A broker is started so because building the parser takes several milliseconds. It takes no options that
 * are required, parsed, checked or without a value.
 */
export function readPlainCall(
  words: readonly string[],
  options: readonly OptionSpec[],
  mostArgs: number,
): Omit<Call<Record<string, unknown>>, 'terminal'> | null {
  const args: string[] = [];
  const settings: Record<string, unknown> = {};
  const named = new Map(options.map((option) => [flagOf(option), option]));
  for (const [flag, option] of named) if (option.isRepeated) settings[settingOf(flag)] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const option = named.get(word);
    if (option === undefined) {
      if (word.startsWith('-') || args.length === mostArgs) return null;
      args.push(word);
      continue;
    }
    const value = words[++at];
    if (value === undefined || value.startsWith('-')) return null;
    const setting = settingOf(word);
    settings[setting] = option.isRepeated ? [...(settings[setting] as string[]), value] : value;
  }
  return { args, settings };
}

/** `--data-dir` of `--data-dir <directory>`. */
const flagOf = ({ flags }: OptionSpec): string => flags.split(' ', 1)[0]!;

/** `dataDir` of `--data-dir`, as commander names it. */
const settingOf = (flag: string): string =>
  flag.replace(/^--?/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
