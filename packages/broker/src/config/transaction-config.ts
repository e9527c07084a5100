import type { TransactionCoordinatorConfig } from '@tidelog/coordinator';
import type { BrokerConfig } from '@tidelog/metadata';

/** What the transaction coordinator obeys, from the broker's configuration. */
export function transactionConfig(config: BrokerConfig): TransactionCoordinatorConfig {
  return {
    maxTimeoutMs: config.getInt('transaction.max.timeout.ms'),
    abortTimedOutIntervalMs: config.getInt(
      'transaction.abort.timed.out.transaction.cleanup.interval.ms',
    ),
    idExpirationMs: config.getInt('transactional.id.expiration.ms'),
    removeExpiredIntervalMs: config.getInt(
      'transaction.remove.expired.transaction.cleanup.interval.ms',
    ),
    twoPhaseCommit: config.getBoolean('transaction.two.phase.commit.enable'),
    commitTimeoutMs: config.getInt('request.timeout.ms'),
  };
}
