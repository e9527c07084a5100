import type { BrokerServices } from '../services.ts';

/** The cluster must have reached `group.version` 1, and the broker must be let to serve it. */
export function servesConsumerProtocol(broker: BrokerServices): boolean {
  const protocols = broker.config.getList('group.coordinator.rebalance.protocols');
  return (
    protocols.includes('consumer') && (broker.finalizedFeatures().get('group.version') ?? 0) > 0
  );
}
