import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 to 5; from v3 on a list of members. */
export const leaveGroup: Handler<'LeaveGroup'> = (request, context, broker) =>
  broker.groups.leaveGroup(request, groupContext(context));
