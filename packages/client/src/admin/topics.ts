import { errors, ZERO_UUID } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TopicPartition } from '../topic-partition.ts';

/** How long brokers may take to carry out a change. */
const CHANGE_TIMEOUT_MS = 30_000;

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

export interface PartitionDescription extends TopicPartition {
  /** -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

export interface TopicDescription {
  readonly topic: string;
  readonly topicId: string | null;
  readonly isInternal: boolean;
  readonly partitions: readonly PartitionDescription[];
}

export async function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  validateOnly: boolean,
): Promise<TopicListing[]> {
  const response = await cluster.sendToController('CreateTopics', {
    topics: topics.map(({ topic, partitions, replicationFactor, assignments, configs }) => ({
      name: topic,
      numPartitions: assignments === undefined ? (partitions ?? -1) : -1,
      replicationFactor: assignments === undefined ? (replicationFactor ?? -1) : -1,
      assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({
        partitionIndex,
        brokerIds,
      })),
      configs: configEntries(configs).map(([name, value]) => ({ name, value })),
    })),
    timeoutMs: CHANGE_TIMEOUT_MS,
    validateOnly,
  });
  return response.topics.map((created) => {
    throwError(created.errorCode, `topic ${created.name}`, created.errorMessage);
    return {
      topic: created.name,
      topicId: created.topicId === ZERO_UUID ? null : created.topicId,
      partitions: created.numPartitions,
      replicationFactor: created.replicationFactor,
      isInternal: false,
    };
  });
}

function configEntries(configs: NewTopic['configs']): [string, string][] {
  if (configs === undefined) return [];
  return configs instanceof Map ? [...configs] : Object.entries(configs);
}

export async function deleteTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  const response = await cluster.sendToController('DeleteTopics', {
    topics: topics.map((name) => ({ name, topicId: ZERO_UUID })),
    timeoutMs: CHANGE_TIMEOUT_MS,
  });
  for (const { name, errorCode, errorMessage } of response.responses) {
    throwError(errorCode, `topic ${name}`, errorMessage);
    if (name !== null) cluster.metadata.forget(name);
  }
}

export async function createPartitions(
  cluster: Cluster,
  counts: ReadonlyMap<string, number>,
  validateOnly: boolean,
): Promise<void> {
  const response = await cluster.sendToController('CreatePartitions', {
    topics: Array.from(counts, ([name, count]) => ({ name, count, assignments: null })),
    timeoutMs: CHANGE_TIMEOUT_MS,
    validateOnly,
  });
  for (const { name, errorCode, errorMessage } of response.results) {
    throwError(errorCode, `topic ${name}`, errorMessage);
  }
}

export async function listTopics(cluster: Cluster): Promise<TopicListing[]> {
  const described = await describe(cluster, null);
  return described.map(({ topic, topicId, isInternal, partitions }) => ({
    topic,
    topicId,
    isInternal,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
  }));
}

export async function describeTopics(
  cluster: Cluster,
  topics: readonly string[],
): Promise<TopicDescription[]> {
  return topics.length === 0 ? [] : describe(cluster, topics);
}

async function describe(
  cluster: Cluster,
  topics: readonly string[] | null,
): Promise<TopicDescription[]> {
  const response = await cluster.askMetadata({
    topics: topics?.map((name) => ({ topicId: ZERO_UUID, name })) ?? null,
    allowAutoTopicCreation: false,
  });
  return response.topics
    .map((topic): TopicDescription => {
      const name = topic.name ?? '';
      throwError(topic.errorCode, `topic ${name}`, null);
      return {
        topic: name,
        topicId: topic.topicId === ZERO_UUID ? null : topic.topicId,
        isInternal: topic.isInternal,
        partitions: topic.partitions
          .map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes }) => ({
            topic: name,
            partition: partitionIndex,
            leader: leaderId,
            leaderEpoch,
            replicas: replicaNodes,
            inSyncReplicas: isrNodes,
          }))
          .sort((a, b) => a.partition - b.partition),
      };
    })
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

function throwError(errorCode: number, subject: string, message: string | null): void {
  if (errorCode !== errors.NONE.code) throw brokerError(errorCode, subject, message);
}
