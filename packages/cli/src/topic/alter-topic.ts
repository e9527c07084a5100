import type { Admin, ConfigChange } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';

export interface AlterTopicSettings extends ConnectionSettings, OutputSettings {
  readonly config: readonly string[];
  readonly unset: readonly string[];
  readonly partitions?: number;
  readonly dryRun?: boolean;
}

export async function alterTopic(call: Call<AlterTopicSettings>): Promise<void> {
  const { settings } = call;
  const [topic] = call.args as [string];
  const changes = configChanges(settings);
  const { partitions, dryRun: validateOnly = false } = settings;
  if (changes.length === 0 && partitions === undefined) {
    throw new CallError('nothing to change: give --config, --unset or --partitions');
  }
  await withClient(call, async (client) => {
    const admin = client.admin();
    if (changes.length > 0) await alterConfigs(admin, { topic, changes, validateOnly });
    if (partitions !== undefined) {
      await admin.createPartitions(new Map([[topic, partitions]]), { validateOnly });
    }
  });
  const isChanged = !validateOnly;
  const rows: ChangedTopic[] = changes.map((change) => ({
    topic,
    ...changedConfig(change),
    isChanged,
  }));
  if (partitions !== undefined) rows.push({ topic, partitions, isChanged });
  const verb = validateOnly ? 'Would set' : 'Set';
  await writeDone(call, rows, (row) =>
    'partitions' in row
      ? `${verb} ${topic} to ${row.partitions} partitions.`
      : `${verb} ${saidChange(topic, row)}`,
  );
}

/** A config that is changed, as data. */
export interface ChangedConfig {
  readonly config: string;
  readonly operation: ConfigChange['operation'];
  readonly value: string | null;
}

type ChangedTopic = { readonly topic: string; readonly isChanged: boolean } & (
  | ChangedConfig
  | { readonly partitions: number }
);

export function changedConfig({ name, operation, value }: ConfigChange): ChangedConfig {
  return { config: name, operation, value: value ?? null };
}

async function alterConfigs(
  admin: Admin,
  options: { topic: string; changes: readonly ConfigChange[]; validateOnly: boolean },
): Promise<void> {
  const { topic, changes, validateOnly } = options;
  await admin.incrementalAlterConfigs([{ type: 'topic', name: topic, changes }], { validateOnly });
}

export function saidChange(subject: string, { config, operation, value }: ChangedConfig): string {
  switch (operation) {
    case 'set':
      return `${config} of ${subject} to ${value}.`;
    case 'append':
      return `${config} of ${subject} to have ${value}.`;
    case 'subtract':
      return `${config} of ${subject} to be without ${value}.`;
    case 'delete':
      return `${config} of ${subject} to its default.`;
  }
}

/** `--config name=value`, `name+=value`, `name-=value` and `--unset name`. */
export function configChanges({
  config,
  unset,
}: Pick<AlterTopicSettings, 'config' | 'unset'>): ConfigChange[] {
  const operations = { '': 'set', '+': 'append', '-': 'subtract' } as const;
  const set = config.map((text): ConfigChange => {
    const [, name, sign = '', value] = /^([\w.]+)([+-]?)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) throw new CallError(`--config takes name=value, not ${text}`);
    return { name, operation: operations[sign as keyof typeof operations], value: value! };
  });
  return [...set, ...unset.map((name): ConfigChange => ({ name, operation: 'delete' }))];
}
