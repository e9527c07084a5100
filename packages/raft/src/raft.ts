import type { RaftConfig } from './config.ts';
import {
  announceLeader,
  handleBeginQuorumEpoch,
  handleBeginQuorumEpochResponse,
} from './election/begin-quorum-epoch.ts';
import {
  announceResignation,
  handleEndQuorumEpoch,
  handleEndQuorumEpochResponse,
} from './election/end-quorum-epoch.ts';
import { giveUpPreVote, handleVote, handleVoteResponse, requestVotes } from './election/vote.ts';
import type { Effect, RaftEvent } from './events.ts';
import type { InboundRequest, InboundResponse, PeerApi, RaftApi } from './messages.ts';
import { Quorum, type RandomBelow } from './quorum.ts';
import { appendProposal } from './replication/append.ts';
import { advanceHighWatermark, answerParked, handleFetch } from './replication/fetch.ts';
import { fetchFromAnybody, fetchFromLeader, handleFetchResponse } from './replication/follow.ts';
import type { Leader } from './replication/leader.ts';
import type { Restored } from './restored.ts';
import type { Follower, RoleName } from './roles.ts';
import {
  handleFetchSnapshot,
  handleFetchSnapshotResponse,
  snapshotInstalled,
} from './snapshot/fetch-snapshot.ts';
import {
  checkPendingChange,
  handleAddVoter,
  handleApiVersionsResponse,
  handleRemoveVoter,
} from './voters/change-voters.ts';
import { handleDescribeQuorum } from './voters/describe-quorum.ts';
import {
  handleJoinResponse,
  handleUpdateVoter,
  handleUpdateVoterResponse,
  updateVoterSet,
} from './voters/update-voter.ts';

/**
 * KRaft consensus of one replica as a machine without I/O: an event goes in with the time, effects come
 * out, to be carried out in order (KIP-595, 630, 853, 996).
 *
 * @example
 * const raft = new Raft(config, restored, (bound) => random.below(bound));
 * for (const effect of raft.step({ type: 'start' }, now)) perform(effect);
 */
export class Raft {
  readonly quorum: Quorum;
  readonly #restored: Restored;

  constructor(config: RaftConfig, restored: Restored, random: RandomBelow) {
    this.quorum = new Quorum(config, restored, random);
    this.#restored = restored;
  }

  /** `now` in milliseconds, never going back; control records are stamped with it. */
  step(event: RaftEvent, now: number): Effect[] {
    const { quorum } = this;
    quorum.now = now;
    this.#handle(event);
    checkPendingChange(quorum);
    // A transition may make another one due at once, but never a circle of them at one time.
    for (let role = quorum.role, before = null; role !== before; role = quorum.role) {
      before = role;
      ROLES[role.name](quorum);
    }
    answerParked(quorum);
    return quorum.takeEffects();
  }

  /** When to step a `tick`, at the latest; Infinity when only messages can change anything. */
  nextDeadline(): number {
    const { quorum } = this;
    const parked = quorum.parked.map((fetch) => fetch.deadline);
    const pending = quorum.pendingChange?.deadline ?? Number.POSITIVE_INFINITY;
    const connections = quorum.connections.nextDeadline(quorum.now);
    return Math.min(roleDeadline(quorum), connections, pending, ...parked);
  }

  get role(): RoleName {
    return this.quorum.role.name;
  }

  get epoch(): number {
    return this.quorum.epoch;
  }

  /** Null while nobody is known to lead this epoch. */
  get leaderId(): number | null {
    return this.quorum.leaderId;
  }

  /** Where the records of this node's own epoch begin; null unless it leads. */
  get epochStartOffset(): number | null {
    return this.quorum.role.name === 'leader' ? this.quorum.role.epochStartOffset : null;
  }

  /** After `shutdown`: nobody depends on this node any more. */
  canStop(): boolean {
    const { quorum } = this;
    const hasRemoteLeader = quorum.leaderId !== null && quorum.leaderId !== quorum.key.id;
    return !quorum.isVoter || quorum.isOnlyVoter || hasRemoteLeader;
  }

  #handle(event: RaftEvent): void {
    const { quorum } = this;
    switch (event.type) {
      case 'start':
        quorum.restore(this.#restored.quorumState);
        if (quorum.isOnlyVoter) standAlone(quorum);
        break;
      case 'tick':
        break;
      case 'request':
        handleRequest(quorum, event);
        break;
      case 'response':
        handleResponse(quorum, event);
        break;
      case 'sendFailed':
        quorum.connections.finished(
          { node: event.to, correlationId: event.correlationId, ok: false },
          quorum.now,
        );
        break;
      case 'propose': {
        const isLeader = quorum.role.name === 'leader' && quorum.epoch === event.epoch;
        if (isLeader) appendProposal(quorum, event.batches);
        break;
      }
      case 'synced':
        quorum.log.syncedOffset = Math.min(event.endOffset, quorum.log.endOffset);
        advanceHighWatermark(quorum);
        break;
      case 'snapshotCreated':
        quorum.log.addSnapshot(event.snapshot);
        break;
      case 'snapshotInstalled':
        snapshotInstalled(quorum, event.snapshot, event.controls);
        break;
      case 'logStartAdvanced':
        quorum.log.advanceStart(event.startOffset);
        quorum.history.forgetBelow(event.startOffset);
        break;
      case 'resign':
        if (quorum.role.name === 'leader' && quorum.epoch === event.epoch) {
          quorum.role.mustResign = true;
        }
        break;
      case 'shutdown':
        quorum.isShuttingDown = true;
        break;
    }
  }
}

