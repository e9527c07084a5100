import { api } from '../schema/api.ts';
import { array, int16, int32, int64, records, string, struct, uuid } from '../schema/field.ts';

/** Appends record batches to partitions; with acks 0 there is no response. */
export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexible: 9,
  listeners: ['broker'],
  request: () => ({
    transactionalId: string.nullable().default(null),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitionData: array({
        index: int32,
        records: records,
      }),
    }),
  }),
  response: () => ({
    responses: array({
      name: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: int64.default(-1).ignorable(),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        recordErrors: array({
          batchIndex: int32.since(8),
          batchIndexErrorMessage: string.since(8).nullable().default(null),
        })
          .since(8)
          .ignorable(),
        errorMessage: string.since(8).nullable().default(null).ignorable(),
        currentLeader: struct({
          leaderId: int32.since(10).default(-1),
          leaderEpoch: int32.since(10).default(-1),
        })
          .since(10)
          .tagged(0),
      }),
    }),
    throttleTimeMs: int32.default(0).ignorable(),
    nodeEndpoints: array({
      nodeId: int32.since(10),
      host: string.since(10),
      port: int32.since(10),
      rack: string.since(10).nullable().default(null),
    })
      .since(10)
      .tagged(0),
  }),
});
