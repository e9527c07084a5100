import { type Alarm, Alarms } from '../host/alarms.ts';
import { Errands } from './errands.ts';
import type { TransactionEvent } from './events.ts';
import type { Transaction } from './transaction.ts';

export type TransactionAlarm = Alarm &
  ({ readonly kind: 'timeout'; readonly transactionalId: string } | { readonly kind: 'expiry' });

/** Everything that a machine remembers. */
export class TransactionTable {
  readonly transactions = new Map<string, Transaction>();
  readonly alarms: Alarms<TransactionAlarm> = new Alarms();
  readonly errands: Errands = new Errands();
  readonly #timeouts = new Map<string, TransactionAlarm>();

  apply({ transactionalId, value }: TransactionEvent): void {
    if (value !== null) {
      this.transactions.set(transactionalId, value);
      return;
    }
    this.transactions.delete(transactionalId);
    const timeout = this.#timeouts.get(transactionalId);
    if (timeout !== undefined) this.alarms.cancel(timeout);
    this.#timeouts.delete(transactionalId);
  }

  /** Looks after a transaction at a time. The alarm of an earlier one of the same id is used again. */
  watch(transactionalId: string, deadlineMs: number): void {
    let timeout = this.#timeouts.get(transactionalId);
    if (timeout === undefined) {
      timeout = { kind: 'timeout', transactionalId, deadlineMs: Infinity, queuedMs: Infinity };
      this.#timeouts.set(transactionalId, timeout);
    }
    this.alarms.set(timeout, deadlineMs);
  }
}
