import type { RequestId } from '../host/machine.ts';
import type { CommandOf } from './commands.ts';
import { phaseOf } from './states.ts';
import type { TransactionPartitions } from './transaction.ts';
import type { Turn } from './turn.ts';

/**
 * Markers are in their partitions: when none is missing the transaction is complete. What is missing is
 * kept in memory only, since a marker that is written twice does no harm.
 */
export function markersWritten(
  turn: Turn,
  to: RequestId,
  command: CommandOf<'MarkersWritten'>,
): void {
  turn.reply(to, null);
  const { transactionalId, producerId, producerEpoch, topics } = command;
  const transaction = turn.table.transactions.get(transactionalId);
  if (transaction === undefined || phaseOf(transaction) !== 'ending') return;
  if (transaction.producerId !== producerId || transaction.producerEpoch !== producerEpoch) return;
  const rest = { ...transaction, partitions: without(transaction.partitions, topics) };
  turn.table.transactions.set(transactionalId, rest);
  if (rest.partitions.size === 0) turn.complete(transactionalId, rest);
}

function without(
  present: TransactionPartitions,
  topics: CommandOf<'MarkersWritten'>['topics'],
): TransactionPartitions {
  const rest = new Map(present);
  for (const { name, partitions } of topics) {
    const ids = new Set(rest.get(name));
    for (const partition of partitions) ids.delete(partition);
    if (ids.size > 0) rest.set(name, ids);
    else rest.delete(name);
  }
  return rest;
}
