import { dynamicConfigProblems, RESOURCE } from '@tidelog/metadata';
import { errors } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** The answer for one resource of AlterConfigs and IncrementalAlterConfigs. */
export interface AlterResult extends Resource {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A change of one config: null removes it. */
export type ConfigChange = readonly [name: string, value: string | null];

/**
 * Whether this broker could run with its dynamic configs changed so. The controller does not know the
 * static configs of brokers, so each broker judges what is meant for it, or for all, before it forwards.
 * Null where there is nothing against it, or where it is not for this broker to judge.
 */
export function brokerRefusal(
  broker: BrokerServices,
  resource: Resource,
  change: { readonly replace: boolean; readonly configs: readonly ConfigChange[] },
): AlterResult | null {
  const { resourceType, resourceName } = resource;
  const level = resourceName === '' ? 'cluster' : 'broker';
  const isOurs = resourceName === '' || Number(resourceName) === broker.nodeId;
  if (resourceType !== RESOURCE.BROKER || !isOurs) return null;
  const { layers } = broker.config;
  const present = level === 'cluster' ? layers.dynamicDefault : layers.dynamic;
  const texts = new Map(change.replace ? [] : present);
  for (const [name, value] of change.configs) {
    if (value === null) texts.delete(name);
    else texts.set(name, value);
  }
  const problems = dynamicConfigProblems(broker.config, texts, level);
  if (problems.length === 0) return null;
  const errorCode = errors.INVALID_REQUEST.code;
  return { resourceType, resourceName, errorCode, errorMessage: problems.join(' ') };
}
