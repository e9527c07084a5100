import type { GroupRequestContext } from '@tidelog/coordinator';
import type { RequestContext } from '@tidelog/network';

/** Who asks, as the group coordinator stores it: Kafka writes addresses with a slash before them. */
export function groupContext(context: RequestContext): GroupRequestContext {
  const { apiVersion, clientId, clientHost } = context;
  return { apiVersion, clientId, clientHost: `/${clientHost}` };
}
