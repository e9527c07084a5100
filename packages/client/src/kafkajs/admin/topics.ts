import type { TopicDescription } from '../../index.ts';
import type { Ask } from '../admin.ts';
import {
  KafkaJSAggregateError,
  KafkaJSCreateTopicError,
  KafkaJSDeleteTopicRecordsError,
  KafkaJSNonRetriableError,
} from '../errors.ts';
import { protocolErrorOf } from '../failures.ts';
import type { PartitionMetadata, PartitionOffset, TopicPartitions } from '../types.ts';

export interface ITopicConfig {
  readonly topic: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly replicaAssignment?: { partition: number; replicas: number[] }[];
  readonly configEntries?: { name: string; value: string }[];
}

export interface ITopicPartitionConfig {
  readonly topic: string;
  readonly count: number;
  readonly assignments?: number[][];
}

export interface ITopicMetadata {
  readonly name: string;
  readonly partitions: PartitionMetadata[];
}

export interface Validation {
  readonly validateOnly?: boolean;
  readonly timeout?: number;
}

export interface PartitionReassignments {
  readonly topics: {
    topic: string;
    partitionAssignment: { partition: number; replicas: number[] }[];
  }[];
  readonly timeout?: number;
}

/** What kafkajs's admin does with topics and their records. */
export function topicOperations(ask: Ask) {
  return {
    listTopics: async (): Promise<string[]> =>
      (await ask((admin) => admin.listTopics())).map(({ topic }) => topic),

    /** False where they are there already. Our brokers' topics have their leaders at once. */
    createTopics: (
      options: Validation & { waitForLeaders?: boolean; topics: ITopicConfig[] },
    ): Promise<boolean> => createTopics(ask, options),

    deleteTopics: async ({ topics }: { topics: string[]; timeout?: number }): Promise<void> => {
      if (!Array.isArray(topics))
        throw new KafkaJSNonRetriableError(`Invalid topics ${String(topics)}`);
      await ask((admin) => admin.deleteTopics(topics));
    },

    createPartitions: async ({
      topicPartitions,
      validateOnly,
    }: Validation & { topicPartitions: ITopicPartitionConfig[] }): Promise<boolean> => {
      const counts = topicPartitions.map(({ topic, count, assignments }) => {
        const wanted = assignments === undefined ? { count } : { count, assignments };
        return [topic, wanted] as const;
      });
      await ask((admin) => admin.createPartitions(new Map(counts), { validateOnly }));
      return true;
    },

    fetchTopicMetadata: async (options?: {
      topics: string[];
    }): Promise<{ topics: ITopicMetadata[] }> => {
      const topics =
        options?.topics ?? (await ask((admin) => admin.listTopics())).map(({ topic }) => topic);
      const described = await ask((admin) => admin.describeTopics(topics));
      return { topics: described.map(topicMetadata) };
    },

    fetchTopicOffsets: async (
      topic: string,
    ): Promise<(PartitionOffset & { high: string; low: string })[]> => {
      const [lows, highs] = await Promise.all([
        offsetsOf(ask, topic, 'earliest'),
        offsetsOf(ask, topic, 'latest'),
      ]);
      return highs.map(({ partition, offset }, i) => {
        const low = lows[i]!.offset;
        return { partition, offset: String(offset), high: String(offset), low: String(low) };
      });
    },

    /** The first offset at or after this time, and the end where there is none. */
    fetchTopicOffsetsByTimestamp: async (
      topic: string,
      timestamp?: number,
    ): Promise<PartitionOffset[]> => {
      const ends = await offsetsOf(ask, topic, 'latest');
      const found = timestamp === undefined ? ends : await offsetsOf(ask, topic, { timestamp });
      return found.map(({ partition, offset }, i) => {
        return { partition, offset: String(offset < 0 ? ends[i]!.offset : offset) };
      });
    },

    /** Deletes what is before these offsets; -1 is all that there is. */
    deleteTopicRecords: (options: {
      topic: string;
      partitions: PartitionOffset[];
    }): Promise<void> => deleteTopicRecords(ask, options),

    alterPartitionReassignments: async ({ topics }: PartitionReassignments): Promise<void> => {
      const moves = topics.flatMap(({ topic, partitionAssignment }) =>
        partitionAssignment.map((assigned) => ({ topic, ...assigned })),
      );
      await ask((admin) => admin.alterPartitionReassignments(moves));
    },

    listPartitionReassignments: async ({
      topics,
    }: {
      topics?: TopicPartitions[];
      timeout?: number;
    } = {}) => {
      const partitions = topics?.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      const ongoing = await ask((admin) => admin.listPartitionReassignments({ partitions }));
      const names = [...new Set(ongoing.map(({ topic }) => topic))];
      return {
        topics: names.map((name) => ({
          topic: name,
          partitions: ongoing
            .filter(({ topic }) => topic === name)
            .map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
              partitionIndex: partition,
              replicas: [...replicas],
              addingReplicas: [...addingReplicas],
              removingReplicas: [...removingReplicas],
            })),
        })),
      };
    },
  };
}

