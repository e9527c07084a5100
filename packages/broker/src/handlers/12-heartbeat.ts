import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 to 4. */
export const heartbeat: Handler<'Heartbeat'> = (request, context, broker) =>
  broker.groups.heartbeat(request, groupContext(context));
