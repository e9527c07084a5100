import { errors, type KafkaError } from '@tidelog/protocol';
import type { RequestId } from '../host/machine.ts';
import { type CommandOf, PRODUCER_ID_NEEDED } from './commands.ts';
import { type EndAnswer, endAnswers, endAnswersBefore890 } from './end-table.ts';
import { phaseOf } from './states.ts';
import {
  completed,
  ending,
  EPOCH_BUMP_VERSION,
  fenced,
  isEpochExhausted,
  LAST_CLIENT_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_TIMEOUT_MS,
  type ProducerIdentity,
  type Transaction,
} from './transaction.ts';
import type { Turn } from './turn.ts';

type EndTransaction = CommandOf<'EndTransaction'>;

const NOBODY: ProducerIdentity = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH };

/** EndTxn: the end is decided with one record, and with that the producer is answered. */
export function endTransaction(turn: Turn, to: RequestId, command: EndTransaction): void {
  const { transactionalId, clientVersion, committed } = command;
  const refuse = (error: KafkaError) => turn.reply(to, { error, ...NOBODY });
  const transaction = turn.table.transactions.get(transactionalId);
  if (transaction === undefined) return refuse(errors.INVALID_PRODUCER_ID_MAPPING);
  const bumps = clientVersion >= EPOCH_BUMP_VERSION;
  const answer = bumps ? answerOf(transaction, command) : answerBefore890(transaction, command);
  if (typeof answer !== 'string') return refuse(answer);
  if (answer === 'done') {
    // The answer to the first try was lost.
    const { producerId, producerEpoch } = bumps ? transaction : NOBODY;
    return turn.reply(to, { error: errors.NONE, producerId, producerEpoch });
  }
  const nextProducerId = bumps
    ? nextProducerIdFor(transaction, command.newProducerId)
    : NO_PRODUCER_ID;
  if (nextProducerId === null) return turn.reply(to, PRODUCER_ID_NEEDED);
  const { nowMs } = turn;
  const ended = ending(transaction, { committed, clientVersion, nextProducerId, nowMs });
  if (!turn.fits(transactionalId, ended)) return refuse(errors.UNKNOWN_SERVER_ERROR);
  turn.emit(transactionalId, ended);
  const { producerId, producerEpoch } = bumps ? completed(ended, nowMs) : NOBODY;
  turn.reply(to, { error: errors.NONE, producerId, producerEpoch });
}

/** Of a client that bumps its epoch with each end: the epoch alone tells a retry from the next end. */
function answerOf(transaction: Transaction, command: EndTransaction): EndAnswer {
  const phase = phaseOf(transaction);
  // First of all: the producer may already use the id that it gets with the end of this transaction.
  if (phase === 'ending') return errors.CONCURRENT_TRANSACTIONS;
  const { producerId, producerEpoch, previousProducerId, state } = transaction;
  const afterRotation =
    command.producerId === previousProducerId &&
    command.producerEpoch === LAST_CLIENT_EPOCH &&
    producerEpoch === 0;
  if (command.producerId !== producerId && !afterRotation) {
    return errors.INVALID_PRODUCER_ID_MAPPING;
  }
  const isCurrent = command.producerEpoch === producerEpoch;
  const isRetry = afterRotation || command.producerEpoch + 1 === producerEpoch;
  if (!isCurrent && !isRetry) return errors.PRODUCER_FENCED;
  const { committed } = command;
  return endAnswers[state][isRetry ? 'retried' : 'current'][committed ? 'commit' : 'abort'];
}

function answerBefore890(transaction: Transaction, command: EndTransaction): EndAnswer {
  if (command.producerId !== transaction.producerId) return errors.INVALID_PRODUCER_ID_MAPPING;
  if (command.producerEpoch !== transaction.producerEpoch) return errors.PRODUCER_FENCED;
  return endAnswersBefore890[transaction.state][command.committed ? 'commit' : 'abort'];
}

/** Null: a new one is needed, and there is none. */
function nextProducerIdFor(transaction: Transaction, newProducerId: number | null): number | null {
  return isEpochExhausted(transaction) ? newProducerId : NO_PRODUCER_ID;
}

/**
 * Aborts an open transaction for a new producer, or because it is overdue, and fences the producer that
 * it belonged to. False: this needs a new producer id, and nothing was done.
 */
export function abortForCoordinator(
  turn: Turn,
  transactionalId: string,
  newProducerId: number | null,
): boolean {
  const transaction = turn.table.transactions.get(transactionalId)!;
  const { nowMs, transactionVersion } = turn;
  if (transactionVersion < EPOCH_BUMP_VERSION) {
    const how = { committed: false, clientVersion: 0, nextProducerId: NO_PRODUCER_ID, nowMs };
    turn.emit(transactionalId, ending(fenced(transaction), how));
    return true;
  }
  const nextProducerId = nextProducerIdFor(transaction, newProducerId);
  if (nextProducerId === null) return false;
  const how = { committed: false, clientVersion: transactionVersion, nextProducerId, nowMs };
  turn.emit(transactionalId, ending(transaction, how));
  return true;
}

/** A transaction that may be overdue: it is aborted, or looked at again. */
export function abortOverdue(
  turn: Turn,
  transactionalId: string,
  newProducerId: number | null = null,
): void {
  const transaction = turn.table.transactions.get(transactionalId);
  if (transaction === undefined || phaseOf(transaction) !== 'open') return;
  if (isOverdue(turn, transaction)) {
    if (abortForCoordinator(turn, transactionalId, newProducerId)) return;
    turn.table.errands.add({ kind: 'find producer id', transactionalId });
  }
  turn.watch(transactionalId, transaction);
}

function isOverdue(turn: Turn, { timeoutMs, startTimestampMs }: Transaction): boolean {
  return timeoutMs !== NO_TIMEOUT_MS && startTimestampMs + timeoutMs < turn.nowMs;
}
