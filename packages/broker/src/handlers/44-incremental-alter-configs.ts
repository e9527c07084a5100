import { brokerConfigDef, formatValue, RESOURCE } from '@tidelog/metadata';
import type { RequestOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { type ConfigChange, judgeResources } from './broker-config-check.ts';
import { alterLoggers } from './broker-loggers.ts';
import type { Handler } from './handler.ts';

type Resource = RequestOf<'IncrementalAlterConfigs'>['resources'][number];

const SET = 0;
const DELETE = 1;
const APPEND = 2;

/**
 * Versions 0 to 1 (KIP-339): sets, deletes, appends to and subtracts from single configs. What is meant
 * for this broker it judges itself; the controller decides the rest. Levels of loggers (KIP-412) are
 * this broker's alone.
 */
export const incrementalAlterConfigs: Handler<'IncrementalAlterConfigs'> = async (
  request,
  context,
  broker,
) => {
  const isLogger = ({ resourceType }: Resource): boolean => resourceType === RESOURCE.BROKER_LOGGER;
  const loggers = request.resources
    .filter(isLogger)
    .map((resource) => alterLoggers(resource, request.validateOnly, broker));
  const others = request.resources.filter((resource) => !isLogger(resource));
  const { refused, forwarded } = judgeResources(broker, others, (resource) => ({
    replace: false,
    configs: changes(resource, broker),
  }));
  const response = await broker.metadata.submit(
    'IncrementalAlterConfigs',
    { ...request, resources: forwarded },
    context.apiVersion,
  );
  return { ...response, responses: [...loggers, ...refused, ...response.responses] };
};

function changes({ configs }: Resource, { config }: BrokerServices): ConfigChange[] {
  return configs.map(({ name, configOperation, value }): ConfigChange => {
    if (configOperation === SET) return [name, value];
    if (configOperation === DELETE) return [name, null];
    const key = brokerConfigDef.get(name);
    const present = key === undefined ? '' : (formatValue(config.value(name), key.type) ?? '');
    const entries = present.split(',').filter((entry) => entry !== '');
    const given = (value ?? '').split(',');
    const result =
      configOperation === APPEND
        ? [...new Set([...entries, ...given])]
        : entries.filter((entry) => !given.includes(entry));
    return [name, result.join(',')];
  });
}
