import type { Endpoint, ReplicaKey } from '../keys.ts';

/** A change of the voter set that a leader has accepted and that isn't committed yet. */
export type PendingVoterChange = PendingAdd | PendingRemove;

export interface PendingAdd {
  readonly kind: 'add';
  readonly requestId: number;
  readonly voter: ReplicaKey;
  readonly endpoints: readonly Endpoint[];
  readonly ackWhenCommitted: boolean;
  readonly deadline: number;
  /** Where its VotersRecord is; null until the new voter said that it can run this kraft.version. */
  lastOffset: number | null;
  isAnswered: boolean;
}

export interface PendingRemove {
  readonly kind: 'remove';
  readonly requestId: number;
  readonly deadline: number;
  readonly lastOffset: number;
}
