import type { ConfigResource } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type OutputSettings, writeDone, writeRows } from '../terminal/output.ts';
import { changedConfig, configChanges, saidChange } from '../topic/alter-topic.ts';

/** Whose configs; those that all brokers have together where none is named. */
interface ResourceSettings {
  readonly broker?: number;
  readonly logger?: number;
}

export interface GetConfigSettings extends ConnectionSettings, OutputSettings, ResourceSettings {
  readonly all?: boolean;
}

/** What was set, with `--all` also what is a default; or the configs that are named. */
export async function getClusterConfig(call: Call<GetConfigSettings>): Promise<void> {
  const { args: names, settings } = call;
  const resource = resourceOf(settings);
  const [described] = await withClient(call, (client) =>
    client.admin().describeConfigs([resource]),
  );
  const isShown = (name: string, source: string): boolean =>
    names.length > 0 ? names.includes(name) : settings.all === true || source !== 'default';
  const rows = described!.configs
    .filter(({ name, source }) => isShown(name, source))
    .map(({ name, value, source, isReadOnly, isSensitive }) => ({
      name,
      value,
      source,
      isReadOnly,
      isSensitive,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await writeRows(call, rows, [
    ['NAME', (row) => row.name],
    ['VALUE', (row) => (row.isSensitive ? '(hidden)' : row.value)],
    ['SOURCE', (row) => row.source],
    ['READ-ONLY', (row) => (row.isReadOnly ? 'yes' : null), 'wide'],
  ]);
}

export interface SetConfigSettings extends ConnectionSettings, OutputSettings, ResourceSettings {
  readonly unset: readonly string[];
  readonly dryRun?: boolean;
}

export async function setClusterConfig(call: Call<SetConfigSettings>): Promise<void> {
  const { settings } = call;
  const changes = configChanges({ config: call.args, unset: settings.unset });
  if (changes.length === 0) throw new CallError('nothing to change: give name=value, or --unset');
  const resource = resourceOf(settings);
  const validateOnly = settings.dryRun ?? false;
  await withClient(call, (client) =>
    client.admin().incrementalAlterConfigs([{ ...resource, changes }], { validateOnly }),
  );
  const rows = changes.map((change) => ({
    ...resource,
    ...changedConfig(change),
    isChanged: !validateOnly,
  }));
  const verb = validateOnly ? 'Would set' : 'Set';
  await writeDone(call, rows, (row) => `${verb} ${saidChange(subjectOf(resource), row)}`);
}

function resourceOf({ broker, logger }: ResourceSettings): ConfigResource {
  if (logger !== undefined) return { type: 'broker-logger', name: String(logger) };
  return { type: 'broker', name: broker === undefined ? '' : String(broker) };
}

function subjectOf({ type, name }: ConfigResource): string {
  if (type === 'broker-logger') return `the loggers of broker ${name}`;
  return name === '' ? 'all brokers' : `broker ${name}`;
}
