import type { TransactionEnd } from '@tidelog/coordinator';
import {
  BatchBuilder,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
} from '@tidelog/protocol';

/** The control batch that ends a transaction on a partition. */
export function endTransactionMarker(end: TransactionEnd, timestampMs: number): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed } = end;
  const builder = new BatchBuilder();
  const type = controlRecordTypes[committed ? 'commit' : 'abort'];
  builder.append(timestampMs, controlRecordKey(type), endTxnMarkerValue(coordinatorEpoch));
  return builder.finish({ producerId, producerEpoch, transactional: true, control: true });
}
