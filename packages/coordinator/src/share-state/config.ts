/** Configuration of the share coordinator, under Kafka's names, with Kafka's defaults. */
export interface ShareCoordinatorConfig {
  /** `share.coordinator.snapshot.update.records.per.snapshot` */
  readonly updatesPerSnapshot: number;
  /** `share.coordinator.write.timeout.ms`: how long a reply waits for the high watermark. */
  readonly writeTimeoutMs: number;
  /** `share.coordinator.append.linger.ms`; -1 collects what one turn of the event loop brings. */
  readonly appendLingerMs: number;
  /** `share.coordinator.state.topic.prune.interval.ms` */
  readonly pruneIntervalMs: number;
  /** `share.coordinator.cold.partition.snapshot.interval.ms` */
  readonly coldSnapshotIntervalMs: number;
}

export const shareCoordinatorDefaults: ShareCoordinatorConfig = {
  updatesPerSnapshot: 500,
  writeTimeoutMs: 5_000,
  appendLingerMs: -1,
  pruneIntervalMs: 300_000,
  coldSnapshotIntervalMs: 300_000,
};
