import { type KafkaError, errors } from '@tidelog/protocol';
import { addressOf } from './keys.ts';
import { METADATA_PARTITION, METADATA_TOPIC } from './messages.ts';
import type { Quorum } from './quorum.ts';

/** Who leads, as most responses tell; -1 for nobody known. */
export function currentLeader(quorum: Quorum): { leaderId: number; leaderEpoch: number } {
  return { leaderId: quorum.leaderId ?? -1, leaderEpoch: quorum.epoch };
}

/** How to reach the leader, for the versions of a response that have a place for it (KIP-853). */
export function leaderNode(
  quorum: Quorum,
  hasField: boolean,
): { nodeId: number; host: string; port: number }[] {
  const { leaderId, leaderEndpoints, config } = quorum;
  if (!hasField || leaderId === null) return [];
  const address = addressOf(leaderId, leaderEndpoints, config.listenerName);
  return address === null ? [] : [{ nodeId: leaderId, host: address.host, port: address.port }];
}

/** The response on the metadata partition that Vote, BeginQuorumEpoch and EndQuorumEpoch share. */
export function quorumResponse<P extends object>(
  quorum: Quorum,
  version: number,
  partition: P & { readonly errorCode: number },
): {
  errorCode: number;
  topics: { topicName: string; partitions: (P & EpochResponse)[] }[];
  nodeEndpoints: { nodeId: number; host: string; port: number }[];
} {
  const partitionIndex = METADATA_PARTITION;
  return {
    errorCode: errors.NONE.code,
    topics: [
      {
        topicName: METADATA_TOPIC,
        partitions: [{ ...partition, partitionIndex, ...currentLeader(quorum) }],
      },
    ],
    nodeEndpoints: leaderNode(quorum, version >= 1),
  };
}

interface EpochResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** A response that says nothing but that the request itself was wrong. */
export function refusal(error: KafkaError): { errorCode: number; topics: []; nodeEndpoints: [] } {
  return { errorCode: error.code, topics: [], nodeEndpoints: [] };
}

/** A request may leave the cluster id out; one that names another cluster is refused. */
export function isOtherCluster(quorum: Quorum, clusterId: string | null): boolean {
  return clusterId !== null && clusterId !== quorum.config.clusterId;
}

/**
 * What is wrong with a request between voters before it is looked into: the cluster, or a topic that
 * isn't the metadata's (`partition` is null). Null when nothing is.
 */
export function addressError(
  quorum: Quorum,
  clusterId: string | null,
  partition: object | null,
): KafkaError | null {
  if (isOtherCluster(quorum, clusterId)) return errors.INCONSISTENT_CLUSTER_ID;
  return partition === null ? errors.INVALID_REQUEST : null;
}

/** What is wrong with a request from a voter that says to be in `epoch`; null when nothing is. */
export function voterRequestError(
  quorum: Quorum,
  remoteId: number,
  epoch: number,
): KafkaError | null {
  if (epoch < quorum.epoch) return errors.FENCED_LEADER_EPOCH;
  return remoteId < 0 ? errors.INVALID_REQUEST : null;
}

/** What is wrong with a request that only the leader of `epoch` can answer; null when nothing is. */
export function leaderRequestError(quorum: Quorum, epoch: number): KafkaError | null {
  if (epoch < quorum.epoch) return errors.FENCED_LEADER_EPOCH;
  if (epoch > quorum.epoch) return errors.UNKNOWN_LEADER_EPOCH;
  if (quorum.role.name !== 'leader') return errors.NOT_LEADER_OR_FOLLOWER;
  return quorum.isShuttingDown ? errors.BROKER_NOT_AVAILABLE : null;
}

/** True when the request was meant for this node with this directory; old versions don't say. */
export function isMeantForUs(quorum: Quorum, voterId: number, directoryId: string | null): boolean {
  if (voterId < 0) return true;
  const { key } = quorum;
  return voterId === key.id && (directoryId === null || directoryId === key.directoryId);
}
