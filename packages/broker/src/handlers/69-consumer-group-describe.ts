import { errors } from '@tidelog/protocol';
import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import { servesConsumerProtocol } from './consumer-protocol.ts';
import type { Handler } from './handler.ts';

/** Versions 0 and 1: from v1 on it tells which protocol each member speaks. */
export const consumerGroupDescribe: Handler<'ConsumerGroupDescribe'> = async (
  request,
  _context,
  broker,
) => {
  if (!servesConsumerProtocol(broker)) {
    const groups = request.groupIds.map((groupId) => ({
      errorCode: errors.UNSUPPORTED_VERSION.code,
      groupId,
      groupState: '',
      groupEpoch: 0,
      assignmentEpoch: 0,
      assignorName: '',
      members: [],
    }));
    return { groups };
  }
  const response = await broker.groups.consumerGroups.describe(request);
  const authorizedOperations = request.includeAuthorizedOperations
    ? allOperations.group
    : NOT_ASKED;
  return {
    ...response,
    groups: response.groups.map((group) =>
      (group.errorCode ?? 0) === 0 ? { ...group, authorizedOperations } : group,
    ),
  };
};
