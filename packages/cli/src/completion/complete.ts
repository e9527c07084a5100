import { catalog, nouns } from '../catalog/catalog.ts';
import type { Completes } from '../command/spec.ts';
import type { Terminal } from '../command/call.ts';
import { loadProfiles } from '../connection/profiles.ts';
import { type Candidate, completionOf } from './candidates.ts';

/** Whoever pressed a key does not wait for a cluster that is away. */
const PATIENCE_MS = 1000;

/**
 * Prints what the last word may be, a candidate a line, with what it is about behind a tab where the
 * shell shows that. Never fails: a shell shows no errors while one types.
 */
export async function complete(args: readonly string[], terminal: Terminal): Promise<void> {
  const [shell, ...words] = args;
  const completion = completionOf(words, catalog, nouns);
  const found =
    typeof completion === 'string' ? await lookedUp(completion, words, terminal) : completion;
  const lines = found.map(({ word, about }) =>
    shell === 'bash' || about === '' ? word : `${word}\t${about}`,
  );
  await terminal.write(lines.map((line) => `${line}\n`).join(''));
}

async function lookedUp(
  what: Completes,
  words: readonly string[],
  terminal: Terminal,
): Promise<Candidate[]> {
  const last = words.at(-1) ?? '';
  try {
    const names = await namesOf(what, words, terminal);
    return names.filter((name) => name.startsWith(last)).map((word) => ({ word, about: '' }));
  } catch {
    return [];
  }
}

async function namesOf(
  what: Completes,
  words: readonly string[],
  terminal: Terminal,
): Promise<readonly string[]> {
  if (what === 'files') return []; // the shell knows them itself
  if (what === 'profiles') return [...loadProfiles(terminal.env).profiles.keys()];
  const { withClient } = await import('../connection/with-client.ts');
  const call = { args: [], settings: connectionIn(words), terminal };
  return withClient(
    call,
    async (client) => {
      const admin = client.admin();
      return what === 'topics'
        ? (await admin.listTopics()).map(({ topic }) => topic)
        : (await admin.listGroups()).map(({ groupId }) => groupId);
    },
    { apiTimeoutMs: PATIENCE_MS, connectTimeoutMs: PATIENCE_MS },
  );
}

/** Where the line that is being typed connects to. */
function connectionIn(words: readonly string[]) {
  const valueOf = (...names: string[]): string | undefined =>
    words[words.findLastIndex((word) => names.includes(word)) + 1 || words.length];
  const bootstrapServers = valueOf('-b', '--bootstrap-servers');
  const profile = valueOf('--profile');
  return {
    ...(bootstrapServers !== undefined && { bootstrapServers }),
    ...(profile !== undefined && { profile }),
  };
}
