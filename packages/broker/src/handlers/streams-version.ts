import type { BrokerServices } from '../services.ts';

/** Whether the cluster and this broker have streams groups switched on (KIP-1071). */
export function supportsStreamsGroups(broker: BrokerServices): boolean {
  const protocols = broker.config.getList('group.coordinator.rebalance.protocols');
  const level = broker.finalizedFeatures().get('streams.version') ?? 0;
  return level > 0 && protocols.includes('streams');
}
