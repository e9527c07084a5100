import { api } from '../schema/api.ts';
import { array, int16, int32, string } from '../schema/field.ts';

/** Moves replicas between the log directories of a broker. */
export const alterReplicaLogDirs = api({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [1, 2],
  flexible: 2,
  listeners: ['broker'],
  request: () => ({
    dirs: array({
      path: string,
      topics: array({
        name: string,
        partitions: array(int32),
      }),
    }),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    results: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  }),
});
