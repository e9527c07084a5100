import type { MetadataImage, PartitionImage, TopicImage } from '@tidelog/metadata';
import { NO_LEADER } from '@tidelog/metadata';
import { errors, type KafkaError } from '@tidelog/protocol';

/** A partition as clients of one listener see it. */
export interface PartitionDescription {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export function describePartition(
  image: MetadataImage,
  topic: TopicImage,
  at: { index: number; listenerName: string },
): PartitionDescription {
  const partition = topic.partitions[at.index]!;
  const error = leaderError(image, partition, at.listenerName);
  return {
    errorCode: error.code,
    partitionIndex: at.index,
    leaderId: error === errors.NONE ? partition.leader : NO_LEADER,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: partition.replicas.filter((id) => !isReachable(image, id, at.listenerName)),
  };
}

function leaderError(
  image: MetadataImage,
  partition: PartitionImage,
  listenerName: string,
): KafkaError {
  if (partition.leader === NO_LEADER) return errors.LEADER_NOT_AVAILABLE;
  const leader = image.cluster.broker(partition.leader);
  if (leader === undefined || leader.fenced) return errors.LEADER_NOT_AVAILABLE;
  return leader.listeners.has(listenerName) ? errors.NONE : errors.LISTENER_NOT_FOUND;
}

function isReachable(image: MetadataImage, id: number, listenerName: string): boolean {
  const broker = image.cluster.broker(id);
  return broker !== undefined && !broker.fenced && broker.listeners.has(listenerName);
}

export interface NodeDescription {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The brokers that clients of one listener can reach. */
export function liveNodes(image: MetadataImage, listenerName: string): NodeDescription[] {
  const nodes: NodeDescription[] = [];
  for (const id of image.cluster.brokers.keys()) {
    const node = liveNode(image, id, listenerName);
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

export function liveNode(
  image: MetadataImage,
  id: number,
  listenerName: string,
): NodeDescription | undefined {
  const broker = image.cluster.broker(id);
  const endpoint = broker?.listeners.get(listenerName);
  if (broker === undefined || broker.fenced || endpoint === undefined) return undefined;
  return { nodeId: id, host: endpoint.host, port: endpoint.port, rack: broker.rack };
}
