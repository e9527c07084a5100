import type { Admin, TopicPartition } from '@tidelog/client';
import { CallError } from '../command-error.ts';
import { parsePartitions } from '../topic-partitions.ts';

/** `orders` or `orders:0,2-3`. */
export interface TopicChoice {
  readonly topic: string;
  readonly partitions: readonly number[] | null;
}

export function parseTopicChoice(text: string): TopicChoice {
  const [topic = '', list, ...more] = text.split(':');
  if (topic === '' || more.length > 0) {
    throw new CallError(`takes a topic, or partitions of it such as orders:0,2-3, not ${text}`);
  }
  return { topic, partitions: list === undefined ? null : parsePartitions(list) };
}

/** The partitions that choices name; throws where a topic does not exist. */
export async function partitionsOf(
  admin: Admin,
  choices: readonly TopicChoice[],
): Promise<TopicPartition[]> {
  const described = await admin.describeTopics([...new Set(choices.map(({ topic }) => topic))]);
  const existing = new Map(described.map((topic) => [topic.topic, topic.partitions]));
  return choices.flatMap(({ topic, partitions }) =>
    partitions === null
      ? existing.get(topic)!.map(({ partition }) => ({ topic, partition }))
      : partitions.map((partition) => ({ topic, partition })),
  );
}

export function isChosen(
  { topic, partition }: TopicPartition,
  choices: readonly TopicChoice[],
): boolean {
  return choices.some(
    (choice) => choice.topic === topic && (choice.partitions?.includes(partition) ?? true),
  );
}
