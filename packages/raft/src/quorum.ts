import { KRAFT_VERSIONS, type RaftConfig } from './config.ts';
import { Connections } from './connections.ts';
import { Election } from './election/election.ts';
import { formatQuorumState, type QuorumState } from './election/quorum-state.ts';
import type { Effect, ReplyOf, SendOf } from './events.ts';
import { type Endpoint, matchesKey, type NodeAddress, type ReplicaKey } from './keys.ts';
import type { PeerApi, RaftApi } from './messages.ts';
import { appendStartOfEpoch } from './replication/append.ts';
import type { ControlRecord } from './replication/control-records.ts';
import { Leader } from './replication/leader.ts';
import { LogView } from './replication/log-view.ts';
import type { ParkedFetch } from './replication/parked-fetch.ts';
import type { Restored } from './restored.ts';
import type { Follower, Role } from './roles.ts';
import type { PendingVoterChange } from './voters/pending-change.ts';
import { VoterHistory } from './voters/voter-history.ts';
import { type Voter, VoterSet } from './voters/voter-set.ts';

/** A uniform integer in [0, bound). */
export type RandomBelow = (bound: number) => number;

/**
 * The state of one replica and its transitions; everything else in this package reads it, and changes
 * it only through these methods. Whatever election safety stands on is saved (`saveVote`) in the
 * transition itself, so no message that follows can tell of a vote that a crash would undo.
 */
export class Quorum {
  readonly config: RaftConfig;
  readonly log: LogView;
  readonly history: VoterHistory;
  readonly connections: Connections;
  readonly random: RandomBelow;
  role: Role;
  epoch: number;
  now = 0;
  /** The high watermark of this role: a new leader knows none before its own epoch commits. */
  highWatermark: number | null = null;
  /** The highest one ever announced. */
  committed = 0;
  isShuttingDown = false;
  /** Fetches that wait at this leader. */
  parked: ParkedFetch[] = [];
  /** The add or remove of a voter that this leader is at; one at a time (KIP-853). */
  pendingChange: PendingVoterChange | null = null;
  #saved: string | null;
  #announced: string | null = null;
  #effects: Effect[] = [];

  constructor(config: RaftConfig, restored: Restored, random: RandomBelow) {
    const { requestMs, retryBackoffMs } = config.timeouts;
    this.config = config;
    this.random = random;
    this.log = new LogView(restored.log);
    this.connections = new Connections(requestMs, retryBackoffMs);
    this.history = new VoterHistory(new VoterSet(config.staticVoters));
    for (const { offset, record } of restored.controls) this.history.apply(offset, record);
    this.epoch = Math.max(restored.quorumState?.leaderEpoch ?? 0, this.log.lastEpoch);
    this.#saved = restored.quorumState === null ? null : formatQuorumState(restored.quorumState);
    const never = Number.POSITIVE_INFINITY;
    this.role = { name: 'unattached', leaderId: null, votedKey: null, electionDeadline: never };
  }

  get key(): ReplicaKey {
    return this.config.node;
  }

  get voters(): VoterSet {
    return this.history.last;
  }

  get isVoter(): boolean {
    return this.voters.has(this.key);
  }

  get isOnlyVoter(): boolean {
    return this.voters.isOnly(this.key);
  }

  /** This node as the voter set should have it. */
  get localVoter(): Voter {
    return {
      id: this.key.id,
      directoryId: this.key.directoryId,
      endpoints: this.config.listeners,
      minKraftVersion: KRAFT_VERSIONS.min,
      maxKraftVersion: KRAFT_VERSIONS.max,
    };
  }

  /** Whom to ask where the leader is: the bootstrap servers, else the voters; never this node. */
  get bootstrapServers(): NodeAddress[] {
    const { bootstrapServers, listeners, listenerName } = this.config;
    if (bootstrapServers.length > 0) {
      return bootstrapServers.filter(
        ({ host, port }) => !listeners.some((own) => own.host === host && own.port === port),
      );
    }
    return this.voters.ids
      .filter((id) => id !== this.key.id)
      .flatMap((id) => this.voters.address(id, listenerName) ?? []);
  }

