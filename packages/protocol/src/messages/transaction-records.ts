import { array, int16, int32, int64, int8, string, type Struct } from '../schema/field.ts';
import { type Message, message } from '../schema/message.ts';

export const transactionLogKey = message({
  name: 'TransactionLogKey',
  versions: [0, 0],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    transactionalId: string,
  },
});

export const transactionLogValue = message({
  name: 'TransactionLogValue',
  versions: [0, 1],
  flexible: 1,
  fields: {
    producerId: int64,
    previousProducerId: int64.since(1).tagged(0).default(-1),
    nextProducerId: int64.since(1).tagged(1).default(-1),
    producerEpoch: int16,
    nextProducerEpoch: int16.since(1).tagged(3).default(-1),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: array({
      topic: string,
      partitionIds: array(int32),
    }).nullable(),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: int16.since(1).tagged(2).default(0),
  },
});

/** Keys and values by the type that precedes a key. */
export const transactionRecords = new Map<number, { key: Message<Struct>; value: Message<Struct> }>(
  [[0, { key: transactionLogKey, value: transactionLogValue }]],
);
