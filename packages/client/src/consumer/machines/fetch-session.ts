import { errors, ZERO_UUID } from '@tidelog/protocol';

/** Where to fetch from one partition. */
export interface FetchTarget {
  readonly topic: string;
  /** `ZERO_UUID` where the broker goes by names. */
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  /** Leader epoch of the message before; -1 where it is not known. */
  readonly lastFetchedEpoch: number;
  readonly currentLeaderEpoch: number;
}

/** What a request of a session says: everything in epoch 0, afterwards what has changed. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly targets: readonly FetchTarget[];
  readonly forgotten: readonly FetchTarget[];
}

const FULL = 0;
const CLOSING = -1;
const MAX_EPOCH = 0x7fffffff;

/**
 * A fetch session with one broker, from the client's side (KIP-227): the broker remembers what is fetched,
 * and is told only of what has changed. Its answers leave out partitions of which there is nothing new.
 */
export class FetchSession {
  #id = 0;
  #epoch = FULL;
  #known = new Map<string, FetchTarget>();

  /** To be sent next, where these are all the partitions to be fetched. */
  next(targets: readonly FetchTarget[]): SessionRequest {
    const before = this.#known;
    this.#known = new Map(targets.map((target) => [idOf(target), target]));
    const place = { sessionId: this.#id, sessionEpoch: this.#epoch };
    if (this.#epoch === FULL) return { ...place, targets, forgotten: [] };
    const changed = targets.filter((target) => !isSame(before.get(idOf(target)), target));
    const forgotten: FetchTarget[] = [];
    for (const [id, target] of before) if (!this.#known.has(id)) forgotten.push(target);
    return { ...place, targets: changed, forgotten };
  }

  answered({ errorCode, sessionId }: { errorCode: number; sessionId: number }): void {
    if (errorCode !== errors.NONE.code) {
      if (errorCode === errors.FETCH_SESSION_ID_NOT_FOUND.code) this.#id = 0;
      this.failed();
    } else if (sessionId === 0) {
      this.#id = 0; // the broker has no room for a session
      this.#epoch = FULL;
    } else {
      this.#epoch = sessionId !== this.#id || this.#epoch === MAX_EPOCH ? 1 : this.#epoch + 1;
      this.#id = sessionId;
    }
  }

  /** No answer, or none to go on with: the next request says everything, and replaces the session. */
  failed(): void {
    this.#epoch = FULL;
  }

  /** The request that ends the session; null where there is none. */
  close(): SessionRequest | null {
    const sessionId = this.#id;
    this.#id = 0;
    this.#epoch = FULL;
    if (sessionId === 0) return null;
    return { sessionId, sessionEpoch: CLOSING, targets: [], forgotten: [] };
  }
}

/** A topic that was created anew is another one. */
function idOf({ topic, topicId, partition }: FetchTarget): string {
  return `${topicId === ZERO_UUID ? topic : topicId}-${partition}`;
}

function isSame(a: FetchTarget | undefined, b: FetchTarget): boolean {
  return (
    a !== undefined &&
    a.fetchOffset === b.fetchOffset &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.currentLeaderEpoch === b.currentLeaderEpoch
  );
}
