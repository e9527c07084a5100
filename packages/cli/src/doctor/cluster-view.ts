import type { TopicPartition } from '@tidelog/client';
import type { HangingRow } from '../txn/find-hanging.ts';

/** What a cluster looked like: all that the checks need, so that they need no cluster. */
export interface ClusterView {
  /** When it was looked at, by the clock of this machine. */
  readonly nowMs: number;
  /** -1 while there is none. */
  readonly controllerId: number;
  readonly brokers: readonly { readonly id: number; readonly isFenced: boolean }[];
  readonly quorum: QuorumView | null;
  readonly topics: readonly TopicView[];
  readonly groups: readonly GroupView[];
  readonly disks: readonly DiskView[];
  /** Of each broker, by name. */
  readonly configs: readonly { readonly brokerId: number; readonly values: ConfigValues }[];
  readonly features: readonly FeatureView[];
  readonly hanging: readonly HangingRow[];
}

export type ConfigValues = ReadonlyMap<string, string | null>;

export interface QuorumView {
  readonly leaderId: number;
  readonly voters: readonly {
    readonly replicaId: number;
    readonly lag: number;
    /** By the leader's clock; its own is the time at which it answered. */
    readonly lastCaughtUpTimestamp: number | null;
  }[];
}

export interface TopicView {
  readonly topic: string;
  readonly isInternal: boolean;
  readonly configs: ConfigValues;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly inSyncReplicas: readonly number[];
  }[];
}

export interface GroupView {
  readonly group: string;
  readonly state: string;
  readonly members: number;
  readonly partitions: readonly (TopicPartition & {
    readonly currentOffset: number;
    readonly logStartOffset: number;
    readonly lag: number;
    /** A moment earlier. */
    readonly lagBefore: number;
  })[];
}

export interface DiskView {
  readonly brokerId: number;
  readonly path: string;
  readonly error: string | null;
  readonly totalBytes: number | null;
  readonly usableBytes: number | null;
}

export interface FeatureView {
  readonly feature: string;
  readonly finalized: number;
  readonly supported: number;
}
