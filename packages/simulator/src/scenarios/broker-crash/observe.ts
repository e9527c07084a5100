import { type Client, type ConsumedMessage } from '@tidelog/client';
import type { Observation, ObservedPartition, ObservedTopic } from './checker.ts';
import { commitKey } from './history.ts';

/** Reads all that a client can see, of these topics where they are named; they hold no transactions. */
export async function observe(
  client: Client,
  groupIds: readonly string[],
  names?: readonly string[],
): Promise<Observation> {
  await using admin = client.admin();
  const topics = new Map<string, ObservedTopic>();
  for (const { topic, topicId, partitions, isInternal } of await admin.listTopics()) {
    if (isInternal || names?.includes(topic) === false) continue;
    const observed: ObservedPartition[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      observed.push(await observePartition(client, topic, partition));
    }
    const [described] = await admin.describeConfigs([{ type: 'topic', name: topic }]);
    const own = described!.configs.filter(({ source }) => source === 'topic');
    const configs = new Map(own.map(({ name, value }) => [name, value ?? '']));
    topics.set(topic, { id: topicId, configs, partitions: observed });
  }
  const commits = new Map<string, number>();
  for (const groupId of groupIds) {
    for (const { topic, partition, offset } of await admin.listGroupOffsets(groupId)) {
      commits.set(commitKey(groupId, topic, partition), offset);
    }
  }
  return { topics, commits };
}

async function observePartition(
  client: Client,
  topic: string,
  partition: number,
): Promise<ObservedPartition> {
  await using admin = client.admin();
  const [first, end] = await admin.listOffsets([
    { topic, partition, spec: 'earliest' },
    { topic, partition, spec: 'latest' },
  ]);
  const [logStartOffset, highWatermark] = [first!.offset, end!.offset];
  const records: [number, string][] = [];
  if (highWatermark > logStartOffset) {
    await using consumer = client.consumer({ autoOffsetReset: 'none', fetchMaxWaitMs: 50 });
    consumer.assign([{ topic, partition, offset: logStartOffset }]);
    for await (const message of consumer.messages()) {
      records.push([message.offset, textOf(message)]);
      if (message.offset + 1 >= highWatermark) break;
    }
  }
  return { logStartOffset, highWatermark, records };
}

function textOf({ value }: ConsumedMessage): string {
  return value === null ? '' : value.toString();
}
