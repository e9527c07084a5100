import type { QuorumState } from './election/quorum-state.ts';
import type { ControlRecord } from './replication/control-records.ts';
import type { LogSummary } from './replication/log-view.ts';

/** A control record and where it is; those of a snapshot are at its last offset (its end - 1). */
export interface ControlRecordAt {
  readonly offset: number;
  readonly record: ControlRecord;
}

/** What the disk says when a node starts. */
export interface Restored {
  /** Null on the first start. */
  readonly quorumState: QuorumState | null;
  readonly log: LogSummary;
  /** Of the latest snapshot and then of the whole log, in order. */
  readonly controls: readonly ControlRecordAt[];
}
