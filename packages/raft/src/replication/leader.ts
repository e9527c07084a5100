import { matchesKey, type ReplicaKey, sameKey } from '../keys.ts';
import type { Voter, VoterSet } from '../voters/voter-set.ts';
import type { PendingVoterChange } from '../voters/pending-change.ts';

/** A replica that is silent for so long is no longer listed as observer. */
const OBSERVER_SESSION_MS = 300_000;
/** Leaves room for the network and the disk beyond the followers' own timeout. */
const CHECK_QUORUM_FACTOR = 1.5;
const CAUGHT_UP_MS = 3_600_000;

/** How far a replica has come, as its fetches tell. */
export interface Progress {
  readonly key: ReplicaKey;
  /** Everything below is on its stable storage; null before its first fetch in this epoch. */
  endOffset: number | null;
  lastFetchMs: number;
  lastCaughtUpMs: number;
  /** The leader's end when it fetched last: reaching that later means it was caught up then. */
  leaderEndAtLastFetch: number;
}

export interface LeaderStart {
  readonly key: ReplicaKey;
  readonly epochStartOffset: number;
  readonly voters: VoterSet;
  readonly grantingVoters: readonly number[];
  readonly fetchMs: number;
}

/** Leads an epoch: follows the progress of voters and observers, and commits what a majority has. */
export class Leader {
  readonly name = 'leader';
  readonly key: ReplicaKey;
  readonly epochStartOffset: number;
  readonly grantingVoters: readonly number[];
  readonly #checkQuorumMs: number;
  readonly #beginQuorumMs: number;
  #voters: VoterSet;
  #voterProgress = new Map<number, Progress>();
  #observers: Progress[] = [];
  /** Voters that fetched since the last time a majority had. */
  readonly #fetched = new Set<number>();
  #checkQuorumDeadline: number;
  #beginQuorumDeadline: number;
  /** The add or remove of a voter that isn't committed yet; there is one at a time (KIP-853). */
  pendingChange: PendingVoterChange | null = null;
  mustResign = false;

  constructor(start: LeaderStart, now: number) {
    this.key = start.key;
    this.epochStartOffset = start.epochStartOffset;
    this.grantingVoters = start.grantingVoters;
    this.#checkQuorumMs = start.fetchMs * CHECK_QUORUM_FACTOR;
    this.#beginQuorumMs = start.fetchMs / 2;
    this.#checkQuorumDeadline = now + this.#checkQuorumMs;
    this.#beginQuorumDeadline = now;
    this.#voters = start.voters;
    this.setVoters(start.voters);
  }

  /** Infinity where nobody else is needed for a majority. */
  get checkQuorumDeadline(): number {
    return this.#isAlone ? Number.POSITIVE_INFINITY : this.#checkQuorumDeadline;
  }

  /** When to look for voters that must be reminded who leads. */
  get beginQuorumDeadline(): number {
    return this.#isAlone ? Number.POSITIVE_INFINITY : this.#beginQuorumDeadline;
  }

