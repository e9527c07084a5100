import { api } from '../schema/api.ts';
import { array, int16, int32, int64, int8, uuid } from '../schema/field.ts';

/** The leader of a partition asks for a change of the in-sync replicas. */
export const alterPartition = api({
  key: 56,
  name: 'AlterPartition',
  versions: [2, 3],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    brokerId: int32,
    brokerEpoch: int64.default(-1),
    topics: array({
      topicId: uuid.ignorable(),
      partitions: array({
        partitionIndex: int32,
        leaderEpoch: int32,
        newIsr: array(int32).until(2),
        newIsrWithEpochs: array({
          brokerId: int32.since(3),
          brokerEpoch: int64.since(3).default(-1),
        }).since(3),
        leaderRecoveryState: int8.default(0),
        partitionEpoch: int32,
      }),
    }),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    topics: array({
      topicId: uuid.ignorable(),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        isr: array(int32),
        leaderRecoveryState: int8.default(0).ignorable(),
        partitionEpoch: int32,
      }),
    }),
  }),
});
