import { shareKeyOf, type SharePartition } from './acknowledgements.ts';

/**
 * Where a share session with a broker stands (KIP-932):
 *
 * - `new`: the next request begins one.
 * - `open`: the broker knows the session, and which partitions belong to it.
 * - `ended`: the last request was sent.
 */
export type SessionPhase = 'new' | 'open' | 'ended';

/** `lost`: the broker does not know the session, or nobody knows what it has heard. */
export type SessionEvent = 'answered' | 'lost' | 'ended';

export const sessionTransitions: Readonly<
  Record<SessionPhase, Readonly<Record<SessionEvent, SessionPhase>>>
> = {
  new: { answered: 'open', lost: 'new', ended: 'ended' },
  open: { answered: 'open', lost: 'new', ended: 'ended' },
  ended: { answered: 'ended', lost: 'ended', ended: 'ended' },
};

export const FINAL_EPOCH = -1;
const FIRST_EPOCH = 0;
const MAX_EPOCH = 0x7fffffff;

/** What a request has to say of the session. */
export interface SessionPlan {
  readonly epoch: number;
  readonly added: readonly SharePartition[];
  readonly forgotten: readonly SharePartition[];
}

/** A share session with one broker: which partitions it has, and which epoch the next request carries. */
export class ShareSession {
  #phase: SessionPhase = 'new';
  #epoch = FIRST_EPOCH;
  #generation = 0;
  readonly #partitions = new Map<string, SharePartition>();

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Grows when a session is lost: the broker has given back what was acquired in it. */
  get generation(): number {
    return this.#generation;
  }

  /** The broker has other partitions than these in the session. */
  differsFrom(wanted: readonly SharePartition[]): boolean {
    return (
      wanted.length !== this.#partitions.size ||
      wanted.some((partition) => !this.#partitions.has(shareKeyOf(partition)))
    );
  }

  /** The next request, after which the broker has these partitions; to be sent now. */
  plan(wanted: readonly SharePartition[]): SessionPlan {
    const kept = new Set(wanted.map(shareKeyOf));
    const added = wanted.filter((partition) => !this.#partitions.has(shareKeyOf(partition)));
    const forgotten = [...this.#partitions.values()].filter(
      (partition) => !kept.has(shareKeyOf(partition)),
    );
    for (const partition of forgotten) this.#partitions.delete(shareKeyOf(partition));
    for (const partition of added) this.#partitions.set(shareKeyOf(partition), partition);
    return { epoch: this.#epoch, added, forgotten };
  }

  /** The epoch of a request that says nothing of partitions. */
  get epoch(): number {
    return this.#phase === 'ended' ? FINAL_EPOCH : this.#epoch;
  }

  answered(): void {
    this.#phase = sessionTransitions[this.#phase].answered;
    this.#epoch = this.#epoch === MAX_EPOCH ? FIRST_EPOCH + 1 : this.#epoch + 1;
  }

  lost(): void {
    this.#phase = sessionTransitions[this.#phase].lost;
    this.#epoch = FIRST_EPOCH;
    this.#generation++;
    this.#partitions.clear();
  }

  ended(): void {
    this.#phase = sessionTransitions[this.#phase].ended;
    this.#partitions.clear();
  }
}