  get #isAlone(): boolean {
    return this.#voters.isOnly(this.key);
  }

  /** Takes over a new voter set; who is no longer in it goes on as observer. */
  setVoters(voters: VoterSet): void {
    const known = [...this.#voterProgress.values(), ...this.#observers];
    const next = new Map<number, Progress>();
    const taken = new Set<Progress>();
    for (const voter of voters.voters) {
      const progress = known.find((p) => matchesKey(p.key, voter)) ?? newProgress(voter);
      taken.add(progress);
      next.set(voter.id, { ...progress, key: keyOf(voter) });
    }
    this.#observers = known.filter((progress) => !taken.has(progress));
    this.#voterProgress = next;
    this.#voters = voters;
  }

  /** A replica other than this one fetched at `offset`. */
  onFetch(key: ReplicaKey, offset: number, leaderEnd: number, now: number): void {
    const progress = this.#progressOf(key);
    if (offset >= leaderEnd) {
      progress.lastCaughtUpMs = now;
    } else if (progress.leaderEndAtLastFetch > 0 && offset >= progress.leaderEndAtLastFetch) {
      progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs, progress.lastFetchMs);
    }
    progress.leaderEndAtLastFetch = leaderEnd;
    progress.lastFetchMs = now;
    progress.endOffset = offset;
    this.onContact(key, now);
  }

  /** Any sign that a voter follows this leader; with a majority of them it stays leader. */
  onContact(key: ReplicaKey, now: number): void {
    if (this.#voters.has(key)) this.#fetched.add(key.id);
    const own = this.#voters.has(this.key) ? 1 : 0;
    if (this.#fetched.size + own < this.#voters.majority) return;
    this.#fetched.clear();
    this.#checkQuorumDeadline = now + this.#checkQuorumMs;
  }

  /**
   * The offset below which a majority has everything; null unless that takes in a record of this
   * epoch. Records of older epochs alone prove nothing: another leader may still replace them.
   */
  committable(ownSyncedOffset: number): number | null {
    const ends = [...this.#voterProgress.values()].map((progress) =>
      progress.key.id === this.key.id ? ownSyncedOffset : (progress.endOffset ?? -1),
    );
    const majority = ends.sort((a, b) => b - a)[this.#voters.majority - 1];
    return majority !== undefined && majority > this.epochStartOffset ? majority : null;
  }

  /** Voters that haven't fetched lately, and must be told who leads. */
  votersToRemind(now: number): Voter[] {
    return this.#voters.voters.filter((voter) => {
      const progress = this.#voterProgress.get(voter.id);
      const isSilent = progress === undefined || now - progress.lastFetchMs >= this.#beginQuorumMs;
      return voter.id !== this.key.id && isSilent;
    });
  }

  reminded(now: number): void {
    this.#beginQuorumDeadline = now + this.#beginQuorumMs;
  }

  /** Who should lead next, best first. */
  successors(): ReplicaKey[] {
    return [...this.#voterProgress.values()]
      .filter((progress) => progress.key.id !== this.key.id)
      .sort((a, b) => (b.endOffset ?? -1) - (a.endOffset ?? -1) || a.key.id - b.key.id)
      .map((progress) => progress.key);
  }

  /** An observer that once had the whole log and has fetched within the last hour (KIP-853). */
  isCaughtUp(key: ReplicaKey, now: number): boolean {
    const progress = this.#observers.find((observer) => sameKey(observer.key, key));
    if (progress === undefined) return false;
    return Number.isFinite(progress.lastCaughtUpMs) && now - progress.lastFetchMs < CAUGHT_UP_MS;
  }

  get voters(): readonly Progress[] {
    return [...this.#voterProgress.values()];
  }

  /** Observers that were heard of in the last five minutes. */
  observers(now: number): readonly Progress[] {
    this.#observers = this.#observers.filter(
      (p) => now - p.lastFetchMs < OBSERVER_SESSION_MS || sameKey(p.key, this.key),
    );
    return this.#observers;
  }

  #find(key: ReplicaKey): Progress | undefined {
    const voter = this.#voterProgress.get(key.id);
    if (voter !== undefined && matchesKey(voter.key, key)) return voter;
    return this.#observers.find((progress) => sameKey(progress.key, key));
  }

  #progressOf(key: ReplicaKey): Progress {
    const found = this.#find(key);
    if (found !== undefined) return found;
    const progress = newProgress(key);
    this.#observers.push(progress);
    return progress;
  }
}

function keyOf(key: ReplicaKey): ReplicaKey {
  return { id: key.id, directoryId: key.directoryId };
}

function newProgress(key: ReplicaKey): Progress {
  return {
    key: keyOf(key),
    endOffset: null,
    lastFetchMs: Number.NEGATIVE_INFINITY,
    lastCaughtUpMs: Number.NEGATIVE_INFINITY,
    leaderEndAtLastFetch: -1,
  };
}
