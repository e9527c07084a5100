/**
 * Computations for which a client waits, and which would keep the event loop from all others: made in
 * threads that stay for the next one, so that a turn costs little more than the hand-over.
 */
export interface Computing {
  /** Threads for one task, at most `maxThreads()` and as many as processors are left; none before there is work. */
  pool<Input, Output>(
    task: ComputingTask<Input, Output>,
    maxThreads: () => number,
  ): ComputingPool<Input, Output>;
}

/** Bytes that are handed over, with a note that is copied, as by `structuredClone`. */
export interface Parcel<Note> {
  /** All of its memory: whoever sends it must not touch it again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly note: Note;
}

export interface ComputingTask<Input, Output> {
  /** Stands on nothing but what it is given. The answer may have the bytes that came. */
  readonly compute: (parcel: Parcel<Input>) => Parcel<Output>;
  /** Modules that call `serveComputing(task)`, of which the first that is there runs in a thread. */
  readonly entries: readonly URL[];
}

export interface ComputingPool<Input, Output> {
  /**
   * Begun in the order of the calls, ended in any. Rejects when the computation threw, its thread has died or
   * the pool is closed; it never waits for ever.
   */
  run(parcel: Parcel<Input>): Promise<Parcel<Output>>;
  /** Gives up what is under way or waits. */
  close(): Promise<void>;
}

/** A computation that came to no result, through no fault of its own. */
export class ComputingError extends Error {
  override readonly name = 'ComputingError';
}
