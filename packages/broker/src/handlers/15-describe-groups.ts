import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

/** Versions 0 to 6; from v6 on a group that does not exist is GROUP_ID_NOT_FOUND, before that Dead. */
export const describeGroups: Handler<'DescribeGroups'> = async (request, context, broker) => {
  const response = await broker.groups.describeGroups(request, groupContext(context));
  const authorizedOperations = request.includeAuthorizedOperations
    ? allOperations.group
    : NOT_ASKED;
  return {
    ...response,
    groups: response.groups.map((group) => ({ ...group, authorizedOperations })),
  };
};
