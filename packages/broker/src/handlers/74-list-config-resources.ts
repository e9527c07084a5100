import { RESOURCE } from '@tidelog/metadata';
import { errors } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

const SUPPORTED = [
  RESOURCE.GROUP,
  RESOURCE.CLIENT_METRICS,
  RESOURCE.BROKER_LOGGER,
  RESOURCE.BROKER,
  RESOURCE.TOPIC,
];

/**
 * Versions 0 to 1 (KIP-1142; version 0, which asked for subscriptions to client metrics, is KIP-1000).
 * Groups and subscriptions are listed when they have configs; brokers and topics always.
 */
export const listConfigResources: Handler<'ListConfigResources'> = (request, context, broker) => {
  const supported: readonly number[] =
    context.apiVersion === 0 ? [RESOURCE.CLIENT_METRICS] : SUPPORTED;
  const { resourceTypes } = request;
  if (resourceTypes.some((type) => !supported.includes(type))) {
    return { errorCode: errors.UNSUPPORTED_VERSION.code, configResources: [] };
  }
  const wanted = supported.filter(
    (type) => resourceTypes.length === 0 || resourceTypes.includes(type),
  );
  const configResources = wanted.flatMap((resourceType) =>
    namesOf(resourceType, broker).map((resourceName) => ({ resourceName, resourceType })),
  );
  return { errorCode: errors.NONE.code, configResources };
};

function namesOf(type: number, { metadata: { image } }: BrokerServices): string[] {
  if (type === RESOURCE.TOPIC) return Array.from(image.topics.all(), ({ name }) => name);
  if (type === RESOURCE.BROKER || type === RESOURCE.BROKER_LOGGER) {
    const brokers = [...image.cluster.brokers.values()].filter(({ fenced }) => !fenced);
    return brokers.map(({ id }) => String(id));
  }
  const named = [...image.configs.resources()].filter((resource) => resource.type === type);
  return named.map(({ name }) => name);
}
