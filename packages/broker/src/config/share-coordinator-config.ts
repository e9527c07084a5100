import type { ShareCoordinatorConfig } from '@tidelog/coordinator';
import type { BrokerConfig } from '@tidelog/metadata';

/** What the share coordinator obeys, from the broker's configuration. */
export function shareCoordinatorConfig(config: BrokerConfig): ShareCoordinatorConfig {
  const perSnapshot = 'share.coordinator.snapshot.update.records.per.snapshot';
  const coldInterval = 'share.coordinator.cold.partition.snapshot.interval.ms';
  return {
    updatesPerSnapshot: config.getInt(perSnapshot),
    writeTimeoutMs: config.getInt('share.coordinator.write.timeout.ms'),
    appendLingerMs: config.getInt('share.coordinator.append.linger.ms'),
    pruneIntervalMs: config.getInt('share.coordinator.state.topic.prune.interval.ms'),
    coldSnapshotIntervalMs: config.getInt(coldInterval),
  };
}
