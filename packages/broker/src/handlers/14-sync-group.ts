import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 to 5; answered when the leader has brought the assignments and they are stored. */
export const syncGroup: Handler<'SyncGroup'> = (request, context, broker) =>
  broker.groups.syncGroup(request, groupContext(context));
