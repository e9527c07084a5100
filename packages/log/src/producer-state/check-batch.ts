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
import type { Verified } from './log-transactions.ts';
import { NO_OFFSET, nextSequence, type ProducerEntry } from './producer-entry.ts';
import type { VerificationGuard } from './verification.ts';

const MAX_PRODUCER_EPOCH = 0x7fff;

/** Who writes: a coordinator's records have no sequences, but epochs. */
export type AppendOrigin = 'client' | 'coordinator';

/** By what an append is judged. */
export interface AppendRules {
  readonly origin: AppendOrigin;
  readonly transactionVersion: number;
  readonly verified: Verified;
}

/** What a log knows of the producer of a batch. */
interface KnownProducer {
  /** Undefined: never seen. */
  readonly entry: ProducerEntry | undefined;
  /** Undefined: no batch of it is being verified. */
  readonly guard: VerificationGuard | undefined;
}

/**
 * Whether a leader may append the batch at `at` of that producer. Null when it may. What followers
 * copy was checked by their leader.
 */
export function checkProducerBatch(
  buffer: Buffer,
  at: number,
  { entry, guard }: KnownProducer,
  rules: AppendRules,
): LogFailure | null {
  if (batchIsControl(buffer, at)) return checkMarker(buffer, at, entry, rules.transactionVersion);
  const transactional = batchIsTransactional(buffer, at);
  const epoch = batchProducerEpoch(buffer, at);
  if (transactional) {
    const producerId = batchProducerId(buffer, at);
    const refused = checkTransaction({
      producerId,
      epoch,
      entry,
      guard,
      verified: rules.verified,
    });
    if (refused !== null) return refused;
  }
  if (entry !== undefined && epoch < entry.epoch) return staleEpoch(buffer, at, entry);
  const wrongSequence =
    rules.origin === 'client' ? checkSequence(buffer, at, { entry, guard }) : null;
  if (wrongSequence !== null) return wrongSequence;
  if (entry !== undefined && entry.currentTxnFirstOffset !== NO_OFFSET && !transactional) {
    return failure(
      errors.INVALID_TXN_STATE,
      `producer ${entry.producerId} has an ongoing transaction, but the batch is not part of it`,
    );
  }
  return null;
}

/**
 * Whether a transactional batch belongs to a transaction: to one that is ongoing on this log, or to
 * one that its coordinator has confirmed under the guard which still stands (KIP-890).
 */
export function checkTransaction(
  batch: KnownProducer & {
    readonly producerId: number;
    readonly epoch: number;
    readonly verified: Verified;
  },
): LogFailure | null {
  const { producerId, epoch, entry, guard, verified } = batch;
  if (entry?.hasTransaction(epoch) === true) return null;
  if (entry !== undefined && epoch < entry.epoch) {
    const message = `producer ${producerId} has epoch ${epoch}, but ${entry.epoch} was seen`;
    return failure(errors.INVALID_PRODUCER_EPOCH, message);
  }
  if (verified === 'waived' || (verified !== undefined && verified === guard)) return null;
  return failure(
    errors.INVALID_TXN_STATE,
    `the batch of producer ${producerId} belongs to no ongoing transaction`,
  );
}

function checkSequence(
  buffer: Buffer,
  at: number,
  { entry, guard }: KnownProducer,
): LogFailure | null {
  const first = batchBaseSequence(buffer, at);
  const epoch = batchProducerEpoch(buffer, at);
  if (guard !== undefined) {
    // From transaction version 2 on a transaction begins at sequence 0, so nothing may be missing.
    const mustBegin =
      guard.supportsEpochBump && (entry === undefined || entry.batches.length === 0);
    if (mustBegin && first !== 0) return outOfOrder(buffer, at, 0);
    // A batch before this one is still to come: it would never fit any more.
    if (first > guard.lowestSequence) return outOfOrder(buffer, at, guard.lowestSequence);
  }
  // Nothing is known of the producer's epochs: its records are gone by retention, so any may follow.
  if (entry === undefined || entry.epoch === NO_PRODUCER_EPOCH) return null;
  const expected = epoch === entry.epoch ? nextSequence(entry.lastSequence) : 0;
  return first === expected ? null : outOfOrder(buffer, at, expected);
}

function outOfOrder(buffer: Buffer, at: number, expected: number): LogFailure {
  return failure(
    errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${batchProducerId(buffer, at)} (epoch ${batchProducerEpoch(buffer, at)}) sent ` +
      `sequence ${batchBaseSequence(buffer, at)}, expected ${expected}`,
  );
}

function checkMarker(
  buffer: Buffer,
  at: number,
  entry: ProducerEntry | undefined,
  transactionVersion: number,
): LogFailure | null {
  if (entry === undefined) return null;
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
