import { errors } from '@tidelog/protocol';
import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import type { Handler } from './handler.ts';
import { supportsStreamsGroups } from './streams-version.ts';

/** Version 0; UNSUPPORTED_VERSION where the cluster's `streams.version` is 0. */
export const streamsGroupDescribe: Handler<'StreamsGroupDescribe'> = async (
  request,
  _context,
  broker,
) => {
  if (!supportsStreamsGroups(broker)) {
    const { code: errorCode, message: errorMessage } = errors.UNSUPPORTED_VERSION;
    const unknown = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, members: [] };
    const groups = request.groupIds.map((groupId) => ({ groupId, errorCode, errorMessage }));
    return { groups: groups.map((group) => ({ ...unknown, ...group })) };
  }
  const groups = await broker.streamsGroups.describe(request);
  const authorizedOperations = request.includeAuthorizedOperations
    ? allOperations.group
    : NOT_ASKED;
  return {
    groups: groups.map((group) => ({
      ...group,
      ...(group.errorCode === errors.NONE.code && { authorizedOperations }),
    })),
  };
};
