import { errors } from '@tidelog/protocol';
import { brokerError, closedError } from '../client-error.ts';
import type { CallOptions, Cluster } from '../cluster/cluster.ts';
import { type FoundOffset, listOffsets, type OffsetQuery } from '../cluster/list-offsets.ts';
import type { BrokerNode } from '../cluster/metadata.ts';
import type { CommittedOffset } from '../consumer/group/group-offsets.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import {
  type ConfigResource,
  describeConfigs,
  incrementalAlterConfigs,
  type ResourceChange,
  type ResourceConfig,
} from './configs.ts';
import { deleteRecords, type RecordDeletion } from './delete-records.ts';
import {
  deleteGroups,
  describeGroups,
  type GroupDescription,
  type GroupListing,
  listGroupOffsets,
  listGroups,
} from './groups.ts';
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeTopics,
  listTopics,
  type NewTopic,
  type TopicDescription,
  type TopicListing,
} from './topics.ts';

/** A topic that does not exist is no reason to wait for it much longer than one that was just created. */
const UNKNOWN_TOPIC_MS = 500;

export interface ChangeOptions extends CallOptions {
  /** Only checks whether the change would be made. */
  readonly validateOnly?: boolean;
}

export interface ClusterDescription {
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly brokers: readonly BrokerNode[];
}

/**
 * Looks at a cluster and changes it. Each call is tried again until it succeeds, fails for good, or its
 * time is over (`timeoutMs`, `apiTimeoutMs` of the client); it throws the first failure of its parts.
 *
 * @example
 * await using admin = client.admin();
 * await admin.createTopics([{ topic: 'orders', partitions: 6 }]);
 */
export class Admin {
  readonly #cluster: Cluster;
  readonly #onClose: () => void;
  #closed = false;

  constructor(cluster: Cluster, onClose: () => void) {
    this.#cluster = cluster;
    this.#onClose = onClose;
  }

  /** What was created; with -1 for numbers that the broker does not tell (before Kafka 2.4). */
  createTopics(topics: readonly NewTopic[], options: ChangeOptions = {}): Promise<TopicListing[]> {
    const validateOnly = options.validateOnly ?? false;
    return this.#call((cluster) => createTopics(cluster, topics, validateOnly), options);
  }

  deleteTopics(topics: readonly string[], options?: CallOptions): Promise<void> {
    return this.#call((cluster) => deleteTopics(cluster, topics), options);
  }

  listTopics(options?: CallOptions): Promise<TopicListing[]> {
    return this.#call(listTopics, options);
  }

  describeTopics(
    topics: readonly string[],
    options: CallOptions = {},
  ): Promise<TopicDescription[]> {
    return this.#call((cluster) => describeTopics(cluster, topics), options);
  }

  /** Raises topics to these numbers of partitions. */
  createPartitions(
    counts: ReadonlyMap<string, number>,
    options: ChangeOptions = {},
  ): Promise<void> {
    const validateOnly = options.validateOnly ?? false;
    return this.#call((cluster) => createPartitions(cluster, counts, validateOnly), options);
  }

  describeConfigs(
    resources: readonly ConfigResource[],
    options?: CallOptions,
  ): Promise<ResourceConfig[]> {
    return this.#call((cluster) => describeConfigs(cluster, resources), options);
  }

  incrementalAlterConfigs(
    resources: readonly ResourceChange[],
    options: ChangeOptions = {},
  ): Promise<void> {
    const validateOnly = options.validateOnly ?? false;
    return this.#call(
      (cluster) => incrementalAlterConfigs(cluster, resources, validateOnly),
      options,
    );
  }

  listOffsets(queries: readonly OffsetQuery[], options?: CallOptions): Promise<FoundOffset[]> {
    return this.#call((cluster) => listOffsets(cluster, queries), options);
  }

  /** Deletes all before these offsets; resolves to where the logs start then, in the same order. */
  async deleteRecords(
    deletions: readonly RecordDeletion[],
    options?: CallOptions,
  ): Promise<(TopicPartition & { readonly logStartOffset: number })[]> {
    const starts = await this.#call((cluster) => deleteRecords(cluster, deletions), options);
    return deletions.map(({ topic, partition }) => ({
      topic,
      partition,
      logStartOffset: starts.get(keyOf({ topic, partition })) ?? -1,
    }));
  }

  listGroups(options?: CallOptions): Promise<GroupListing[]> {
    return this.#call(listGroups, options);
  }

  describeGroups(groupIds: readonly string[], options?: CallOptions): Promise<GroupDescription[]> {
    return this.#call((cluster) => describeGroups(cluster, groupIds), options);
  }

  listGroupOffsets(groupId: string, options?: CallOptions): Promise<CommittedOffset[]> {
    return this.#call((cluster) => listGroupOffsets(cluster, groupId), options);
  }

  deleteGroups(groupIds: readonly string[], options?: CallOptions): Promise<void> {
    return this.#call((cluster) => deleteGroups(cluster, groupIds), options);
  }

  describeCluster(options?: CallOptions): Promise<ClusterDescription> {
    return this.#call(async (cluster) => {
      const response = await cluster.sendToAny('DescribeCluster', {
        includeClusterAuthorizedOperations: false,
      });
      if (response.errorCode !== errors.NONE.code) {
        throw brokerError(response.errorCode, 'cluster', response.errorMessage);
      }
      return {
        clusterId: response.clusterId,
        controllerId: response.controllerId,
        brokers: response.brokers.map(({ brokerId, host, port, rack }) => ({
          id: brokerId,
          host,
          port,
          rack,
        })),
      };
    }, options);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #call<T>(call: (cluster: Cluster) => Promise<T>, options: CallOptions = {}): Promise<T> {
    if (this.#closed) return Promise.reject(closedError('admin'));
    const retryOptions = { unknownTopicMs: UNKNOWN_TOPIC_MS, ...options };
    return this.#cluster.retry(() => call(this.#cluster), retryOptions);
  }
}
