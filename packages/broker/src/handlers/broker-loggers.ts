import { CONFIG_SOURCE, type DescribedConfig } from '@tidelog/metadata';
import { errors, type RequestOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { AlterResult } from './broker-config-check.ts';

type Resource = RequestOf<'IncrementalAlterConfigs'>['resources'][number];

const TYPE_STRING = 2;

/** Why the loggers of this name are not here; null where they are this broker's. */
export function notThisBroker(name: string, { nodeId }: BrokerServices): string | null {
  if (!/^-?\d+$/.test(name)) return `Node id must be an integer, but it is: ${name}`;
  if (Number(name) === nodeId) return null;
  return `Unexpected node id. Expected ${nodeId}, but received ${name}`;
}

/** The levels of this broker's loggers as configs. */
export function describeLoggers({ loggers }: BrokerServices): DescribedConfig[] {
  return loggers.entries().map(([name, value]) => ({
    name,
    value,
    readOnly: false,
    configSource: CONFIG_SOURCE.dynamicBrokerLogger,
    isSensitive: false,
    synonyms: [],
    configType: TYPE_STRING,
    documentation: null,
  }));
}

/** Changes levels: all of a request, or none. */
export function alterLoggers(
  { resourceType, resourceName, configs }: Resource,
  validateOnly: boolean,
  broker: BrokerServices,
): AlterResult {
  const answer = ({ code: errorCode }: { code: number }, errorMessage: string | null) => ({
    resourceType,
    resourceName,
    errorCode,
    errorMessage,
  });
  const elsewhere = notThisBroker(resourceName, broker);
  if (elsewhere !== null) return answer(errors.INVALID_REQUEST, elsewhere);
  for (const { name, configOperation, value } of configs) {
    const refusal = broker.loggers.refusal(name, configOperation, value);
    if (refusal !== null) return answer(refusal.error, refusal.message);
  }
  if (!validateOnly) for (const { value } of configs) broker.loggers.set(value!);
  return answer(errors.NONE, null);
}