async function createTopics(
  ask: Ask,
  { topics, validateOnly }: Validation & { topics: ITopicConfig[] },
): Promise<boolean> {
  if (!Array.isArray(topics))
    throw new KafkaJSNonRetriableError(`Invalid topics array ${String(topics)}`);
  const names = topics.map(({ topic }) => topic);
  if (names.some((topic) => typeof topic !== 'string')) {
    throw new KafkaJSNonRetriableError('Invalid topics array, the topic names have to be strings');
  }
  if (new Set(names).size < names.length) {
    throw new KafkaJSNonRetriableError('Invalid topics array, it cannot have a topic twice');
  }
  const failures: KafkaJSCreateTopicError[] = [];
  const wanted = topics.map(({ topic, numPartitions, ...rest }) => ({
    topic,
    partitions: numPartitions === -1 ? undefined : numPartitions,
    replicationFactor: rest.replicationFactor === -1 ? undefined : rest.replicationFactor,
    assignments: rest.replicaAssignment
      ?.toSorted((a, b) => a.partition - b.partition)
      .map(({ replicas }) => replicas),
    configs: new Map((rest.configEntries ?? []).map(({ name, value }) => [name, value])),
  }));
  await ask((admin) =>
    admin.createTopics(wanted, {
      validateOnly,
      onFailure: (error, { topic }) => {
        failures.push(new KafkaJSCreateTopicError(error, topic, { type: error.code }));
      },
    }),
  );
  if (failures.some(({ type }) => type !== 'TOPIC_ALREADY_EXISTS')) {
    throw new KafkaJSAggregateError('Topic creation errors', failures);
  }
  return failures.length === 0;
}

type Where = 'earliest' | 'latest' | { readonly timestamp: number };

async function offsetsOf(ask: Ask, topic: string, spec: Where) {
  const [described] = await ask((admin) => admin.describeTopics([topic]));
  const queries = described!.partitions.map(({ partition }) => ({ topic, partition, spec }));
  return ask((admin) => admin.listOffsets(queries));
}

async function deleteTopicRecords(
  ask: Ask,
  { topic, partitions }: { topic: string; partitions: PartitionOffset[] },
): Promise<void> {
  const failed: { partition: number; offset: string; error: Error }[] = [];
  const deletions = partitions.map(({ partition, offset }) => ({
    topic,
    partition,
    offset: Number(offset),
  }));
  await ask((admin) =>
    admin.deleteRecords(deletions, {
      onFailure: (error, { partition, offset }) => {
        failed.push({ partition, offset: String(offset), error: protocolErrorOf(error) });
      },
    }),
  );
  if (failed.length > 0) throw new KafkaJSDeleteTopicRecordsError({ topic, partitions: failed });
}

function topicMetadata({ topic, partitions }: TopicDescription): ITopicMetadata {
  return {
    name: topic,
    partitions: partitions.map(({ partition, leader, replicas, inSyncReplicas, ...rest }) => ({
      partitionErrorCode: 0,
      partitionId: partition,
      leader,
      replicas: [...replicas],
      isr: [...inSyncReplicas],
      offlineReplicas: [...rest.offlineReplicas],
    })),
  };
}
