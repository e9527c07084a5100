import type { CommandSpec, Completes, NounSpec, OptionSpec } from '../command/spec.ts';

export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What may stand where the last word is, or where to find it. */
export type Completion = readonly Candidate[] | Completes;

/** Completes the last of `words`, which may be empty, from what the catalog says. */
export function completionOf(
  words: readonly string[],
  catalog: readonly CommandSpec[],
  nouns: readonly NounSpec[],
): Completion {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const spec = catalog.find(({ name }) => isPrefix(name.split(' '), before));
  if (spec === undefined) return matching(nextWords(before, catalog, nouns), last);
  const own = before.slice(spec.name.split(' ').length);
  const options = spec.options ?? [];
  const open = options.find(
    (option) => takesValue(option) && namesOf(option).includes(own.at(-1)!),
  );
  if (open !== undefined) return valuesOf(open, last);
  if (last.startsWith('-')) {
    const flags = options.map((option) => ({ word: namesOf(option).at(-1)!, about: option.about }));
    return matching([...flags, { word: '--help', about: 'show what it takes' }], last);
  }
  const given = positionals(own, options).length;
  const args = spec.args ?? [];
  const arg = args[given] ?? (args.at(-1)?.isRepeated ? args.at(-1) : undefined);
  if (arg?.completes !== undefined) return arg.completes;
  return matching(
    (arg?.choices ?? []).map((word) => ({ word, about: '' })),
    last,
  );
}

function isPrefix(name: readonly string[], words: readonly string[]): boolean {
  return name.length <= words.length && name.every((word, index) => word === words[index]);
}

function nextWords(
  before: readonly string[],
  catalog: readonly CommandSpec[],
  nouns: readonly NounSpec[],
): Candidate[] {
  const found = new Map<string, string>();
  for (const { name, about, isHidden } of catalog) {
    const parts = name.split(' ');
    if (isHidden || parts.length <= before.length || !isPrefix(before, parts)) continue;
    const path = parts.slice(0, before.length + 1).join(' ');
    const noun = nouns.find((candidate) => candidate.name === path);
    found.set(parts[before.length]!, noun?.about ?? about);
  }
  return Array.from(found, ([word, about]) => ({ word, about }));
}

function valuesOf({ choices, completes }: OptionSpec, last: string): Completion {
  if (completes !== undefined) return completes;
  return matching(
    (choices ?? []).map((word) => ({ word, about: '' })),
    last,
  );
}

/** The short name, then the long one, of those that there are. */
function namesOf({ flags }: OptionSpec): string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith('-'));
}

function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes('<');
}

function positionals(words: readonly string[], options: readonly OptionSpec[]): string[] {
  const valued = new Set(options.filter(takesValue).flatMap(namesOf));
  return words.filter(
    (word, index) => !word.startsWith('-') && !valued.has(words[index - 1] ?? ''),
  );
}

function matching(candidates: readonly Candidate[], last: string): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(last));
}
