import type { BrokerServices } from '../services.ts';

const SHARE_VERSION_FEATURE = 'share.version';

/** Whether the cluster has share groups switched on. */
export function supportsShareGroups(broker: BrokerServices): boolean {
  return (broker.finalizedFeatures().get(SHARE_VERSION_FEATURE) ?? 0) > 0;
}
