import { type MarkerPort, TransactionCoordinator } from '@tidelog/coordinator';
import { NO_LEADER } from '@tidelog/metadata';
import { TRANSACTION_STATE_TOPIC } from '../config/internal-topics.ts';
import { transactionConfig } from '../config/transaction-config.ts';
import type { BrokerServices } from '../services.ts';
import { writeMarkers } from './write-markers.ts';

type Broker = Omit<BrokerServices, 'transactions'>;

/** The transaction coordinator of this broker. */
export function transactionCoordinator(
  broker: Broker,
  warn: (message: string) => void,
): TransactionCoordinator {
  const { config, clock, metadata, groups, producerIds } = broker;
  const configuredPartitions = config.getInt('transaction.state.log.num.partitions');
  return new TransactionCoordinator({
    config: transactionConfig(config),
    clock,
    partitionCount: () =>
      metadata.image.topics.byName(TRANSACTION_STATE_TOPIC)?.partitions.length ??
      configuredPartitions,
    offsetsPartitionFor: (groupId) => groups.partitionFor(groupId),
    transactionVersion: () => metadata.image.features.levels.get('transaction.version') ?? 0,
    nextProducerId: () => producerIds.next(),
    markers: markerPort(broker),
    warn,
  });
}

/** The way of markers to the leaders of their partitions, which are all on this broker. */
function markerPort(broker: Broker): MarkerPort {
  return {
    leaderOf(topic, partition) {
      const image = broker.metadata.image.topics.partition(topic, partition);
      if (image === undefined) return 'deleted';
      return image.leader === NO_LEADER ? null : image.leader;
    },
    writeMarkers: (request) => writeMarkers(request, broker),
  };
}
