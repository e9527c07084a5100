import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import type { CallOptions } from '../cluster/cluster.ts';
import { checkAnswer } from './check-answer.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { toAny, toController } from './routes.ts';
import {
  describeTopicsById,
  describeTopicsByName,
  type TopicDescription,
  topicDescription,
} from './topic-descriptions.ts';

/** How long brokers may take to carry out a change. */
export const CHANGE_TIMEOUT_MS = 30_000;

export interface NewTopic {
  readonly topic: string;
  /** The broker's `num.partitions` when left out. */
  readonly partitions?: number | undefined;
  /** The broker's `default.replication.factor` when left out. */
  readonly replicationFactor?: number | undefined;
  /** The replicas of each partition, instead of the two numbers. */
  readonly assignments?: readonly (readonly number[])[] | undefined;
  readonly configs?: Readonly<Record<string, string>> | ReadonlyMap<string, string> | undefined;
}

export interface TopicListing {
  readonly topic: string;
  readonly topicId: string | null;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly isInternal: boolean;
}

/** A topic by its name or its id. */
export type TopicReference = string | { readonly topicId: string };

export interface ValidateOptions<Item> extends ItemOptions<Item> {
  /** Only checks whether the change would be made. */
  readonly validateOnly?: boolean | undefined;
}

export interface NewPartitions {
  /** How many there are to be in the end. */
  readonly count: number;
  /** The replicas of each added partition; chosen by the controller when left out. */
  readonly assignments?: readonly (readonly number[])[] | undefined;
}

export interface ListTopicsOptions extends CallOptions {
  /** With `__consumer_offsets` and its like, as by default. */
  readonly listInternal?: boolean | undefined;
}

export interface DescribeTopicsOptions extends ItemOptions<TopicReference> {
  readonly includeAuthorizedOperations?: boolean | undefined;
  /** Partitions in one response of a broker that describes page by page (Kafka 3.8). */
  readonly partitionSizeLimitPerResponse?: number | undefined;
}

/** What an admin does with topics. */
export function topicOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** What was created; with -1 for numbers that the broker does not tell (before Kafka 2.4). */
    createTopics: (
      topics: readonly NewTopic[],
      options: ValidateOptions<NewTopic> = {},
    ): Promise<TopicListing[]> => createTopics(calls, topics, options),

    /** By name, or by id where a name may have been given to another topic meanwhile. */
    deleteTopics: async (
      topics: readonly TopicReference[],
      options: ItemOptions<TopicReference> = {},
    ): Promise<void> => {
      await deleteTopics(calls, topics, options);
    },

    listTopics: (options: ListTopicsOptions = {}): Promise<TopicListing[]> =>
      calls.once(async () => {
        const request = { topics: null, allowAutoTopicCreation: false };
        const response = await cluster.askMetadata(request);
        const listed = response.topics.map(topicListing);
        return listed
          .filter(({ isInternal }) => !isInternal || (options.listInternal ?? true))
          .sort((a, b) => (a.topic < b.topic ? -1 : 1));
      }, options),

    /** Sorted by name. */
    describeTopics: async (
      topics: readonly TopicReference[],
      options: DescribeTopicsOptions = {},
    ): Promise<TopicDescription[]> => {
      const described = await calls.each<TopicReference, TopicDescription>(
        topics,
        {
          route: toAny(cluster),
          keyOf: topicKey,
          subjectOf: topicSubject,
          ask: async ({ send }, topics, heard) => {
            const [names, ids] = split(topics);
            const question = { cluster, heard, options };
            if (names.length > 0) await describeTopicsByName({ ...question, send, names });
            if (ids.length > 0) await describeTopicsById({ ...question, ids });
          },
        },
        options,
      );
      return described.sort((a, b) => (a.topic < b.topic ? -1 : 1));
    },

    /** Raises topics to these numbers of partitions. */
    createPartitions: async (
      counts: ReadonlyMap<string, number | NewPartitions>,
      options: ValidateOptions<string> = {},
    ): Promise<void> => {
      await createPartitions(calls, counts, options);
    },
  };
}

