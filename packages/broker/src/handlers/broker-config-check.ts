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

interface Change {
  /** All that was set before goes. */
  readonly replace: boolean;
  readonly configs: readonly ConfigChange[];
}

const knownTypes: readonly number[] = Object.values(RESOURCE);

/**
 * Sets apart what this broker refuses itself. The controller does not know the static configs of
 * brokers, so each broker judges what is meant for it, or for all, before it forwards. A resource that is
 * named more than once is left to the controller, which refuses it.
 */
export function judgeResources<R extends Resource>(
  broker: BrokerServices,
  resources: readonly R[],
  changeOf: (resource: R) => Change,
): { refused: AlterResult[]; forwarded: R[] } {
  const counts = new Map<string, number>();
  const key = ({ resourceType, resourceName }: R) => `${resourceType} ${resourceName}`;
  for (const resource of resources) {
    counts.set(key(resource), (counts.get(key(resource)) ?? 0) + 1);
  }
  const refused: AlterResult[] = [];
  const forwarded = resources.filter((resource) => {
    if (counts.get(key(resource))! > 1) return true;
    const problem = resourceProblem(broker, resource, changeOf);
    if (problem === null) return true;
    const { resourceType, resourceName } = resource;
    const { code: errorCode } = errors.INVALID_REQUEST;
    refused.push({ resourceType, resourceName, errorCode, errorMessage: problem });
    return false;
  });
  return { refused, forwarded };
}

/** Why this broker could not run with its dynamic configs changed so; null where it could. */
function resourceProblem<R extends Resource>(
  broker: BrokerServices,
  resource: R,
  changeOf: (resource: R) => Change,
): string | null {
  const { resourceType, resourceName } = resource;
  const isKnown = knownTypes.includes(resourceType) && resourceType !== RESOURCE.BROKER_LOGGER;
  if (!isKnown) return `Unknown resource type ${resourceType}`;
  if (resourceType !== RESOURCE.BROKER) return null;
  const level = resourceName === '' ? 'cluster' : 'broker';
  if (level === 'broker' && resourceName !== String(broker.nodeId)) {
    return `this is broker ${broker.nodeId}: ask broker ${resourceName} to change its own configs`;
  }
  const { layers } = broker.config;
  const change = changeOf(resource);
  const present = level === 'cluster' ? layers.dynamicDefault : layers.dynamic;
  const texts = new Map(change.replace ? [] : present);
  for (const [name, value] of change.configs) {
    if (value === null) texts.delete(name);
    else texts.set(name, value);
  }
  const problems = dynamicConfigProblems(broker.config, texts, level);
  return problems.length === 0 ? null : problems.join(' ');
}
