import type { GroupCoordinatorConfig, MigrationPolicy } from '@tidelog/coordinator';
import type { BrokerConfig } from '@tidelog/metadata';

const MINUTE_MS = 60_000;

/** What the group coordinator obeys, from the broker's configuration. */
export function groupConfig(config: BrokerConfig): GroupCoordinatorConfig {
  return {
    offsetsTopicPartitions: config.getInt('offsets.topic.num.partitions'),
    minSessionTimeoutMs: config.getInt('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.getInt('group.max.session.timeout.ms'),
    maxGroupSize: config.getInt('group.max.size'),
    shareMaxSize: config.getInt('group.share.max.size'),
    shareInitializeRetryIntervalMs: config.getInt('group.share.initialize.retry.interval.ms'),
    streamsMaxSize: config.getInt('group.streams.max.size'),
    initialRebalanceDelayMs: config.getInt('group.initial.rebalance.delay.ms'),
    consumerAssignors: config.getList('group.consumer.assignors'),
    maxConsumerGroupSize: config.getInt('group.consumer.max.size'),
    migrationPolicy: migrationPolicy(config),
    regexRefreshIntervalMs: config.getInt('group.consumer.regex.refresh.interval.ms'),
    offsetMetadataMaxBytes: config.getInt('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.getInt('offsets.retention.minutes') * MINUTE_MS,
    offsetsRetentionCheckIntervalMs: config.getLong('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.getInt('offsets.commit.timeout.ms'),
    appendLingerMs: config.getInt('group.coordinator.append.linger.ms'),
  };
}

/** The configs' rules let no other values pass. */
function migrationPolicy(config: BrokerConfig): MigrationPolicy {
  return String(config.value('group.consumer.migration.policy')).toLowerCase() as MigrationPolicy;
}
