import type { Admin, NewTopic } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, pairs, withClient } from '../connection/with-client.ts';
import { counted } from '../terminal/counted.ts';

export interface CreateTopicsSettings extends ConnectionSettings {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config: readonly string[];
  readonly ifNotExists?: boolean;
  readonly dryRun?: boolean;
}

export async function createTopics(call: Call<CreateTopicsSettings>): Promise<void> {
  const { settings, terminal } = call;
  const configs = new Map(pairs(settings.config, '--config'));
  const { partitions, replicas: replicationFactor, dryRun: validateOnly = false } = settings;
  await withClient(call, async (client) => {
    const admin = client.admin();
    const there = settings.ifNotExists ? await existing(admin) : new Set();
    const missing = call.args.filter((topic) => !there.has(topic));
    const topics = missing.map(
      (topic): NewTopic => ({ topic, partitions, replicationFactor, configs }),
    );
    const created = topics.length === 0 ? [] : await admin.createTopics(topics, { validateOnly });
    const verb = validateOnly ? 'Would create' : 'Created';
    for (const { topic, partitions } of created) {
      const count = partitions < 0 ? '' : ` with ${counted(partitions, 'partition')}`;
      await terminal.write(`${verb} topic ${topic}${count}.\n`);
    }
    for (const topic of call.args.filter((topic) => there.has(topic))) {
      await terminal.write(`Topic ${topic} is there already.\n`);
    }
  });
}

async function existing(admin: Admin): Promise<ReadonlySet<string>> {
  return new Set((await admin.listTopics()).map(({ topic }) => topic));
}
