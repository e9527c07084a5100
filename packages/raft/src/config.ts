import type { Endpoint, NodeAddress, ReplicaKey } from './keys.ts';
import type { Voter } from './voters/voter-set.ts';

/** The settings of consensus, by the names of Kafka's configuration. */
export interface RaftConfig {
  readonly clusterId: string;
  /** node.id and the directory id of the metadata log's directory. */
  readonly node: ReplicaKey & { readonly directoryId: string };
  /** What this node advertises for the controller listeners. */
  readonly listeners: readonly Endpoint[];
  /** The first of controller.listener.names: the listener over which the quorum talks. */
  readonly listenerName: string;
  /** controller.quorum.voters; empty where the voters are in the log (kraft.version 1). */
  readonly staticVoters: readonly Voter[];
  /** controller.quorum.bootstrap.servers, with ids -2, -3, ... */
  readonly bootstrapServers: readonly NodeAddress[];
  /** process.roles has `controller`. */
  readonly canBecomeVoter: boolean;
  /** controller.quorum.auto.join.enable */
  readonly autoJoin: boolean;
  readonly timeouts: RaftTimeouts;
}

export interface RaftTimeouts {
  /** controller.quorum.election.timeout.ms; up to as much again is added at random. */
  readonly electionMs: number;
  /** controller.quorum.fetch.timeout.ms */
  readonly fetchMs: number;
  /** controller.quorum.election.backoff.max.ms */
  readonly electionBackoffMaxMs: number;
  /** controller.quorum.request.timeout.ms */
  readonly requestMs: number;
  /** controller.quorum.retry.backoff.ms */
  readonly retryBackoffMs: number;
}

export const DEFAULT_TIMEOUTS: RaftTimeouts = {
  electionMs: 1000,
  fetchMs: 2000,
  electionBackoffMaxMs: 1000,
  requestMs: 2000,
  retryBackoffMs: 20,
};

/** How long a leader may hold a fetch that finds nothing new. */
export const FETCH_MAX_WAIT_MS = 500;
export const FETCH_MAX_BYTES = 8 * 1024 * 1024;
/** The versions of kraft.version that this code runs. */
export const KRAFT_VERSIONS = { min: 0, max: 1 } as const;
