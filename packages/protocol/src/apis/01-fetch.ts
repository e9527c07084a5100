import { api } from '../schema/api.ts';
import {
  array,
  int16,
  int32,
  int64,
  int8,
  records,
  string,
  struct,
  uuid,
} from '../schema/field.ts';
import { INT64_MAX } from '../schema/reader.ts';

/** Reads record batches, waiting for enough bytes; followers replicate with it too. */
export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  listeners: ['broker', 'controller'],
  request: () => ({
    clusterId: string.since(12).nullable().tagged(0).default(null).ignorable(),
    replicaId: int32.until(14).default(-1),
    replicaState: struct({
      replicaId: int32.since(15).default(-1),
      replicaEpoch: int64.since(15).default(-1),
    })
      .since(15)
      .tagged(1),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.default(0x7fffffff).ignorable(),
    isolationLevel: int8.default(0).ignorable(),
    sessionId: int32.since(7).default(0).ignorable(),
    sessionEpoch: int32.since(7).default(-1).ignorable(),
    topics: array({
      topic: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32.since(9).default(-1).ignorable(),
        fetchOffset: int64,
        lastFetchedEpoch: int32.since(12).default(-1),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.since(17).tagged(0).ignorable(),
        highWatermark: int64.since(18).tagged(1).default(INT64_MAX).ignorable(),
      }),
    }),
    forgottenTopicsData: array({
      topic: string.since(7).until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array(int32).since(7),
    }).since(7),
    rackId: string.since(11).default('').ignorable(),
  }),
  response: () => ({
    throttleTimeMs: int32.default(0).ignorable(),
    errorCode: int16.since(7).ignorable(),
    sessionId: int32.since(7).default(0),
    responses: array({
      topic: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.default(-1).ignorable(),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        divergingEpoch: struct({
          epoch: int32.since(12).default(-1),
          endOffset: int64.since(12).default(-1),
        })
          .since(12)
          .tagged(0),
        currentLeader: struct({
          leaderId: int32.since(12).default(-1),
          leaderEpoch: int32.since(12).default(-1),
        })
          .since(12)
          .tagged(1),
        snapshotId: struct({
          endOffset: int64.default(-1),
          epoch: int32.default(-1),
        })
          .since(12)
          .tagged(2),
        abortedTransactions: array({
          producerId: int64,
          firstOffset: int64,
        })
          .nullable()
          .ignorable(),
        preferredReadReplica: int32.since(11).default(-1),
        records: records,
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32.since(16),
      host: string.since(16),
      port: int32.since(16),
      rack: string.since(16).nullable().default(null),
    })
      .since(16)
      .tagged(0),
  }),
});
