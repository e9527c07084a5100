import { api } from '../schema/api.ts';
import { array, int16, int32, string } from '../schema/field.ts';

/** Deletes groups with their offsets. */
export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker'],
  request: () => ({
    groupsNames: array(string),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    results: array({
      groupId: string,
      errorCode: int16,
    }),
  }),
});
