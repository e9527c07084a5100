import type { Voter } from '../voters/voter-set.ts';

/** The records of control batches that consensus writes and reads (types 2 to 6). */
export type ControlRecord =
  | LeaderChange
  | { readonly type: 'snapshotHeader'; readonly lastContainedLogTimestamp: number }
  | { readonly type: 'snapshotFooter' }
  | { readonly type: 'kraftVersion'; readonly version: number }
  | { readonly type: 'voters'; readonly voters: readonly Voter[] };

/** First record of each epoch: who leads it, and who voted for that. */
export interface LeaderChange {
  readonly type: 'leaderChange';
  readonly leaderId: number;
  readonly voters: readonly number[];
  readonly grantingVoters: readonly number[];
}
