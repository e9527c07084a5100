import { errors, type KafkaError } from '@tidelog/protocol';
import type { RequestId } from '../host/machine.ts';
import { type CommandOf, PRODUCER_ID_NEEDED } from './commands.ts';
import { abortForCoordinator } from './end-transaction.ts';
import { phaseOf } from './states.ts';
import {
  initialized,
  isEpochExhausted,
  newTransaction,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type ProducerIdentity,
  type Transaction,
} from './transaction.ts';
import type { Turn } from './turn.ts';

type InitProducerId = CommandOf<'InitProducerId'>;
type NewProducer = ProducerIdentity & { readonly lastProducerEpoch: number };

/**
 * A producer takes over its transactional id: it gets the next epoch, which fences whoever had the one
 * before. A transaction that is still open is aborted first, and the producer asks again.
 */
export function initProducerId(turn: Turn, to: RequestId, command: InitProducerId): void {
  const { transactionalId, newProducerId, expected } = command;
  const refuse = (error: KafkaError) =>
    turn.reply(to, { error, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH });
  const known = turn.table.transactions.get(transactionalId);
  if (known === undefined && newProducerId === null) return turn.reply(to, PRODUCER_ID_NEEDED);
  const transaction = known ?? newTransaction(newProducerId!);

  const phase = phaseOf(transaction);
  if (phase === 'unusable') return refuse(errors.UNKNOWN_SERVER_ERROR);
  if (phase === 'ending') return refuse(errors.CONCURRENT_TRANSACTIONS);
  if (expected !== null && !isOwn(transaction, expected)) return refuse(errors.PRODUCER_FENCED);
  if (phase === 'open') {
    if (!abortForCoordinator(turn, transactionalId, newProducerId)) {
      return turn.reply(to, PRODUCER_ID_NEEDED);
    }
    return refuse(errors.CONCURRENT_TRANSACTIONS);
  }
  const producer = nextProducer(transaction, expected, newProducerId);
  if (producer === PRODUCER_ID_NEEDED) return turn.reply(to, producer);
  if (producer === null) return refuse(errors.PRODUCER_FENCED);
  const { timeoutMs } = command;
  turn.emit(transactionalId, initialized(transaction, producer, { timeoutMs, nowMs: turn.nowMs }));
  const { producerId, producerEpoch } = producer;
  turn.reply(to, { error: errors.NONE, producerId, producerEpoch });
}

/**
 * Whether a producer that wants to go on (KIP-360) may be the one that is known: it has the id; or it
 * has the id before, with its last epoch, and did not hear of the new one; or nothing is known any more.
 */
function isOwn(transaction: Transaction, expected: ProducerIdentity): boolean {
  const { producerId, previousProducerId, producerEpoch } = transaction;
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerId === producerId) return true;
  return expected.producerId === previousProducerId && isEpochExhausted(expected);
}

/** Null: another producer took over. */
function nextProducer(
  transaction: Transaction,
  expected: ProducerIdentity | null,
  newProducerId: number | null,
): NewProducer | typeof PRODUCER_ID_NEEDED | null {
  const { producerId, producerEpoch, lastProducerEpoch } = transaction;
  const isNew = producerEpoch === NO_PRODUCER_EPOCH;
  if (expected === null || isNew || expected.producerEpoch === producerEpoch) {
    const last = expected === null ? NO_PRODUCER_EPOCH : producerEpoch;
    if (!isEpochExhausted(transaction)) {
      return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: last };
    }
    if (newProducerId === null) return PRODUCER_ID_NEEDED;
    return { producerId: newProducerId, producerEpoch: 0, lastProducerEpoch: last };
  }
  // A retry, whose answer was lost: nobody has taken over since, or the last epoch would be forgotten.
  if (expected.producerEpoch === lastProducerEpoch) {
    return { producerId, producerEpoch, lastProducerEpoch };
  }
  return null;
}
