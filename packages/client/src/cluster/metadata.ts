import type { ResponseOutput } from '@tidelog/protocol';
import { errors, ZERO_UUID } from '@tidelog/protocol';

export interface BrokerNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly partition: number;
  /** -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

export interface TopicMetadata {
  readonly name: string;
  /** Null where the broker gives none (before Kafka 2.8). */
  readonly id: string | null;
  readonly isInternal: boolean;
  /** By number, without holes. */
  readonly partitions: readonly PartitionMetadata[];
  /** Those with a leader. */
  readonly available: readonly number[];
  /** Clock.monotonic() of the response. */
  readonly fetchedAt: number;
}

/** What is known of the cluster: brokers, and the topics that were asked for. */
export class ClusterMetadata {
  clusterId: string | null = null;
  controllerId = -1;
  #brokers = new Map<number, BrokerNode>();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #names = new Map<string, string>();

  brokers(): BrokerNode[] {
    return [...this.#brokers.values()];
  }

  broker(id: number): BrokerNode | undefined {
    return this.#brokers.get(id);
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  topicNames(): string[] {
    return [...this.#topics.keys()];
  }

  /** The name of a topic's id. */
  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /** Whom to ask is not known any more; who led what is kept until someone tells anew. */
  forgetBrokers(): void {
    this.#brokers = new Map();
    this.controllerId = -1;
  }

  forget(topic: string): void {
    const known = this.#topics.get(topic);
    if (known?.id) this.#names.delete(known.id);
    this.#topics.delete(topic);
  }

  /** All topics were listed: what is not among them is gone. */
  keepOnly(names: Iterable<string | null>): void {
    const listed = new Set(names);
    for (const name of this.topicNames()) if (!listed.has(name)) this.forget(name);
  }

  /** Takes a response in. A topic with an error keeps what was known, unless it does not exist. */
  update(response: ResponseOutput<'Metadata'>, now: number): void {
    this.clusterId = response.clusterId ?? this.clusterId;
    this.controllerId = response.controllerId;
    this.#brokers = new Map(
      response.brokers.map(({ nodeId, host, port, rack }) => [
        nodeId,
        { id: nodeId, host, port, rack },
      ]),
    );
    for (const topic of response.topics) {
      if (topic.name === null) continue;
      const error = topic.errorCode;
      if (error === errors.NONE.code) this.#put(topic.name, topic, now);
      else if (error === errors.UNKNOWN_TOPIC_OR_PARTITION.code) this.forget(topic.name);
    }
  }

  /**
   * Brokers that another response told of: leaders (KIP-951), coordinators. They may have moved since
   * metadata told where they are.
   */
  addBrokers(
    nodes: readonly { nodeId: number; host: string; port: number; rack?: string | null }[],
  ): void {
    for (const { nodeId, host, port, rack } of nodes) {
      if (nodeId < 0) continue;
      const known = this.#brokers.get(nodeId);
      this.#brokers.set(nodeId, { id: nodeId, host, port, rack: rack ?? known?.rack ?? null });
    }
  }

  /** A leader that a produce or fetch response told of (KIP-951). Older epochs are ignored. */
  moveLeader(topic: string, partition: number, leader: number, leaderEpoch: number): void {
    const known = this.#topics.get(topic);
    const before = known?.partitions[partition];
    if (known === undefined || before === undefined || leaderEpoch <= before.leaderEpoch) return;
    if (!this.#brokers.has(leader)) return;
    const partitions = [...known.partitions];
    partitions[partition] = { ...before, leader, leaderEpoch };
    this.#topics.set(topic, { ...known, partitions, available: withLeader(partitions) });
  }

  #put(name: string, topic: ResponseOutput<'Metadata'>['topics'][number], fetchedAt: number): void {
    const known = this.#topics.get(name);
    const id = topic.topicId === ZERO_UUID ? null : topic.topicId;
    if (known?.id && known.id !== id) this.#names.delete(known.id);
    const sameTopic = known !== undefined && known.id === id;
    const partitions = topic.partitions
      .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      .filter((partition, index) => partition.partitionIndex === index)
      .map((partition, index): PartitionMetadata => {
        const before = sameTopic ? known.partitions[index] : undefined;
        // A broker that lags behind tells of a leader that is gone already.
        if (before && partition.leaderEpoch >= 0 && partition.leaderEpoch < before.leaderEpoch) {
          return before;
        }
        return {
          partition: index,
          leader: partition.leaderId,
          leaderEpoch: partition.leaderEpoch,
          replicas: partition.replicaNodes,
          inSyncReplicas: partition.isrNodes,
        };
      });
    const { isInternal } = topic;
    const available = withLeader(partitions);
    this.#topics.set(name, { name, id, isInternal, partitions, available, fetchedAt });
    if (id !== null) this.#names.set(id, name);
  }
}

function withLeader(partitions: readonly PartitionMetadata[]): number[] {
  return partitions.filter(({ leader }) => leader >= 0).map(({ partition }) => partition);
}