  get leaderId(): number | null {
    if (this.role.name === 'candidate') return null;
    if (this.role.name === 'leader' || this.role.name === 'resigned') return this.key.id;
    return this.role.leaderId;
  }

  get leaderEndpoints(): readonly Endpoint[] {
    if (this.role.name === 'leader' || this.role.name === 'resigned') return this.config.listeners;
    return 'leaderEndpoints' in this.role ? this.role.leaderEndpoints : [];
  }

  get votedKey(): ReplicaKey | null {
    if (this.role.name === 'candidate') return this.key;
    return 'votedKey' in this.role ? this.role.votedKey : null;
  }

  // --- effects

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Sends unless something is in flight to that node, or it pauses. */
  send<A extends PeerApi>(to: NodeAddress, api: A, body: () => SendOf<A>['body']): boolean {
    if (!this.connections.isReady(to.id, this.now)) return false;
    const correlationId = this.connections.sent(to.id, this.now);
    this.emit({ type: 'send', to, correlationId, api, body: body() } as Effect);
    return true;
  }

  reply<A extends RaftApi>(reply: Omit<ReplyOf<A>, 'type'>): void {
    this.emit({ type: 'reply', ...reply } as Effect);
  }

  /** Announces that everything below `offset` is committed. */
  commit(offset: number): void {
    this.highWatermark = offset;
    if (offset <= this.committed) return;
    this.committed = offset;
    this.emit({ type: 'commit', highWatermark: offset });
  }

  /** A control record was appended; a voter set is in force from now on. */
  applyControl(offset: number, record: ControlRecord): void {
    this.history.apply(offset, record);
    if (this.role.name === 'leader') this.role.setVoters(this.voters);
  }

  // --- transitions

  becomeUnattached(epoch: number, leaderId: number | null): void {
    const electionDeadline = this.#electionDeadlineOfUnattached();
    const votedKey = epoch === this.epoch ? this.votedKey : null;
    this.#become(epoch, { name: 'unattached', leaderId, votedKey, electionDeadline });
  }

  /** Gives the vote of this epoch, and starts waiting anew: the candidate may well win. */
  grantVote(candidate: ReplicaKey): void {
    const electionDeadline = this.#randomElectionDeadline();
    if (this.role.name === 'unattached') {
      this.#become(this.epoch, { ...this.role, votedKey: candidate, electionDeadline });
    } else if (this.role.name === 'prospective') {
      const election = new Election(this.voters, this.key.id);
      this.#become(this.epoch, { ...this.role, votedKey: candidate, election, electionDeadline });
    } else {
      throw new Error(`a ${this.role.name} can't vote`);
    }
  }

