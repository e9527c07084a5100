import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';

export interface ListTopicsSettings extends ConnectionSettings, OutputSettings {
  readonly internal?: boolean;
}

export async function listTopics(call: Call<ListTopicsSettings>): Promise<void> {
  const topics = await withClient(call, (client) => client.admin().listTopics());
  const rows = topics
    .filter(({ isInternal }) => !isInternal || call.settings.internal)
    .map(({ topic, topicId, partitions, replicationFactor, isInternal }) => ({
      topic,
      partitions,
      replicationFactor,
      topicId,
      isInternal,
    }));
  await writeRows(call, rows, [
    ['TOPIC', ({ topic }) => topic],
    ['PARTITIONS', ({ partitions }) => partitions],
    ['REPLICAS', ({ replicationFactor }) => replicationFactor],
    ['ID', ({ topicId }) => topicId, 'wide'],
  ]);
}
