import type { Admin, PartitionDescription } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type PartitionRange, resolveRanges } from '../offsets/resolve-ranges.ts';
import { isData, type OutputSettings, tableOf, writeData } from '../terminal/output.ts';
import { keyOf } from '../topic-partitions.ts';

export type DescribeTopicsSettings = ConnectionSettings & OutputSettings;

/** A topic with the configs that are its own, and the ends of its partitions. */
export interface DescribedTopic {
  readonly topic: string;
  readonly topicId: string | null;
  readonly isInternal: boolean;
  readonly configs: Readonly<Record<string, string | null>>;
  readonly partitions: readonly DescribedPartition[];
}

/** Offsets are null where no leader can be asked; the leader is -1 where there is none. */
export interface DescribedPartition {
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
  readonly logStartOffset: number | null;
  readonly logEndOffset: number | null;
}

export async function describeTopics(call: Call<DescribeTopicsSettings>): Promise<void> {
  const { settings, terminal } = call;
  const topics = await withClient(call, (client) => describe(client.admin(), call.args));
  if (isData(settings.output)) return writeData(terminal, settings.output, topics);
  for (const topic of topics) {
    await terminal.write(summary(topic));
    await terminal.write(
      tableOf(terminal, settings.output, topic.partitions, [
        ['PARTITION', ({ partition }) => partition],
        ['LEADER', ({ leader }) => (leader < 0 ? null : leader)],
        ['EPOCH', ({ leaderEpoch }) => leaderEpoch, 'wide'],
        ['REPLICAS', ({ replicas }) => replicas.join(',')],
        ['IN-SYNC', ({ inSyncReplicas }) => inSyncReplicas.join(',')],
        ['LOG-START-OFFSET', ({ logStartOffset }) => logStartOffset],
        ['LOG-END-OFFSET', ({ logEndOffset }) => logEndOffset],
      ]),
    );
  }
}

export async function describe(admin: Admin, topics: readonly string[]): Promise<DescribedTopic[]> {
  const described = await admin.describeTopics(topics);
  const led = described.flatMap(({ partitions }) => partitions).filter(({ leader }) => leader >= 0);
  const whole = { from: { kind: 'start' }, until: { kind: 'end' } } as const;
  const ranges = new Map(
    (await resolveRanges(admin, led, whole)).map((range) => [keyOf(range), range]),
  );
  const configs = await admin.describeConfigs(
    described.map(({ topic: name }) => ({ type: 'topic', name })),
  );
  const own = new Map(
    configs.map(({ name, configs }) => [
      name,
      configs.filter(({ source }) => source === 'topic').map(({ name, value }) => [name, value]),
    ]),
  );
  return described.map(({ topic, topicId, isInternal, partitions }) => ({
    topic,
    topicId,
    isInternal,
    configs: Object.fromEntries(own.get(topic) ?? []) as Record<string, string | null>,
    partitions: partitions.map((partition) => describedPartition(partition, ranges)),
  }));
}

function describedPartition(
  described: PartitionDescription,
  ranges: ReadonlyMap<string, PartitionRange>,
): DescribedPartition {
  const { partition, leader, leaderEpoch, replicas, inSyncReplicas } = described;
  const { logStartOffset = null, logEndOffset = null } = ranges.get(keyOf(described)) ?? {};
  const place = { partition, leader, leaderEpoch, replicas, inSyncReplicas };
  return { ...place, logStartOffset, logEndOffset };
}

function summary({ topic, topicId, partitions, configs }: DescribedTopic): string {
  const own = Object.entries(configs).map(([name, value]) => `${name}=${value ?? ''}`);
  const lines = [
    `Topic       ${topic}`,
    `Id          ${topicId ?? '-'}`,
    `Partitions  ${partitions.length}`,
    `Configs     ${own.length === 0 ? '-' : own.join(', ')}`,
  ];
  return `${lines.join('\n')}\n\n`;
}
