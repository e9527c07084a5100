import type { Admin, NewTopic } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, pairs, withClient } from '../connection/with-client.ts';
import { counted } from '../terminal/counted.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';

export interface CreateTopicsSettings extends ConnectionSettings, OutputSettings {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config: readonly string[];
  readonly ifNotExists?: boolean;
  readonly dryRun?: boolean;
}

export async function createTopics(call: Call<CreateTopicsSettings>): Promise<void> {
  const { settings } = call;
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
    const sizes = new Map(created.map(({ topic, partitions }) => [topic, partitions]));
    const rows = call.args.map((topic) => ({
      topic,
      partitions: sizes.get(topic) ?? null,
      isCreated: sizes.has(topic) && !validateOnly,
    }));
    const verb = validateOnly ? 'Would create' : 'Created';
    await writeDone(call, rows, ({ topic, partitions }) => {
      if (partitions === null) return `Topic ${topic} is there already.`;
      const count = partitions < 0 ? '' : ` with ${counted(partitions, 'partition')}`;
      return `${verb} topic ${topic}${count}.`;
    });
  });
}

async function existing(admin: Admin): Promise<ReadonlySet<string>> {
  return new Set((await admin.listTopics()).map(({ topic }) => topic));
}
