import type { Admin, Client, ProducerMessage } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import type { ClientSettings } from '../connection/client-properties.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { readRanges } from '../records/read-ranges.ts';
import { progressBar } from '../terminal/progress.ts';
import { describe, type DescribedTopic } from './describe-topics.ts';
import { counted } from '../terminal/counted.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';

export interface CloneTopicSettings extends ConnectionSettings, OutputSettings {
  readonly records?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Creates a topic as another one is. Records keep partition, timestamp, key, value and headers, and get new
 * offsets without gaps; what comes to the source meanwhile is not copied.
 */
export async function cloneTopic(call: Call<CloneTopicSettings>): Promise<void> {
  const { settings } = call;
  const [source, target] = call.args as [string, string];
  await withClient(call, async (client, options) => {
    const admin = client.admin();
    const [topic] = await describe(admin, [source]);
    const validateOnly = settings.dryRun ?? false;
    await createAs(admin, target, topic!, validateOnly);
    const partitions = topic!.partitions.length;
    const isCopied = settings.records === true && !validateOnly;
    const records = isCopied ? await copyRecords(client, call, options) : null;
    const verb = validateOnly ? 'Would create' : 'Created';
    const row = { source, target, partitions, records, isCreated: !validateOnly };
    await writeDone(call, [row], () => {
      const created = `${verb} topic ${target} with ${counted(partitions, 'partition')} as ${source} has.`;
      return records === null ? created : `${created}\nCopied ${counted(records, 'record')}.`;
    });
  });
}

async function createAs(
  admin: Admin,
  topic: string,
  { partitions, configs }: DescribedTopic,
  validateOnly: boolean,
): Promise<void> {
  const own = Object.entries(configs).filter((entry): entry is [string, string] => !!entry[1]);
  const replicationFactor = Math.max(...partitions.map(({ replicas }) => replicas.length));
  await admin.createTopics(
    [{ topic, partitions: partitions.length, replicationFactor, configs: new Map(own) }],
    { validateOnly },
  );
}

async function copyRecords(
  client: Client,
  { args, terminal }: Call<CloneTopicSettings>,
  { consumer, producer: options }: ClientSettings,
): Promise<number> {
  const [source, topic] = args as [string, string];
  const admin = client.admin();
  const [described] = await admin.describeTopics([source]);
  const ranges = await resolveRanges(admin, described!.partitions, {
    from: { kind: 'start' },
    until: { kind: 'end' },
  });
  const total = ranges.reduce((sum, { from, until }) => sum + until! - from, 0);
  const progress = progressBar(terminal, `Copying ${source}`, total);
  const producer = client.producer({ ...options, allowAutoTopicCreation: false });
  const signal = terminal.stopped();
  let count = 0;
  for await (const messages of readRanges(client, ranges, { signal, consumer })) {
    await producer.sendAll(
      messages.map(
        ({ partition, key, value, headers, timestamp }): ProducerMessage => ({
          topic,
          partition,
          key,
          value,
          headers,
          ...(timestamp >= 0 && { timestamp }),
        }),
      ),
    );
    count += messages.length;
    progress.moveTo(count);
  }
  progress.end();
  return count;
}
