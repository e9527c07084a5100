import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';
import type { CallOptions } from '../cluster/cluster.ts';
import { checkAnswer } from './check-answer.ts';
import type { AdminCalls } from './admin-calls.ts';

export interface QuorumReplica {
  readonly replicaId: number;
  /** Null where the broker does not tell (before Kafka 3.9). */
  readonly directoryId: string | null;
  readonly logEndOffset: number;
  /** Milliseconds since 1970, as its leader saw it; null where it is not known. */
  readonly lastFetchTimestamp: number | null;
  readonly lastCaughtUpTimestamp: number | null;
}

export interface QuorumEndpoint {
  /** The listener's. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface QuorumDescription {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly voters: readonly QuorumReplica[];
  /** Brokers, and controllers without a vote. */
  readonly observers: readonly QuorumReplica[];
  /** Where voters listen (Kafka 3.9). */
  readonly nodes: readonly {
    readonly nodeId: number;
    readonly endpoints: readonly QuorumEndpoint[];
  }[];
}

/** A voter by its id and its directory: one with a new disk is another voter (KIP-853). */
export interface QuorumVoter {
  readonly voterId: number;
  readonly directoryId: string;
}

export interface QuorumVoterOptions extends CallOptions {
  /** Refuses if it is another cluster. */
  readonly clusterId?: string | undefined;
}

const metadataPartition = {
  topicName: '__cluster_metadata',
  partitions: [{ partitionIndex: 0 }],
};

/** What an admin does with the quorum of controllers (KIP-595, KIP-853). */
export function quorumOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    describeMetadataQuorum: (options?: CallOptions): Promise<QuorumDescription> =>
      calls.once(async () => {
        const response = await cluster.sendToAny('DescribeQuorum', { topics: [metadataPartition] });
        checkAnswer(response, 'quorum');
        const partition = response.topics[0]?.partitions[0];
        if (partition === undefined) throw brokerError(errors.UNKNOWN_SERVER_ERROR.code, 'quorum');
        checkAnswer(partition, 'quorum');
        return {
          leaderId: partition.leaderId,
          leaderEpoch: partition.leaderEpoch,
          highWatermark: partition.highWatermark,
          voters: partition.currentVoters.map(replica),
          observers: partition.observers.map(replica),
          nodes: response.nodes.map(({ nodeId, listeners }) => ({ nodeId, endpoints: listeners })),
        };
      }, options),

    /** Gives a controller a vote. It has to run already, and to have caught up. */
    addRaftVoter: (
      voter: QuorumVoter & { readonly endpoints: readonly QuorumEndpoint[] },
      options: QuorumVoterOptions = {},
    ): Promise<void> =>
      calls.once(async () => {
        const response = await cluster.sendToController('AddRaftVoter', {
          clusterId: options.clusterId ?? null,
          timeoutMs: cluster.settings.requestTimeoutMs,
          voterId: voter.voterId,
          voterDirectoryId: voter.directoryId,
          listeners: voter.endpoints.map(({ name, host, port }) => ({ name, host, port })),
        });
        checkAnswer(response, `voter ${voter.voterId}`);
      }, options),

    removeRaftVoter: (voter: QuorumVoter, options: QuorumVoterOptions = {}): Promise<void> =>
      calls.once(async () => {
        const response = await cluster.sendToController('RemoveRaftVoter', {
          clusterId: options.clusterId ?? null,
          voterId: voter.voterId,
          voterDirectoryId: voter.directoryId,
        });
        checkAnswer(response, `voter ${voter.voterId}`);
      }, options),
  };
}

type ReplicaAnswer =
  ResponseOutput<'DescribeQuorum'>['topics'][number]['partitions'][number]['observers'][number];

function replica(answer: ReplicaAnswer): QuorumReplica {
  const { lastFetchTimestamp, lastCaughtUpTimestamp } = answer;
  return {
    replicaId: answer.replicaId,
    directoryId: answer.replicaDirectoryId === ZERO_UUID ? null : answer.replicaDirectoryId,
    logEndOffset: answer.logEndOffset,
    lastFetchTimestamp: lastFetchTimestamp < 0 ? null : lastFetchTimestamp,
    lastCaughtUpTimestamp: lastCaughtUpTimestamp < 0 ? null : lastCaughtUpTimestamp,
  };
}
