import { errors } from '@tidelog/protocol';
import { supportsShareGroups } from '../share-state/share-version.ts';
import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import type { Handler } from './handler.ts';

/** Version 1; UNSUPPORTED_VERSION where the cluster's `share.version` is 0. */
export const shareGroupDescribe: Handler<'ShareGroupDescribe'> = async (
  request,
  _context,
  broker,
) => {
  if (!supportsShareGroups(broker)) {
    const { code: errorCode, message: errorMessage } = errors.UNSUPPORTED_VERSION;
    const unknown = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '' };
    const groups = request.groupIds.map((groupId) => ({ groupId, errorCode, errorMessage }));
    return { groups: groups.map((group) => ({ ...unknown, ...group, members: [] })) };
  }
  const { groups } = await broker.shareGroups.describe(request);
  const authorizedOperations = request.includeAuthorizedOperations
    ? allOperations.group
    : NOT_ASKED;
  return { groups: groups.map((group) => ({ ...group, authorizedOperations })) };
};
