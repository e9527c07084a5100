/**
 * What a replica is, in an epoch. All transitions (KIP-595, KIP-853, KIP-996):
 *
 *   unattached   → unattached   a higher epoch, or a vote granted
 *                → prospective  the election timeout passed (voters only)
 *                → follower     the epoch's leader is found
 *   prospective  → candidate    a majority would vote for it (a sole voter at once)
 *                → unattached   pre-vote lost or timed out and no leader known; a higher epoch
 *                → follower     pre-vote lost or timed out and the leader is known; a leader is found
 *   candidate    → leader       a majority voted for it (a sole voter at once)
 *                → prospective  the election timeout passed
 *                → unattached   a higher epoch
 *                → follower     the epoch's leader is found
 *   follower     → prospective  nothing from the leader for fetch.timeout.ms
 *                → unattached   a higher epoch without a known leader
 *                → follower     a higher epoch's leader
 *   leader       → resigned     no majority fetched for 1.5 × fetch.timeout.ms, shutdown, removal
 *                → unattached   a higher epoch without a known leader
 *                → follower     a higher epoch's leader
 *   resigned     → unattached   the election timeout passed (with the next epoch); a higher epoch
 *                → follower     a higher epoch's leader
 */
import type { Election } from './election/election.ts';
import type { Endpoint, OffsetAndEpoch, ReplicaKey } from './keys.ts';
import type { Leader } from './replication/leader.ts';

export type Role = Unattached | Prospective | Candidate | Follower | Leader | Resigned;
export type RoleName = Role['name'];

/** Knows of no reachable leader in this epoch. */
export interface Unattached {
  readonly name: 'unattached';
  readonly leaderId: number | null;
  readonly votedKey: ReplicaKey | null;
  /** Infinity for observers. */
  readonly electionDeadline: number;
}

/** Asks, without raising the epoch, whether it would be elected (pre-vote). */
export interface Prospective {
  readonly name: 'prospective';
  readonly leaderId: number | null;
  readonly leaderEndpoints: readonly Endpoint[];
  readonly votedKey: ReplicaKey | null;
  readonly election: Election;
  readonly electionDeadline: number;
}

/** Has voted for itself in a new epoch, and asks for votes. */
export interface Candidate {
  readonly name: 'candidate';
  readonly election: Election;
  readonly electionDeadline: number;
}

/** Fetches from a known leader. */
export interface Follower {
  readonly name: 'follower';
  readonly leaderId: number;
  leaderEndpoints: readonly Endpoint[];
  readonly votedKey: ReplicaKey | null;
  fetchDeadline: number;
  /** From then on it grants no pre-votes: the leader is alive. */
  hasFetched: boolean;
  /** When to look again whether the voter set must learn something of this node. */
  updateVoterDeadline: number;
  fetchingSnapshot: FetchingSnapshot | null;
}

export interface FetchingSnapshot {
  readonly id: OffsetAndEpoch;
  position: number;
  /** All bytes are there, and the shell is putting it in the log's place. */
  isInstalling: boolean;
}

/** Was leader of this epoch, and tells the others. It can't lead or follow in this epoch any more. */
export interface Resigned {
  readonly name: 'resigned';
  readonly unacked: Set<number>;
  readonly preferredSuccessors: readonly ReplicaKey[];
  readonly electionDeadline: number;
}
