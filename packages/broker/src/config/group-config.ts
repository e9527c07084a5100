import type { GroupCoordinatorConfig } from '@tidelog/coordinator';
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
    initialRebalanceDelayMs: config.getInt('group.initial.rebalance.delay.ms'),
    offsetMetadataMaxBytes: config.getInt('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.getInt('offsets.retention.minutes') * MINUTE_MS,
    offsetsRetentionCheckIntervalMs: config.getLong('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.getInt('offsets.commit.timeout.ms'),
    appendLingerMs: config.getInt('group.coordinator.append.linger.ms'),
  };
}
