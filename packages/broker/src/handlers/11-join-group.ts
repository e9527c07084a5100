import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 to 9; answered when the rebalance ends. */
export const joinGroup: Handler<'JoinGroup'> = (request, context, broker) =>
  broker.groups.joinGroup(request, groupContext(context));
