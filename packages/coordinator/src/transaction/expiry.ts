import { phaseOf } from './states.ts';
import type { Turn } from './turn.ts';

/** Forgets ids whose last transaction, or initialization, is `transactional.id.expiration.ms` ago. */
export function expireIds(turn: Turn): void {
  turn.divisible = true;
  const oldestMs = turn.nowMs - turn.config.idExpirationMs;
  for (const [transactionalId, transaction] of turn.table.transactions) {
    if (phaseOf(transaction) !== 'closed') continue;
    if (transaction.lastUpdateTimestampMs <= oldestMs) turn.emit(transactionalId, null);
  }
}
