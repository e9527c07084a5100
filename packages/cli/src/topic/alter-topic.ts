import type { Admin, ConfigChange } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';

export interface AlterTopicSettings extends ConnectionSettings {
  readonly config: readonly string[];
  readonly unset: readonly string[];
  readonly partitions?: number;
  readonly dryRun?: boolean;
}

export async function alterTopic(call: Call<AlterTopicSettings>): Promise<void> {
  const { settings, terminal } = call;
  const [topic] = call.args as [string];
  const changes = configChanges(settings);
  const { partitions, dryRun: validateOnly = false } = settings;
  if (changes.length === 0 && partitions === undefined) {
    throw new CallError('nothing to change: give --config, --unset or --partitions');
  }
  await withClient(call, async (client) => {
    const admin = client.admin();
    const verb = validateOnly ? 'Would set' : 'Set';
    if (changes.length > 0) {
      await alterConfigs(admin, { topic, changes, validateOnly });
      for (const change of changes) await terminal.write(`${verb} ${said(topic, change)}\n`);
    }
    if (partitions !== undefined) {
      await admin.createPartitions(new Map([[topic, partitions]]), { validateOnly });
      await terminal.write(`${verb} ${topic} to ${partitions} partitions.\n`);
    }
  });
}

async function alterConfigs(
  admin: Admin,
  options: { topic: string; changes: readonly ConfigChange[]; validateOnly: boolean },
): Promise<void> {
  const { topic, changes, validateOnly } = options;
  await admin.incrementalAlterConfigs([{ type: 'topic', name: topic, changes }], { validateOnly });
}

function said(subject: string, { name, operation, value }: ConfigChange): string {
  switch (operation) {
    case 'set':
      return `${name} of ${subject} to ${value}.`;
    case 'append':
      return `${name} of ${subject} to have ${value}.`;
    case 'subtract':
      return `${name} of ${subject} to be without ${value}.`;
    case 'delete':
      return `${name} of ${subject} to its default.`;
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

export { said as saidChange };
