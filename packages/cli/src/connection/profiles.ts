import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { Terminal } from '../command/call.ts';

/** Client properties by Kafka's names, `bootstrap.servers` among them. */
export type Profile = Readonly<Record<string, string>>;

/** What the file of profiles holds. */
export interface Profiles {
  readonly current: string | null;
  readonly profiles: ReadonlyMap<string, Profile>;
}

type Env = Terminal['env'];

/** `TIDELOG_CONFIG`, or `tidelog/profiles.json` in the XDG directory of configurations. */
export function profilesPath(env: Env): string {
  if (env.TIDELOG_CONFIG) return env.TIDELOG_CONFIG;
  const base = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config');
  return join(base, 'tidelog', 'profiles.json');
}

/** None where there is no file. */
export function loadProfiles(env: Env): Profiles {
  const path = profilesPath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return { current: null, profiles: new Map() };
    }
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`);
  }
  const parsed = parse(text);
  if (parsed === null) throw new CommandError(`${path} holds no profiles; mend or remove it`);
  return parsed;
}

function parse(text: string): Profiles | null {
  try {
    const { current, profiles } = JSON.parse(text) as { current: unknown; profiles: unknown };
    if (current !== null && typeof current !== 'string') return null;
    const entries = Object.entries(profiles as Record<string, unknown>);
    const isProfile = ([, profile]: [string, unknown]): boolean =>
      profile !== null &&
      typeof profile === 'object' &&
      Object.values(profile).every((value) => typeof value === 'string');
    if (!entries.every(isProfile)) return null;
    return { current, profiles: new Map(entries as [string, Profile][]) };
  } catch {
    return null;
  }
}

/** Readable by nobody else, since passwords may be among the properties; replaced as a whole. */
export function saveProfiles(env: Env, { current, profiles }: Profiles): void {
  const path = profilesPath(env);
  const text = JSON.stringify({ current, profiles: Object.fromEntries(profiles) }, null, 2);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** The profile that was asked for, by option or environment, or else the one in use; null where none is. */
export function chosenProfile(env: Env, asked: string | undefined): Profile | null {
  const { current, profiles } = loadProfiles(env);
  const name = asked ?? (env.TIDELOG_PROFILE || current);
  if (name === null) return null;
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  throw new CommandError(`there is no profile ${name}; \`tidelog profile list\` shows all`);
}
