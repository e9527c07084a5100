import { ShareCoordinator } from '@tidelog/coordinator';
import { SHARE_STATE_TOPIC } from '../config/internal-topics.ts';
import { shareCoordinatorConfig } from '../config/share-coordinator-config.ts';
import type { BrokerServices } from '../services.ts';

/** The share coordinator of this broker. */
export function shareCoordinator(
  broker: Pick<BrokerServices, 'config' | 'clock' | 'metadata' | 'internalTopics'>,
  warn: (message: string) => void,
): ShareCoordinator {
  const { config, clock, metadata } = broker;
  const { numPartitions } = broker.internalTopics.get(SHARE_STATE_TOPIC)!;
  const topics = () => metadata.image.topics;
  return new ShareCoordinator({
    config: shareCoordinatorConfig(config),
    clock,
    statePartitionCount: () =>
      topics().byName(SHARE_STATE_TOPIC)?.partitions.length ?? numPartitions,
    partitionCount: (id) => topics().byId(id)?.partitions.length ?? 0,
    warn,
  });
}
