import { failure, type LogFailure } from '../results.ts';
import { checkTransaction } from './check-batch.ts';
import { NO_OFFSET } from './producer-entry.ts';
import type { ProducerState } from './producer-state.ts';
import type { VerificationGuard, VerifiedProducer } from './verification.ts';
import { errors } from '@tidelog/protocol';

/** What a transaction may take beyond `transaction.max.timeout.ms` before it counts as late. */
const LATE_BUFFER_MS = 300_000;

/** How verified a transactional batch is that begins a transaction on a log; undefined: not at all. */
export type Verified = VerificationGuard | 'waived' | undefined;

/** What a broker asks a log about its transactions before it appends to them. */
export class LogTransactions {
  private readonly producers: ProducerState;

  constructor(producers: ProducerState) {
    this.producers = producers;
  }

  /**
   * Begins to verify the producer's next batch: its append has to bring the guard that this gives,
   * once the coordinator has confirmed the transaction. Null: a transaction of the producer is
   * ongoing here, so that nothing needs to be confirmed. INVALID_PRODUCER_EPOCH: it is fenced.
   */
  startVerification(
    producer: VerifiedProducer,
    now: number,
  ): VerificationGuard | LogFailure | null {
    const { producerId, epoch } = producer;
    const entry = this.producers.get(producerId);
    if (entry !== undefined && epoch < entry.epoch) {
      const message = `producer ${producerId} has epoch ${epoch}, but ${entry.epoch} was seen`;
      return failure(errors.INVALID_PRODUCER_EPOCH, message);
    }
    if (entry?.hasTransaction(epoch) === true) return null;
    return this.producers.verifications.start(producer, now);
  }

  /** Why a coordinator's transactional batch would be refused; null when it would not be. */
  check(producerId: number, epoch: number, verified: Verified): LogFailure | null {
    const entry = this.producers.get(producerId);
    const guard = this.producers.verifications.get(producerId);
    return checkTransaction({ producerId, epoch, entry, guard, verified });
  }

  /** How many producers the log remembers, in transactions or not. */
  get producerCount(): number {
    return this.producers.size;
  }

  /**
   * Whether a transaction that its coordinator should have ended long ago still holds the last stable
   * offset: it hangs, and only an operator can end it (`kafka-transactions.sh find-hanging`).
   */
  hasLate(now: number, maxTransactionTimeoutMs: number): boolean {
    const lastTimestamp = this.producers.oldestOngoing?.lastTimestamp ?? NO_OFFSET;
    return lastTimestamp > 0 && now - lastTimestamp > maxTransactionTimeoutMs + LATE_BUFFER_MS;
  }
}