  becomeProspective(): void {
    if (!this.isVoter) throw new Error('only a voter can stand for election');
    const election = new Election(this.voters, this.key.id);
    this.#become(this.epoch, {
      name: 'prospective',
      leaderId: this.leaderId,
      leaderEndpoints: this.leaderEndpoints,
      votedKey: this.votedKey,
      election,
      electionDeadline: this.#randomElectionDeadline(),
    });
    if (election.isWon) this.becomeCandidate();
  }

  becomeCandidate(): void {
    const election = new Election(this.voters, this.key.id);
    const electionDeadline = this.#randomElectionDeadline();
    this.#become(this.epoch + 1, { name: 'candidate', election, electionDeadline });
    if (election.isWon) this.becomeLeader(election);
  }

  becomeLeader(election: Election): void {
    this.highWatermark = null;
    const leader = new Leader(
      {
        key: this.key,
        epochStartOffset: this.log.endOffset,
        voters: this.voters,
        grantingVoters: election.granting,
        fetchMs: this.config.timeouts.fetchMs,
      },
      this.now,
    );
    this.#become(this.epoch, leader);
    appendStartOfEpoch(this, leader.grantingVoters);
  }

  /** Follows the leader where it can be reached, and else waits to hear from it. */
  becomeFollower(epoch: number, leaderId: number, leaderEndpoints: readonly Endpoint[]): void {
    const votedKey = epoch === this.epoch ? this.votedKey : null;
    if (leaderId === this.key.id || leaderEndpoints.length === 0) {
      this.becomeUnattached(epoch, leaderId);
      return;
    }
    const follower: Follower = {
      name: 'follower',
      leaderId,
      leaderEndpoints,
      votedKey,
      fetchDeadline: this.now + this.config.timeouts.fetchMs,
      hasFetched: false,
      updateVoterDeadline: this.now + this.config.timeouts.fetchMs,
      fetchingSnapshot: null,
    };
    this.#become(epoch, follower);
  }

  becomeResigned(preferredSuccessors: readonly ReplicaKey[]): void {
    const others = this.voters.ids.filter((id) => id !== this.key.id);
    this.highWatermark = null;
    this.#become(this.epoch, {
      name: 'resigned',
      unacked: new Set(others),
      preferredSuccessors,
      electionDeadline: this.#randomElectionDeadline(),
    });
  }

  /** The role of a life's first moment, from what the last one saved. */
  restore(state: QuorumState | null): void {
    const { epoch } = this;
    const isCurrent = state !== null && state.leaderEpoch === epoch;
    const votedKey = isCurrent ? state.votedKey : null;
    const leaderId = isCurrent ? state.leaderId : null;
    const electionDeadline = this.isVoter
      ? this.#randomElectionDeadline()
      : Number.POSITIVE_INFINITY;
    this.role = { name: 'unattached', leaderId, votedKey, electionDeadline };
    if (leaderId === this.key.id) {
      // Its records of this epoch may be lost: none may be written again in the same epoch.
      this.becomeResigned([]);
    } else if (this.isVoter && votedKey !== null && matchesKey(votedKey, this.key)) {
      const election = new Election(this.voters, this.key.id);
      this.#become(epoch, { name: 'candidate', election, electionDeadline });
    } else if (leaderId !== null && this.voters.endpoints(leaderId).length > 0) {
      this.becomeFollower(epoch, leaderId, this.voters.endpoints(leaderId));
    } else {
      this.#become(epoch, this.role);
    }
  }

  #become(epoch: number, role: Role): void {
    this.epoch = epoch;
    this.role = role;
    // Resigned is only the memory of having led, and prospective changes nothing that is saved.
    if (role.name !== 'resigned') this.#save();
    this.connections.resetAll();
    const { leaderId } = this;
    const news = `${role.name} ${epoch} ${leaderId}`;
    if (news === this.#announced) return;
    this.#announced = news;
    this.emit({ type: 'became', role: role.name, epoch, leaderId });
  }

  #save(): void {
    const state: QuorumState = {
      leaderId: this.leaderId,
      leaderEpoch: this.epoch,
      votedKey: this.votedKey,
      dataVersion: this.history.kraftVersion === 0 ? 0 : 1,
      currentVoters: this.voters.ids,
    };
    const text = formatQuorumState(state);
    if (text === this.#saved) return;
    this.#saved = text;
    const effect = { type: 'saveVote', state } as const;
    // Of transitions that nothing came between only the last has to be saved: each takes two syncs.
    const before = this.#effects.findLastIndex(({ type }) => type !== 'became');
    if (this.#effects[before]?.type === 'saveVote') this.#effects[before] = effect;
    else this.emit(effect);
  }

  #randomElectionDeadline(): number {
    const { electionMs } = this.config.timeouts;
    return this.now + electionMs + this.random(electionMs);
  }

  /** A replica that was waiting for an election anyway doesn't start its wait again. */
  #electionDeadlineOfUnattached(): number {
    const { role } = this;
    if (!this.isVoter) return Number.POSITIVE_INFINITY;
    const keeps =
      role.name === 'candidate' ||
      role.name === 'unattached' ||
      role.name === 'resigned' ||
      (role.name === 'prospective' && !role.election.isLost);
    return keeps && Number.isFinite(role.electionDeadline)
      ? role.electionDeadline
      : this.#randomElectionDeadline();
  }
}
