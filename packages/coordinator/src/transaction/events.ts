import {
  MalformedMessageError,
  Reader,
  transactionLogKey,
  transactionLogValue,
  Writer,
} from '@tidelog/protocol';
import type { EventCodec } from '../host/machine.ts';
import { transactionStates } from './states.ts';
import { NO_PARTITIONS, NO_PRODUCER_EPOCH, type Transaction } from './transaction.ts';

/** A record of `__transaction_state`: what an id has become. A null value is a tombstone. */
export interface TransactionEvent {
  readonly transactionalId: string;
  /** Version 1 has ids of KIP-890 and is written from `transaction.version` 1 on. */
  readonly valueVersion: 0 | 1;
  readonly value: Transaction | null;
}

const KEY_TYPE = 0;
const [OLDEST_VALUE, NEWEST_VALUE] = transactionLogValue.versions;

/** Records as Kafka 4.3 writes them. Keys and values of unknown versions are passed over, as there. */
export const transactionEventCodec: EventCodec<TransactionEvent> = {
  encode({ transactionalId, valueVersion, value }) {
    const key = new Writer(64);
    key.int16(KEY_TYPE);
    transactionLogKey.write(key, { transactionalId }, 0);
    if (value === null) return { key: key.toBuffer(), value: null };
    const writer = new Writer(128);
    writer.int16(valueVersion);
    transactionLogValue.write(writer, recordOf(value, valueVersion), valueVersion);
    return { key: key.toBuffer(), value: writer.toBuffer() };
  },

  decode(key, value) {
    if (key === null || key.length < 2) throw new MalformedMessageError('transaction key', 0);
    if (key.readInt16BE(0) !== KEY_TYPE) return null;
    const { transactionalId } = transactionLogKey.decode(key.subarray(2), 0);
    if (value === null) return { transactionalId, valueVersion: 0, value };
    if (value.length < 2) throw new MalformedMessageError(transactionLogValue.name, 0);
    const version = value.readInt16BE(0);
    if (version < OLDEST_VALUE || version > NEWEST_VALUE) return null;
    return { transactionalId, valueVersion: version === 0 ? 0 : 1, value: read(value, version) };
  },
};

function recordOf(
  transaction: Transaction,
  version: 0 | 1,
): Parameters<typeof transactionLogValue.write>[1] {
  const { state, partitions } = transaction;
  return {
    ...(version >= 1 && {
      previousProducerId: transaction.previousProducerId,
      nextProducerId: transaction.nextProducerId,
      clientTransactionVersion: transaction.clientVersion,
    }),
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStates.indexOf(state),
    transactionPartitions:
      state === 'Empty'
        ? null
        : [...partitions].map(([topic, ids]) => ({ topic, partitionIds: [...ids] })),
    transactionLastUpdateTimestampMs: transaction.lastUpdateTimestampMs,
    transactionStartTimestampMs: transaction.startTimestampMs,
  };
}

function read(buffer: Buffer, version: number): Transaction {
  const reader = new Reader(buffer.subarray(2));
  const record = transactionLogValue.read(reader, version);
  const state = transactionStates[record.transactionStatus];
  // Bytes after the end are left alone: a newer release may have added some.
  if (reader.failed || state === undefined) {
    throw new MalformedMessageError(transactionLogValue.name, version);
  }
  const topics = state === 'Empty' ? [] : (record.transactionPartitions ?? []);
  return {
    state,
    producerId: record.producerId,
    producerEpoch: record.producerEpoch,
    previousProducerId: record.previousProducerId,
    nextProducerId: record.nextProducerId,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs: record.transactionTimeoutMs,
    partitions:
      topics.length === 0
        ? NO_PARTITIONS
        : new Map(topics.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)])),
    startTimestampMs: record.transactionStartTimestampMs,
    lastUpdateTimestampMs: record.transactionLastUpdateTimestampMs,
    clientVersion: record.clientTransactionVersion,
  };
}

/** No less than the bytes that the record of an event takes in a batch. */
export function sizeUpperBound({ transactionalId, value }: TransactionEvent): number {
  let size = 192 + 3 * transactionalId.length;
  for (const [topic, partitions] of value?.partitions ?? []) {
    size += 8 + 3 * topic.length + 4 * partitions.size;
  }
  return size;
}
