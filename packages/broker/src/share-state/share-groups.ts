import { ShareGroupCoordinator, type TopicsView } from '@tidelog/coordinator';
import type { BrokerServices } from '../services.ts';

/** The coordinator of share groups of this broker. */
export function shareGroupCoordinator(
  broker: Omit<BrokerServices, 'shareGroups'>,
  topics: TopicsView,
  warn: (message: string) => void,
): ShareGroupCoordinator {
  return new ShareGroupCoordinator({
    groups: broker.groups,
    persister: broker.sharePersister,
    topics: () => topics,
    endOffset(topic, index) {
      const partition = broker.partitions.find(topic, index);
      return 'code' in partition ? partition : partition.highWatermark;
    },
    warn,
  });
}
