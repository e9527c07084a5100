import type { ReplicatedLog } from './replicated-log.ts';

export interface SyncListener {
  /** Everything below is on stable storage. */
  synced(endOffset: number): void;
  failed(error: unknown): void;
}

/** Syncs a log: one sync at a time, and what is appended during one shares the next. */
export class GroupSync {
  readonly #log: ReplicatedLog;
  readonly #listener: SyncListener;
  #endOffset: number;
  #isSyncing = false;
  /** Counts truncations: a sync that one overtook says nothing of what is at those offsets now. */
  #generation = 0;

  constructor(log: ReplicatedLog, endOffset: number, listener: SyncListener) {
    this.#log = log;
    this.#endOffset = endOffset;
    this.#listener = listener;
  }

  get endOffset(): number {
    return this.#endOffset;
  }

  appended(endOffset: number): void {
    this.#endOffset = endOffset;
    if (!this.#isSyncing) this.#sync();
  }

  restartAt(endOffset: number): void {
    this.#endOffset = endOffset;
    this.#generation += 1;
  }

  #sync(): void {
    this.#isSyncing = true;
    const endOffset = this.#endOffset;
    const generation = this.#generation;
    this.#log.sync().then(
      () => {
        this.#isSyncing = false;
        const isOvertaken = generation !== this.#generation;
        if (isOvertaken || endOffset !== this.#endOffset) this.#sync();
        if (!isOvertaken) this.#listener.synced(endOffset);
      },
      (error: unknown) => this.#listener.failed(error),
    );
  }
}
