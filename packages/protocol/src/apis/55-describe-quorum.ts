import { api } from '../schema/api.ts';
import { array, int16, int32, int64, string, uint16, uuid } from '../schema/field.ts';

const replicaState = {
  replicaId: int32,
  replicaDirectoryId: uuid.since(2),
  logEndOffset: int64,
  lastFetchTimestamp: int64.since(1).default(-1).ignorable(),
  lastCaughtUpTimestamp: int64.since(1).default(-1).ignorable(),
};

/** Describes the quorum: leader, epoch, high watermark, voters, observers. */
export const describeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 2],
  flexible: 0,
  listeners: ['broker', 'controller'],
  request: () => ({
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
      }),
    }),
  }),
  response: () => ({
    errorCode: int16,
    errorMessage: string.since(2).nullable().ignorable(),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.since(2).nullable().ignorable(),
        leaderId: int32,
        leaderEpoch: int32,
        highWatermark: int64,
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: array({
      nodeId: int32.since(2),
      listeners: array({
        name: string.since(2),
        host: string.since(2),
        port: uint16.since(2),
      }).since(2),
    }).since(2),
  }),
});
