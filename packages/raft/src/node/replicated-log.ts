import type { OffsetAndEpoch } from '../keys.ts';
import type { ControlRecord } from '../replication/control-records.ts';
import type { SnapshotSummary } from '../replication/log-view.ts';
import type { Restored } from '../restored.ts';

/**
 * The metadata log and its small files, as the shell needs them; synchronous but for `sync`. Every
 * failure of the disk is an exception, and the node can't go on after it.
 */
export interface ReplicatedLog {
  /**
   * What the disk says; asked once, at start. A snapshot beyond the log's end was being installed when
   * the node crashed: its installation is finished first.
   */
  restore(): Restored;
  /** Writes whole batches at the end; `baseOffset` is the end. */
  append(baseOffset: number, batches: readonly Buffer[]): void;
  /** Makes durable what was appended before the call. */
  sync(): Promise<void>;
  /** Whole batches from the one that holds `offset`: at least one, then up to `maxBytes`. */
  read(offset: number, maxBytes: number): Buffer;
  /** Cuts away everything from `endOffset` on. */
  truncate(endOffset: number): void;
  /** Replaces `quorum-state` atomically and durably. */
  saveQuorumState(text: string): void;
  readSnapshot(id: OffsetAndEpoch, position: number, maxBytes: number): Buffer;
  /** Opens (position 0) or continues the partial file of a snapshot. */
  writeSnapshot(id: OffsetAndEpoch, position: number, bytes: Buffer): void;
  /** Makes the partial file the snapshot, deletes log and older snapshots, starts the log there. */
  installSnapshot(id: OffsetAndEpoch): InstalledSnapshot;
  /** The high watermark moved: what is below may be read as committed, and is never truncated. */
  setHighWatermark(offset: number): void;
}

export interface InstalledSnapshot {
  readonly snapshot: SnapshotSummary;
  /** The control records in it. */
  readonly controls: readonly ControlRecord[];
}