function createTopics(
  calls: AdminCalls,
  topics: readonly NewTopic[],
  options: ValidateOptions<NewTopic>,
): Promise<TopicListing[]> {
  return calls.each<NewTopic, TopicListing>(
    topics,
    {
      route: toController(calls.cluster),
      keyOf: ({ topic }) => topic,
      subjectOf: ({ topic }) => `topic ${topic}`,
      ask: async ({ send }, topics, heard) => {
        const response = await send('CreateTopics', {
          topics: topics.map(creation),
          timeoutMs: CHANGE_TIMEOUT_MS,
          validateOnly: options.validateOnly ?? false,
        });
        for (const created of response.topics) {
          heard(created.name, created, {
            topic: created.name,
            topicId: idOf(created),
            partitions: created.numPartitions,
            replicationFactor: created.replicationFactor,
            isInternal: false,
          });
        }
      },
    },
    options,
  );
}

function creation({ topic, partitions, replicationFactor, assignments, configs }: NewTopic) {
  return {
    name: topic,
    numPartitions: assignments === undefined ? (partitions ?? -1) : -1,
    replicationFactor: assignments === undefined ? (replicationFactor ?? -1) : -1,
    assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    })),
    configs: configEntries(configs).map(([name, value]) => ({ name, value })),
  };
}

function configEntries(configs: NewTopic['configs']): [string, string][] {
  if (configs === undefined) return [];
  return configs instanceof Map ? [...configs] : Object.entries(configs);
}

function deleteTopics(
  calls: AdminCalls,
  topics: readonly TopicReference[],
  options: ItemOptions<TopicReference>,
): Promise<null[]> {
  return calls.each<TopicReference, null>(
    topics,
    {
      route: toController(calls.cluster),
      keyOf: topicKey,
      subjectOf: topicSubject,
      ask: async ({ send }, topics, heard) => {
        const [names, ids] = split(topics);
        const response = await send('DeleteTopics', {
          topics: [
            ...names.map((name) => ({ name, topicId: ZERO_UUID })),
            ...ids.map((topicId) => ({ name: null, topicId })),
          ],
          timeoutMs: CHANGE_TIMEOUT_MS,
        });
        for (const deleted of response.responses) {
          if (deleted.name !== null) {
            heard(topicKey(deleted.name), deleted, null);
            if (deleted.errorCode === errors.NONE.code) {
              calls.cluster.metadata.forget(deleted.name);
            }
          }
          heard(topicKey({ topicId: deleted.topicId }), deleted, null);
        }
      },
    },
    options,
  );
}

function createPartitions(
  calls: AdminCalls,
  counts: ReadonlyMap<string, number | NewPartitions>,
  options: ValidateOptions<string>,
): Promise<null[]> {
  return calls.each<string, null>(
    [...counts.keys()],
    {
      route: toController(calls.cluster),
      keyOf: (topic) => topic,
      subjectOf: (topic) => `topic ${topic}`,
      ask: async ({ send }, topics, heard) => {
        const response = await send('CreatePartitions', {
          topics: topics.map((name) => {
            const wanted = counts.get(name)!;
            const { count, assignments } = typeof wanted === 'number' ? { count: wanted } : wanted;
            const brokers = assignments?.map((brokerIds) => ({ brokerIds: [...brokerIds] }));
            return { name, count, assignments: brokers ?? null };
          }),
          timeoutMs: CHANGE_TIMEOUT_MS,
          validateOnly: options.validateOnly ?? false,
        });
        for (const result of response.results) heard(result.name, result, null);
      },
    },
    options,
  );
}

function topicListing(answer: ResponseOutput<'Metadata'>['topics'][number]): TopicListing {
  checkAnswer(answer, `topic ${answer.name}`);
  const { topic, topicId, isInternal, partitions } = topicDescription(answer);
  return {
    topic,
    topicId,
    isInternal,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
  };
}

function split(topics: readonly TopicReference[]): [names: string[], ids: string[]] {
  const names: string[] = [];
  const ids: string[] = [];
  for (const topic of topics) {
    if (typeof topic === 'string') names.push(topic);
    else ids.push(topic.topicId);
  }
  return [names, ids];
}

/** No topic's name begins with a hash. */
function topicKey(topic: TopicReference): string {
  return typeof topic === 'string' ? topic : `#${topic.topicId}`;
}

function topicSubject(topic: TopicReference): string {
  return typeof topic === 'string' ? `topic ${topic}` : `topic with id ${topic.topicId}`;
}

function idOf({ topicId }: { readonly topicId: string }): string | null {
  return topicId === ZERO_UUID ? null : topicId;
}
