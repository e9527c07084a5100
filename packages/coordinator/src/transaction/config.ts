/** Configuration of the transaction coordinator, under Kafka's names, with Kafka's defaults. */
export interface TransactionCoordinatorConfig {
  /** `transaction.max.timeout.ms` */
  readonly maxTimeoutMs: number;
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms` */
  readonly abortTimedOutIntervalMs: number;
  /** `transactional.id.expiration.ms` */
  readonly idExpirationMs: number;
  /** `transaction.remove.expired.transaction.cleanup.interval.ms` */
  readonly removeExpiredIntervalMs: number;
  /** `transaction.two.phase.commit.enable` */
  readonly twoPhaseCommit: boolean;
  /** `request.timeout.ms`: how long a reply waits for the high watermark. */
  readonly commitTimeoutMs: number;
}

export const transactionCoordinatorDefaults: TransactionCoordinatorConfig = {
  maxTimeoutMs: 900_000,
  abortTimedOutIntervalMs: 10_000,
  idExpirationMs: 7 * 24 * 3_600_000,
  removeExpiredIntervalMs: 3_600_000,
  twoPhaseCommit: false,
  commitTimeoutMs: 30_000,
};
