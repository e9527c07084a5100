import { api } from '../schema/api.ts';
import {
  array,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uint16,
  uuid,
} from '../schema/field.ts';

/** Reads a piece of a snapshot of the metadata log. */
export const fetchSnapshot = api({
  key: 59,
  name: 'FetchSnapshot',
  versions: [0, 1],
  flexible: 0,
  listeners: ['controller'],
  request: () => ({
    clusterId: string.nullable().tagged(0).default(null),
    replicaId: int32.default(-1),
    maxBytes: int32.default(0x7fffffff),
    topics: array({
      name: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        position: int64,
        replicaDirectoryId: uuid.since(1).tagged(0).ignorable(),
      }),
    }),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0).ignorable(),
    errorCode: int16,
    topics: array({
      name: string,
      partitions: array({
        index: int32,
        errorCode: int16,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }).tagged(0),
        size: int64,
        position: int64,
        unalignedRecords: records,
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
