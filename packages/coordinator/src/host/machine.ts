/** Names a request that a machine answers, perhaps much later (a join waits for its rebalance). */
export type RequestId = number;

/** The time, as a machine is told it. Deadlines are monotonic, stamps on records are not. */
export interface Instant {
  /** Wall-clock milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Milliseconds from an arbitrary start, never going back. */
  readonly monotonicMs: number;
}

/** Where an event stands in the log. */
export interface EventPosition {
  readonly offset: number;
  /** The producer whose open transaction the event belongs to; -1 when none. */
  readonly producerId: number;
}

/** What a machine makes of a command. */
export interface Decision<Event, Reply> {
  /** To be appended, in this order, and applied. */
  readonly events: readonly Event[];
  /**
   * Answers to this request and to others that waited. With events they are held until the high
   * watermark has passed them; without, they go at once (but see `settled`).
   */
  readonly replies: readonly { readonly to: RequestId; readonly reply: Reply }[];
  /** The replies show state that may not be replicated yet: they wait for all that was appended. */
  readonly settled?: boolean;
  /** The events need not stand in one batch (expiry, deleted topics). */
  readonly divisible?: boolean;
}

/**
 * A replicated machine without I/O, over one partition of an internal topic.
 *
 * `decide` may change what lives in memory only (sessions, members that wait); whatever must survive
 * is changed by `apply` alone, so that loading the log is applying it. When an append fails the host
 * throws the machine away, memory and all, and loads a new one.
 */
export interface Machine<Command, Event, Reply> {
  decide(request: RequestId, command: Command, now: Instant): Decision<Event, Reply>;
  /** Replays one event; while loading, `now` is not known to be the time when it was decided. */
  apply(event: Event, position: EventPosition): void;
  /** A transaction of this producer ended: its events count, or are dropped. */
  endTransaction(producerId: number, committed: boolean): void;
  /** The whole log was applied: sessions start to run. */
  loaded(now: Instant): void;
  /** Called when `nextDeadline` has come. */
  wake(now: Instant): Decision<Event, Reply>;
  /** In monotonic milliseconds; Infinity when there is none. Waking early does no harm. */
  nextDeadline(): number;
}

/** How events stand in records. */
export interface EventCodec<Event> {
  encode(event: Event): { readonly key: Buffer; readonly value: Buffer | null };
  /** Null: a record of a kind that this machine does not keep. Throws on bytes that are malformed. */
  decode(key: Buffer | null, value: Buffer | null): Event | null;
}
