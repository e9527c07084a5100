/**
 * A producer's first batch of a transaction on this log is being verified: its coordinator is asked
 * whether the partition belongs to the transaction (KIP-890). The object itself is the proof that the
 * answer is for this attempt: a marker or expiry in between makes it worthless, and a later attempt
 * has another one.
 */
export class VerificationGuard {
  readonly startedMs: number;
  /** The client speaks transaction version 2: each of its transactions has an epoch of its own. */
  readonly supportsEpochBump: boolean;
  epoch: number;
  /** Batches of later sequences wait until this one is in the log. */
  lowestSequence: number;

  constructor(producer: VerifiedProducer, startedMs: number) {
    this.startedMs = startedMs;
    this.supportsEpochBump = producer.supportsEpochBump;
    this.epoch = producer.epoch;
    this.lowestSequence = producer.sequence;
  }

  /** Another batch of the producer waits for the same answer. */
  note(sequence: number, epoch: number): void {
    const isLower = epoch === this.epoch && sequence < this.lowestSequence;
    if (epoch <= this.epoch && !isLower) return;
    this.epoch = epoch;
    this.lowestSequence = sequence;
  }
}

export interface VerifiedProducer {
  readonly producerId: number;
  readonly epoch: number;
  /** Of the first record; -1 where records have none, as a coordinator's. */
  readonly sequence: number;
  readonly supportsEpochBump: boolean;
}

/** The verifications under way on one log, by producer id. They live in memory only. */
export class Verifications {
  private readonly guards = new Map<number, VerificationGuard>();

  get(producerId: number): VerificationGuard | undefined {
    return this.guards.get(producerId);
  }

  start(producer: VerifiedProducer, now: number): VerificationGuard {
    const present = this.guards.get(producer.producerId);
    if (present !== undefined) {
      present.note(producer.sequence, producer.epoch);
      return present;
    }
    const guard = new VerificationGuard(producer, now);
    this.guards.set(producer.producerId, guard);
    return guard;
  }

  /**
   * A transactional batch or marker is in the log. From then on the log itself knows of the
   * transaction, or that it has ended. Only a marker that carries the epoch of the batch which is
   * being verified ended the transaction before that one (transaction version 2).
   */
  settle(producerId: number, epoch: number, isMarker: boolean): void {
    const guard = this.guards.get(producerId);
    if (guard === undefined) return;
    if (isMarker && guard.supportsEpochBump && guard.epoch === epoch) return;
    this.guards.delete(producerId);
  }

  /** Forgets those that have been under way for so long (`producer.id.expiration.ms`). */
  expire(now: number, expirationMs: number): void {
    for (const [producerId, { startedMs }] of this.guards) {
      if (now - startedMs >= expirationMs) this.guards.delete(producerId);
    }
  }

  clear(): void {
    this.guards.clear();
  }
}
