import { type AlterResult, brokerRefusal, type ConfigChange } from './broker-config-check.ts';
import type { Handler } from './handler.ts';

/**
 * Versions 0 to 2. Replaces all dynamic configs of a resource. What is meant for this broker it judges
 * itself; the controller decides the rest.
 */
export const alterConfigs: Handler<'AlterConfigs'> = async (request, context, broker) => {
  const refused: AlterResult[] = [];
  const resources = request.resources.filter((resource) => {
    const configs = resource.configs.map(({ name, value }): ConfigChange => [name, value]);
    const refusal = brokerRefusal(broker, resource, { replace: true, configs });
    if (refusal !== null) refused.push(refusal);
    return refusal === null;
  });
  const forwarded = { ...request, resources };
  const response = await broker.metadata.submit('AlterConfigs', forwarded, context.apiVersion);
  return { ...response, responses: [...refused, ...response.responses] };
};
