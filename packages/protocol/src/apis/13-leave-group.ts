import { api } from '../schema/api.ts';
import { array, int16, int32, string } from '../schema/field.ts';

/** Members leave a classic group, or are removed from it. */
export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexible: 4,
  listeners: ['broker'],
  request: () => ({
    groupId: string,
    memberId: string.until(2),
    members: array({
      memberId: string.since(3),
      groupInstanceId: string.since(3).nullable().default(null),
      reason: string.since(5).nullable().default(null).ignorable(),
    }).since(3),
  }),
  response: () => ({
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16,
    members: array({
      memberId: string.since(3),
      groupInstanceId: string.since(3).nullable(),
      errorCode: int16.since(3),
    }).since(3),
  }),
});
