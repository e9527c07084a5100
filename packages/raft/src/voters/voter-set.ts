import {
  type Endpoint,
  matchesKey,
  type NodeAddress,
  addressOf,
  type ReplicaKey,
} from '../keys.ts';

/** One member of the quorum, as a VotersRecord has it (KIP-853). */
export interface Voter extends ReplicaKey {
  readonly endpoints: readonly Endpoint[];
  /** The range of kraft.version that the voter can run. */
  readonly minKraftVersion: number;
  readonly maxKraftVersion: number;
}

/** The members of the quorum: immutable, ordered by id. */
export class VoterSet {
  readonly voters: readonly Voter[];

  constructor(voters: readonly Voter[]) {
    this.voters = voters.toSorted((a, b) => a.id - b.id);
  }

  get size(): number {
    return this.voters.length;
  }

  /** How many voters a decision takes. */
  get majority(): number {
    return Math.floor(this.size / 2) + 1;
  }

  get ids(): number[] {
    return this.voters.map((voter) => voter.id);
  }

  byId(id: number): Voter | undefined {
    return this.voters.find((voter) => voter.id === id);
  }

  has(key: ReplicaKey): boolean {
    const voter = this.byId(key.id);
    return voter !== undefined && matchesKey(voter, key);
  }

  isOnly(key: ReplicaKey): boolean {
    return this.size === 1 && this.has(key);
  }

  endpoints(id: number): readonly Endpoint[] {
    return this.byId(id)?.endpoints ?? [];
  }

  address(id: number, listenerName: string): NodeAddress | null {
    return addressOf(id, this.endpoints(id), listenerName);
  }

  /** Null when the id is taken. */
  with(voter: Voter): VoterSet | null {
    return this.byId(voter.id) === undefined ? new VoterSet([...this.voters, voter]) : null;
  }

  /** Null when the key isn't a voter's, or is the last one's. */
  without(key: ReplicaKey): VoterSet | null {
    const found = this.voters.find((v) => v.id === key.id && v.directoryId === key.directoryId);
    if (found === undefined || this.size === 1) return null;
    return new VoterSet(this.voters.filter((voter) => voter !== found));
  }

  /** Replaces endpoints and versions of the voter with the same key; null when there is none. */
  updated(voter: Voter): VoterSet | null {
    if (!this.has(voter)) return null;
    return new VoterSet(this.voters.map((old) => (old.id === voter.id ? voter : old)));
  }

  /** True when `voter` is a member whose record differs from what it says of itself now. */
  isOutdated(voter: Voter): boolean {
    const known = this.byId(voter.id);
    return known !== undefined && matchesKey(known, voter) && !sameVoter(known, voter);
  }
}

function sameVoter(a: Voter, b: Voter): boolean {
  return (
    a.directoryId === b.directoryId &&
    a.minKraftVersion === b.minKraftVersion &&
    a.maxKraftVersion === b.maxKraftVersion &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((e) =>
      b.endpoints.some((o) => o.name === e.name && o.host === e.host && o.port === e.port),
    )
  );
}
