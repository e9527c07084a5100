import type { TopicDescription } from '@tidelog/client';
import { type OutputFormat, write, writeRows } from '../terminal/output.ts';
import { type ConnectionSettings, pairs, withClient } from './connection.ts';

export interface CreateSettings extends ConnectionSettings {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config: readonly string[];
}

export interface ListSettings extends ConnectionSettings {
  readonly output: OutputFormat;
}

export async function createTopic(topic: string, settings: CreateSettings): Promise<void> {
  const configs = new Map(pairs(settings.config, '--config'));
  const { partitions, replicas: replicationFactor } = settings;
  await withClient(settings, async (client) => {
    const [created] = await client
      .admin()
      .createTopics([{ topic, partitions, replicationFactor, configs }]);
    const count = created?.partitions ?? -1;
    await write(
      `Created topic ${topic}${count < 0 ? '' : ` with ${count} partition${count === 1 ? '' : 's'}`}.\n`,
    );
  });
}

export async function deleteTopics(
  topics: readonly string[],
  settings: ConnectionSettings,
): Promise<void> {
  await withClient(settings, async (client) => {
    await client.admin().deleteTopics(topics);
    await write(`Deleted ${topics.join(', ')}.\n`);
  });
}

export async function listTopics(settings: ListSettings): Promise<void> {
  await withClient(settings, async (client) => {
    await writeRows(settings.output, await client.admin().listTopics(), [
      ['TOPIC', ({ topic }) => topic],
      ['PARTITIONS', ({ partitions }) => partitions],
      ['REPLICAS', ({ replicationFactor }) => replicationFactor],
    ]);
  });
}

export async function describeTopics(
  topics: readonly string[],
  settings: ListSettings,
): Promise<void> {
  await withClient(settings, async (client) => {
    const admin = client.admin();
    const described = await admin.describeTopics(topics);
    const places = described.flatMap(({ partitions }) => partitions);
    const offsets = (spec: 'earliest' | 'latest') =>
      admin.listOffsets(places.map(({ topic, partition }) => ({ topic, partition, spec })));
    const [starts, ends] = await Promise.all([offsets('earliest'), offsets('latest')]);
    const offsetOf = (list: typeof starts, topic: string, partition: number) =>
      list.find((found) => found.topic === topic && found.partition === partition)?.offset;
    const rows = places.map((place) => ({
      ...place,
      logStartOffset: offsetOf(starts, place.topic, place.partition),
      logEndOffset: offsetOf(ends, place.topic, place.partition),
    }));
    const configs = await admin.describeConfigs(
      described.map(({ topic: name }) => ({ type: 'topic', name })),
    );
    const own = new Map(
      configs.map(({ name, configs }) => [
        name,
        configs.filter(({ source }) => source === 'topic'),
      ]),
    );
    if (settings.output === 'json') {
      const json = described.map((topic) => ({
        ...topic,
        configs: Object.fromEntries(own.get(topic.topic)!.map(({ name, value }) => [name, value])),
        partitions: rows.filter((row) => row.topic === topic.topic),
      }));
      await write(`${JSON.stringify(json, null, 2)}\n`);
      return;
    }
    for (const topic of described) {
      await write(summary(topic, own.get(topic.topic)!));
      await writeRows(
        'table',
        rows.filter((row) => row.topic === topic.topic),
        [
          ['PARTITION', ({ partition }) => partition],
          ['LEADER', ({ leader }) => (leader < 0 ? null : leader)],
          ['REPLICAS', ({ replicas }) => replicas.join(',')],
          ['IN-SYNC', ({ inSyncReplicas }) => inSyncReplicas.join(',')],
          ['LOG-START-OFFSET', ({ logStartOffset }) => logStartOffset],
          ['LOG-END-OFFSET', ({ logEndOffset }) => logEndOffset],
        ],
      );
    }
  });
}

function summary(
  { topic, topicId, partitions }: TopicDescription,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): string {
  const own = configs.map(({ name, value }) => `${name}=${value ?? ''}`).join(', ');
  const lines = [
    `Topic       ${topic}`,
    `Id          ${topicId ?? '-'}`,
    `Partitions  ${partitions.length}`,
    `Configs     ${own === '' ? '-' : own}`,
  ];
  return `${lines.join('\n')}\n\n`;
}
