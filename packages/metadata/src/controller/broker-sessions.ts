interface Session {
  readonly epoch: number;
  readonly contactMs: number;
}

/** What the controller knows of one broker beyond the log: gone when another node takes over. */
interface BrokerProgress {
  fenced: boolean;
  /** The metadata offset that the broker has applied, as its last heartbeat told. */
  metadataOffset: number;
  /** Offset of the records that moved its leaderships away; -1 unless it is shutting down. */
  shutdownOffset: number;
}

/**
 * Liveness of brokers by their heartbeats. Times are of the controller's monotonic clock. The broker
 * in the controller's own process never expires: it is as alive as whoever asks, and a stall that
 * holds its heartbeats up holds the controller up too.
 */
export class BrokerSessions {
  readonly #timeoutMs: number;
  readonly #ownId: number;
  readonly #sessions = new Map<number, Session>();
  readonly #progress = new Map<number, BrokerProgress>();

  constructor(timeoutMs: number, ownId: number) {
    this.#timeoutMs = timeoutMs;
    this.#ownId = ownId;
  }

  /** Notes a registration, or a change of it. */
  register(id: number, fenced: boolean): void {
    const known = this.#progress.get(id);
    this.touch(id, fenced, known?.fenced === !fenced ? known.metadataOffset : -1);
  }

  touch(id: number, fenced: boolean, metadataOffset: number): void {
    const known = this.#progress.get(id);
    // A fenced broker has left controlled shutdown: its next heartbeat ends it at once.
    const shutdownOffset = fenced ? -1 : (known?.shutdownOffset ?? -1);
    this.#progress.set(id, { fenced, metadataOffset, shutdownOffset });
  }

  remove(id: number): void {
    this.#progress.delete(id);
    this.#sessions.delete(id);
  }

  contact(id: number, epoch: number, now: number): void {
    this.#sessions.set(id, { epoch, contactMs: now });
  }

  isAlive(id: number, epoch: number, now: number): boolean {
    const session = this.#sessions.get(id);
    return session?.epoch === epoch && now - session.contactMs <= this.#timeoutMs;
  }

  /** Forgets, and returns, one broker whose session has ended. */
  takeExpired(now: number): { id: number; epoch: number } | undefined {
    for (const [id, { epoch, contactMs }] of this.#sessions) {
      if (id === this.#ownId || now - contactMs <= this.#timeoutMs) continue;
      this.#sessions.delete(id);
      return { id, epoch };
    }
    return undefined;
  }

  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [id, { contactMs }] of this.#sessions) {
      if (id !== this.#ownId) next = Math.min(next, contactMs + this.#timeoutMs + 1);
    }
    return next;
  }

  isShuttingDown(id: number): boolean {
    return this.shutdownOffset(id) >= 0;
  }

  shutdownOffset(id: number): number {
    return this.#progress.get(id)?.shutdownOffset ?? -1;
  }

  /** The first offset stays: it is what the other brokers must have seen. */
  startShutdown(id: number, offset: number): void {
    const progress = this.#progress.get(id);
    if (progress !== undefined && progress.shutdownOffset < 0) progress.shutdownOffset = offset;
  }

  /** What every broker that serves clients has applied; Infinity when none serves. */
  lowestActiveOffset(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { fenced, shutdownOffset, metadataOffset } of this.#progress.values()) {
      if (!fenced && shutdownOffset < 0) lowest = Math.min(lowest, metadataOffset);
    }
    return lowest;
  }
}
