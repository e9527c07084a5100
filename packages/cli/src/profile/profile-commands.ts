import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { isSecret, readClientProperties } from '../connection/client-properties.ts';
import { loadProfiles, type Profile, saveProfiles } from '../connection/profiles.ts';
import { pairs } from '../connection/with-client.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import {
  isData,
  type OutputSettings,
  tableOf,
  writeData,
  writeDone,
  writeRows,
} from '../terminal/output.ts';

export interface EditProfileSettings extends OutputSettings {
  readonly bootstrapServers?: string;
  /** `name=value` */
  readonly X: readonly string[];
  readonly unset?: readonly string[];
  readonly use?: boolean;
}

export async function listProfiles(call: Call<OutputSettings>): Promise<void> {
  const { current, profiles } = loadProfiles(call.terminal.env);
  const rows = Array.from(profiles, ([profile, properties]) => ({
    profile,
    bootstrapServers: properties['bootstrap.servers'] ?? null,
    isInUse: profile === current,
  }));
  await writeRows(call, rows, [
    ['PROFILE', ({ profile }) => profile],
    ['BOOTSTRAP-SERVERS', ({ bootstrapServers }) => bootstrapServers],
    ['IN-USE', ({ isInUse }) => (isInUse ? 'yes' : null)],
  ]);
}

/** The first profile is used from then on; others with `--use`. */
export async function createProfile(call: Call<EditProfileSettings>): Promise<void> {
  const { terminal, settings } = call;
  const [name] = call.args as [string];
  const { current, profiles } = loadProfiles(terminal.env);
  if (profiles.has(name)) {
    throw new CommandError(
      `there is a profile ${name} already; \`tidelog profile set\` changes it`,
    );
  }
  const profile = await edited({}, settings);
  const used = settings.use || current === null ? name : current;
  saveProfiles(terminal.env, { current: used, profiles: new Map([...profiles, [name, profile]]) });
  const row = { profile: name, isInUse: used === name };
  await writeDone(call, [row], ({ isInUse }) => {
    return `Created profile ${name}${isInUse ? ', in use from now on' : ''}.`;
  });
}

export async function setProfile(call: Call<EditProfileSettings>): Promise<void> {
  const { terminal, settings } = call;
  const { current, profiles } = loadProfiles(terminal.env);
  const name = nameOf(call.args[0] ?? current);
  const profile = await edited(found(profiles, name), settings);
  saveProfiles(terminal.env, { current, profiles: new Map([...profiles, [name, profile]]) });
  const row = { profile: name, isInUse: name === current };
  await writeDone(call, [row], () => `Changed profile ${name}.`);
}

async function edited(
  profile: Profile,
  { bootstrapServers, X, unset = [] }: EditProfileSettings,
): Promise<Profile> {
  const properties = new Map(Object.entries(profile));
  for (const name of unset) properties.delete(name);
  for (const [name, value] of pairs(X, '-X')) properties.set(name, value);
  if (bootstrapServers !== undefined) properties.set('bootstrap.servers', bootstrapServers);
  await readClientProperties(properties);
  return Object.fromEntries(properties);
}

/** Without a name, on a terminal, it shows what there is to choose from. */
export async function useProfile(call: Call<OutputSettings>): Promise<void> {
  const { terminal } = call;
  const { profiles } = loadProfiles(terminal.env);
  const name = call.args[0] ?? (await pick(call, [...profiles.keys()]));
  found(profiles, name);
  saveProfiles(terminal.env, { current: name, profiles });
  const row = { profile: name, isInUse: true };
  await writeDone(call, [row], () => `Profile ${name} is in use from now on.`);
}

async function pick({ terminal }: Call, names: readonly string[]): Promise<string> {
  if (names.length === 0) {
    throw new CommandError('there is no profile yet; `tidelog profile create NAME` makes one');
  }
  if (!terminal.isInteractive) throw new CallError('name the profile: `tidelog profile use NAME`');
  terminal.tell(names.map((name, index) => `${index + 1}  ${name}\n`).join(''));
  const answer = (await terminal.ask('Number or name: ')).trim();
  return names[Number(answer) - 1] ?? answer;
}

/** Its properties; secrets are never shown. */
export async function showProfile(call: Call<OutputSettings>): Promise<void> {
  const { terminal, settings } = call;
  const { current, profiles } = loadProfiles(terminal.env);
  const profile = nameOf(call.args[0] ?? (terminal.env.TIDELOG_PROFILE || current));
  const properties = Object.entries(found(profiles, profile)).map(([name, value]) => ({
    name,
    value: isSecret(name) ? '(hidden)' : value,
  }));
  if (isData(settings.output)) {
    const row = Object.fromEntries(properties.map(({ name, value }) => [name, value]));
    return writeData(terminal, settings.output, [{ profile, properties: row }]);
  }
  await terminal.write(
    tableOf(terminal, settings.output, properties, [
      ['PROPERTY', ({ name }) => name],
      ['VALUE', ({ value }) => value],
    ]),
  );
}

export async function deleteProfile(call: Call<ConfirmSettings & OutputSettings>): Promise<void> {
  const { terminal } = call;
  const [name] = call.args as [string];
  const { current, profiles } = loadProfiles(terminal.env);
  found(profiles, name);
  await confirm(call, `Delete profile ${name}?`);
  const left = new Map([...profiles].filter(([other]) => other !== name));
  saveProfiles(terminal.env, { current: current === name ? null : current, profiles: left });
  await writeDone(call, [{ profile: name, isDeleted: true }], () => `Deleted profile ${name}.`);
}

function nameOf(name: string | null): string {
  if (name !== null) return name;
  throw new CommandError('no profile is in use; name one');
}

function found(profiles: ReadonlyMap<string, Profile>, name: string): Profile {
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  throw new CommandError(`there is no profile ${name}; \`tidelog profile list\` shows all`);
}