/** A sole voter needs nobody's vote, and waits for none. */
function standAlone(quorum: Quorum): void {
  const { role } = quorum;
  if (role.name === 'candidate') quorum.becomeLeader(role.election);
  else quorum.becomeProspective();
}

type RequestHandlers = { [A in RaftApi]: (quorum: Quorum, request: InboundRequest<A>) => void };

const REQUESTS: RequestHandlers = {
  Vote: handleVote,
  BeginQuorumEpoch: handleBeginQuorumEpoch,
  EndQuorumEpoch: handleEndQuorumEpoch,
  Fetch: handleFetch,
  FetchSnapshot: handleFetchSnapshot,
  DescribeQuorum: handleDescribeQuorum,
  AddRaftVoter: handleAddVoter,
  RemoveRaftVoter: handleRemoveVoter,
  UpdateRaftVoter: handleUpdateVoter,
};

/** False where the answer was none, or asking again at once would only bring the same one. */
type ResponseHandlers = {
  [A in PeerApi]: (quorum: Quorum, response: InboundResponse<A>) => boolean;
};

const RESPONSES: ResponseHandlers = {
  Vote: handleVoteResponse,
  BeginQuorumEpoch: handleBeginQuorumEpochResponse,
  EndQuorumEpoch: handleEndQuorumEpochResponse,
  Fetch: handleFetchResponse,
  FetchSnapshot: handleFetchSnapshotResponse,
  AddRaftVoter: handleJoinResponse,
  RemoveRaftVoter: handleJoinResponse,
  UpdateRaftVoter: handleUpdateVoterResponse,
  ApiVersions: handleApiVersionsResponse,
};

function handleRequest<A extends RaftApi>(quorum: Quorum, request: InboundRequest<A>): void {
  REQUESTS[request.api](quorum, request);
}

/** Responses that come too late, or twice, or to what an earlier role asked, are dropped. */
function handleResponse<A extends PeerApi>(quorum: Quorum, response: InboundResponse<A>): void {
  const { from: node, correlationId } = response;
  if (!quorum.connections.isExpected(node, correlationId)) return;
  const ok = RESPONSES[response.api](quorum, response);
  quorum.connections.finished({ node, correlationId, ok }, quorum.now);
}

/** What each role does by itself, whenever it gets to run. */
const ROLES: Record<RoleName, (quorum: Quorum) => void> = {
  unattached(quorum) {
    if (quorum.isVoter && isElectionDue(quorum)) quorum.becomeProspective();
    else fetchFromAnybody(quorum);
  },
  prospective(quorum) {
    if (isElectionDue(quorum)) giveUpPreVote(quorum);
    else requestVotes(quorum);
  },
  candidate(quorum) {
    if (isElectionDue(quorum)) quorum.becomeProspective();
    else requestVotes(quorum);
  },
  follower(quorum) {
    const role = quorum.role as Follower;
    if (quorum.isVoter && !quorum.isShuttingDown && role.fetchDeadline <= quorum.now) {
      quorum.becomeProspective();
    } else if (!updateVoterSet(quorum, role)) {
      fetchFromLeader(quorum, role);
    }
  },
  leader(quorum) {
    const role = quorum.role as Leader;
    const mustResign = role.mustResign || quorum.isShuttingDown;
    if (mustResign || role.checkQuorumDeadline <= quorum.now) {
      quorum.becomeResigned(role.successors());
    } else {
      announceLeader(quorum);
    }
  },
  resigned(quorum) {
    // The next epoch keeps this node from following itself.
    if (isElectionDue(quorum)) quorum.becomeUnattached(quorum.epoch + 1, null);
    else announceResignation(quorum);
  },
};

/** True when the role has waited long enough; a node that stops waits on. */
function isElectionDue({ role, now, isShuttingDown }: Quorum): boolean {
  return !isShuttingDown && 'electionDeadline' in role && role.electionDeadline <= now;
}

function roleDeadline({ role, isVoter }: Quorum): number {
  if (role.name === 'leader') return Math.min(role.checkQuorumDeadline, role.beginQuorumDeadline);
  if (role.name !== 'follower') return role.electionDeadline;
  return isVoter ? role.fetchDeadline : Number.POSITIVE_INFINITY;
}
