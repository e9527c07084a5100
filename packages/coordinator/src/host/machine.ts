/** Names a request that a machine answers, perhaps much later (a join waits for its rebalance). */
export type RequestId = number;

/** When and where a machine decides. Deadlines are monotonic, stamps on records are not. */
export interface Moment {
  /** Wall-clock milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Milliseconds from an arbitrary start, never going back. */
  readonly monotonicMs: number;
  /** The offset that the first event of the decision will get. */
  readonly nextOffset: number;
  /** The producer whose open transaction the events of the decision belong to; absent: none. */
  readonly producerId?: number;
}

/** Where an event stands in the log. */
export interface EventPosition {
  readonly offset: number;
  /** The producer whose open transaction the event belongs to; -1 when none. */
  readonly producerId: number;
}

/** What a machine makes of a command. */
export interface Decision<Event, Reply> {
  /** To be appended, in this order. The machine has applied them already. */
  readonly events: readonly Event[];
  /**
   * Answers to this request and to others that waited. With events they are held until the high
   * watermark has passed them; without, they go at once (but see `settled`).
   */
  readonly replies: readonly { readonly to: RequestId; readonly reply: Reply }[];
  /** The replies show state that may not be replicated yet: they wait for all that was appended. */
  readonly settled: boolean;
  /** The events need not stand in one batch (expiry, deleted topics). */
  readonly divisible: boolean;
}

/**
 * A replicated machine without I/O, over one partition of an internal topic.
 *
 * What must survive is told by events: loading the log is applying them. `decide` applies each event
 * as it makes it, so that the next step of the same decision builds on it, and returns them all for
 * the log. What lives in memory only (sessions, members that wait) it changes as it likes. When an
 * append fails the host throws the machine away, memory and all, and loads a new one.
 */
export interface Machine<Command, Event, Reply> {
  decide(request: RequestId, command: Command, now: Moment): Decision<Event, Reply>;
  apply(event: Event, position: EventPosition): void;
  /** A transaction of this producer ended: its events count, or are dropped. */
  endTransaction(producerId: number, committed: boolean): void;
  /** The whole log was applied: sessions start to run. */
  loaded(now: Moment): Decision<Event, Reply>;
  /** Called when `nextDeadline` has come. */
  wake(now: Moment): Decision<Event, Reply>;
  /** In monotonic milliseconds; Infinity when there is none. Waking early does no harm. */
  nextDeadline(): number;
}

/** How events stand in records. */
export interface EventCodec<Event> {
  encode(event: Event): { readonly key: Buffer; readonly value: Buffer | null };
  /** Null: a record of a kind that the machine does not keep. Throws on bytes that are malformed. */
  decode(key: Buffer | null, value: Buffer | null): Event | null;
}
