import { errors } from '@tidelog/protocol';
import type { RequestId } from '../host/machine.ts';
import type { CommandOf, TransactionDescription, TransactionListing } from './commands.ts';
import type { Transaction } from './transaction.ts';
import type { Turn } from './turn.ts';

/** What can be said of an id that is not known here; the error is to be set. */
export function undescribed(transactionalId: string): TransactionDescription {
  return {
    errorCode: errors.TRANSACTIONAL_ID_NOT_FOUND.code,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  };
}

export function describe(turn: Turn, to: RequestId, command: CommandOf<'Describe'>): void {
  const { transactions } = turn.table;
  const described = command.transactionalIds.map((transactionalId) => {
    const transaction = transactions.get(transactionalId);
    if (transaction === undefined || transaction.state === 'Dead') {
      return undescribed(transactionalId);
    }
    return {
      errorCode: errors.NONE.code,
      transactionalId,
      transactionState: transaction.state,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: transaction.startTimestampMs,
      producerId: transaction.producerId,
      producerEpoch: transaction.producerEpoch,
      topics: [...transaction.partitions].map(([topic, ids]) => ({ topic, partitions: [...ids] })),
    };
  });
  turn.reply(to, described);
}

export function list(turn: Turn, to: RequestId, filter: CommandOf<'List'>): void {
  const listed: TransactionListing[] = [];
  for (const [transactionalId, transaction] of turn.table.transactions) {
    if (!passes(turn, transaction, filter)) continue;
    const { producerId, state } = transaction;
    listed.push({ transactionalId, producerId, transactionState: state });
  }
  turn.reply(to, listed);
}

function passes(turn: Turn, transaction: Transaction, filter: CommandOf<'List'>): boolean {
  const { states, producerIds, longerThanMs } = filter;
  const { state, producerId, startTimestampMs } = transaction;
  if (state === 'Dead') return false;
  if (producerIds.size > 0 && !producerIds.has(producerId)) return false;
  if (states.size > 0 && !states.has(state)) return false;
  return longerThanMs < 0 || turn.nowMs - startTimestampMs > longerThanMs;
}
