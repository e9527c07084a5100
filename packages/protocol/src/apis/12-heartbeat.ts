import { api } from '../schema/api.ts';
import { int16, int32, string } from '../schema/field.ts';

/** A member of a classic group says that it is alive, and hears of a rebalance. */
export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  listeners: ['broker'],
  request: () => ({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.since(3).nullable().default(null),
  }),
  response: () => ({
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16,
  }),
});
