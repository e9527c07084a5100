import {
  batchBaseSequence,
  batchIsControl,
  batchIsTransactional,
  batchProducerEpoch,
  batchProducerId,
  errors,
  NO_PRODUCER_EPOCH,
} from '@tidelog/protocol';
import { failure, type LogFailure } from '../results.ts';
import { readTransactionMarker } from './control-record.ts';
import { NO_OFFSET, type ProducerEntry } from './producer-entry.ts';

const MAX_SEQUENCE = 0x7fffffff;
const MAX_PRODUCER_EPOCH = 0x7fff;

/** Who writes: a coordinator's records have no sequences, but epochs. */
export type AppendOrigin = 'client' | 'coordinator';

/**
 * Whether a leader may append the batch at `at` of a producer with that state (undefined: never
 * seen). Null when it may. What followers copy was checked by their leader.
 */
export function checkProducerBatch(
  buffer: Buffer,
  at: number,
  entry: ProducerEntry | undefined,
  rules: { readonly origin: AppendOrigin; readonly transactionVersion: number },
): LogFailure | null {
  if (entry === undefined) return null;
  if (batchIsControl(buffer, at)) return checkMarker(buffer, at, entry, rules.transactionVersion);
  const epoch = batchProducerEpoch(buffer, at);
  if (epoch < entry.epoch) return staleEpoch(buffer, at, entry);
  const wrongSequence = rules.origin === 'client' ? checkSequence(buffer, at, entry) : null;
  if (wrongSequence !== null) return wrongSequence;
  if (entry.currentTxnFirstOffset !== NO_OFFSET && !batchIsTransactional(buffer, at)) {
    return failure(
      errors.INVALID_TXN_STATE,
      `producer ${entry.producerId} has an ongoing transaction, but the batch is not part of it`,
    );
  }
  return null;
}

function checkSequence(buffer: Buffer, at: number, entry: ProducerEntry): LogFailure | null {
  const first = batchBaseSequence(buffer, at);
  const epoch = batchProducerEpoch(buffer, at);
  // Nothing is known of the producer's epochs: its records are gone by retention, so any may follow.
  if (entry.epoch === NO_PRODUCER_EPOCH) return null;
  const expected = epoch === entry.epoch ? nextSequence(entry.lastSequence) : 0;
  if (first === expected) return null;
  return failure(
    errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${entry.producerId} (epoch ${epoch}) sent sequence ${first}, expected ${expected}`,
  );
}

function nextSequence(last: number): number {
  return last === MAX_SEQUENCE ? 0 : last + 1;
}

function checkMarker(
  buffer: Buffer,
  at: number,
  entry: ProducerEntry,
  transactionVersion: number,
): LogFailure | null {
  const marker = readTransactionMarker(buffer, at);
  if (marker === null) return null;
  const epoch = batchProducerEpoch(buffer, at);
  const stale = transactionVersion >= 2 ? epoch <= entry.epoch : epoch < entry.epoch;
  if (stale && !(transactionVersion >= 2 && repeatsMarker(epoch, entry))) {
    return staleEpoch(buffer, at, entry);
  }
  if (entry.coordinatorEpoch > marker.coordinatorEpoch) {
    return failure(
      errors.TRANSACTION_COORDINATOR_FENCED,
      `marker of coordinator epoch ${marker.coordinatorEpoch}, but ${entry.coordinatorEpoch} was seen`,
    );
  }
  return null;
}

/**
 * From transaction version 2 on every marker raises the epoch. One of the present epoch is then a
 * retry of a marker that is in the log already, and may be written again (KAFKA-19999).
 */
function repeatsMarker(epoch: number, entry: ProducerEntry): boolean {
  return (
    epoch === entry.epoch &&
    (entry.currentTxnFirstOffset === NO_OFFSET || epoch === MAX_PRODUCER_EPOCH)
  );
}

function staleEpoch(buffer: Buffer, at: number, entry: ProducerEntry): LogFailure {
  return failure(
    errors.INVALID_PRODUCER_EPOCH,
    `producer ${batchProducerId(buffer, at)} has epoch ${batchProducerEpoch(buffer, at)}, ` +
      `but ${entry.epoch} was seen`,
  );
}
