import {
  controlRecordTypes,
  RecordCursor,
  readControlRecordType,
  readEndTxnMarker,
} from '@tidelog/protocol';

/** The marker that ends a transaction on a partition. */
export interface TransactionMarker {
  readonly committed: boolean;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}

const cursor = new RecordCursor();

/**
 * Reads the one record of the control batch at `at`; null when it ends no transaction (a leader
 * change or snapshot record, or a batch that compaction has emptied).
 */
export function readTransactionMarker(buffer: Buffer, at: number): TransactionMarker | null {
  if (!cursor.open(buffer, at) || !cursor.next()) return null;
  const type = readControlRecordType(cursor.key);
  const coordinatorEpoch = readEndTxnMarker(cursor.value);
  const ends = type === controlRecordTypes.abort || type === controlRecordTypes.commit;
  if (!ends || coordinatorEpoch === undefined) return null;
  const committed = type === controlRecordTypes.commit;
  return { committed, coordinatorEpoch, timestamp: cursor.timestamp };
}
