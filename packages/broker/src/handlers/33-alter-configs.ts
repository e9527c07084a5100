import { type ConfigChange, judgeResources } from './broker-config-check.ts';
import type { Handler } from './handler.ts';

/**
 * Versions 0 to 2. Replaces all dynamic configs of a resource. What is meant for this broker it judges
 * itself; the controller decides the rest.
 */
export const alterConfigs: Handler<'AlterConfigs'> = async (request, context, broker) => {
  const { refused, forwarded } = judgeResources(broker, request.resources, ({ configs }) => ({
    replace: true,
    configs: configs.map(({ name, value }): ConfigChange => [name, value]),
  }));
  const response = await broker.metadata.submit(
    'AlterConfigs',
    { ...request, resources: forwarded },
    context.apiVersion,
  );
  return { ...response, responses: [...refused, ...response.responses] };
};
