import { api } from '../schema/api.ts';
import { int16, int32, string, uuid } from '../schema/field.ts';

/** Removes a voter from the quorum (KIP-853). */
export const removeRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller', 'broker'],
  request: () => ({
    clusterId: string.nullable(),
    voterId: int32,
    voterDirectoryId: uuid,
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: string.nullable().ignorable(),
  }),
});
