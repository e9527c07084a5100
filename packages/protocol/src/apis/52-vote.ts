import { api } from '../schema/api.ts';
import { array, bool, int16, int32, int64, string, uint16, uuid } from '../schema/field.ts';

/** A candidate asks a voter of the quorum for its vote, or for a pre-vote (KIP-996). */
export const vote = api({
  key: 52,
  name: 'Vote',
  versions: [0, 2],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    clusterId: string.nullable().default(null),
    voterId: int32.since(1).default(-1).ignorable(),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        replicaEpoch: int32,
        replicaId: int32,
        replicaDirectoryId: uuid.since(1).ignorable(),
        voterDirectoryId: uuid.since(1).ignorable(),
        lastOffsetEpoch: int32,
        lastOffset: int64,
        preVote: bool.since(2),
      }),
    }),
  }),
  response: () => ({
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        voteGranted: bool,
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32.since(1),
      host: string.since(1),
      port: uint16.since(1),
    })
      .since(1)
      .tagged(0),
  }),
});
