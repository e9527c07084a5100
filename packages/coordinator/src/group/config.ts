/** Between which protocols groups change over while they live. */
export type MigrationPolicy = 'disabled' | 'upgrade' | 'downgrade' | 'bidirectional';

/** Configuration of the group coordinator, under Kafka's names, with Kafka's defaults. */
export interface GroupCoordinatorConfig {
  /** `offsets.topic.num.partitions`: where a group's records go depends on it. */
  readonly offsetsTopicPartitions: number;
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number;
  /** `group.max.size` */
  readonly maxGroupSize: number;
  /** `group.share.max.size` */
  readonly shareMaxSize: number;
  /** `group.share.initialize.retry.interval.ms` */
  readonly shareInitializeRetryIntervalMs: number;
  /** `group.streams.max.size` */
  readonly streamsMaxSize: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.consumer.assignors`, the default first. */
  readonly consumerAssignors: readonly string[];
  /** `group.consumer.max.size` */
  readonly maxConsumerGroupSize: number;
  /** `group.consumer.migration.policy` */
  readonly migrationPolicy: MigrationPolicy;
  /** `group.consumer.regex.refresh.interval.ms` */
  readonly regexRefreshIntervalMs: number;
  /** `offset.metadata.max.bytes` */
  readonly offsetMetadataMaxBytes: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number;
  /** `offsets.commit.timeout.ms`: how long a reply waits for the high watermark. */
  readonly commitTimeoutMs: number;
  /** `group.coordinator.append.linger.ms`; -1 collects what one turn of the event loop brings. */
  readonly appendLingerMs: number;
}

export const groupCoordinatorDefaults: GroupCoordinatorConfig = {
  offsetsTopicPartitions: 50,
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxGroupSize: 0x7fffffff,
  shareMaxSize: 200,
  shareInitializeRetryIntervalMs: 30_000,
  streamsMaxSize: 0x7fffffff,
  initialRebalanceDelayMs: 3_000,
  consumerAssignors: ['uniform', 'range'],
  maxConsumerGroupSize: 0x7fffffff,
  migrationPolicy: 'bidirectional',
  regexRefreshIntervalMs: 600_000,
  offsetMetadataMaxBytes: 4_096,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  commitTimeoutMs: 5_000,
  appendLingerMs: -1,
};
