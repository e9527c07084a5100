import { errors, type KafkaError } from '@tidelog/protocol';

/** Ends a session; on ShareFetch and on ShareAcknowledge. */
export const FINAL_EPOCH = -1;
/** Begins a session. */
export const FIRST_EPOCH = 0;

/** A partition of which a member's session knows. */
export interface SessionPartition {
  readonly topicId: string;
  readonly index: number;
}

interface SessionEntry extends SessionPartition {
  /** The next answer mentions the partition even without news. */
  mustMention: boolean;
}

/** Topics with partitions, as requests name them. */
export type NamedPartitions = readonly SessionPartition[];

/** What one member fetches from this broker (KIP-932). */
export class ShareSession {
  readonly groupId: string;
  readonly memberId: string;
  epoch = 1;
  readonly #partitions = new Map<string, SessionEntry>();

  constructor(groupId: string, memberId: string) {
    this.groupId = groupId;
    this.memberId = memberId;
  }

  get partitions(): SessionPartition[] {
    return [...this.#partitions.values()];
  }

  /** Takes partitions in. `announced`: the next answer mentions them. */
  add(partitions: NamedPartitions, announced: boolean): void {
    for (const { topicId, index } of partitions) {
      const key = `${topicId}:${index}`;
      if (this.#partitions.has(key)) continue;
      this.#partitions.set(key, { topicId, index, mustMention: announced });
    }
  }

  forget(partitions: NamedPartitions): void {
    for (const { topicId, index } of partitions) this.#partitions.delete(`${topicId}:${index}`);
  }

  /** Whether the member must hear of a partition; remembers what it then has heard. */
  isNews({ topicId, index }: SessionPartition, failed: boolean, hasRecords: boolean): boolean {
    const key = `${topicId}:${index}`;
    const entry = this.#partitions.get(key);
    if (entry === undefined) return failed || hasRecords;
    const news = failed || hasRecords || entry.mustMention;
    // When an error goes away, the member hears of it.
    entry.mustMention = failed;
    if (hasRecords) {
      // Served last from now on, so that none starves.
      this.#partitions.delete(key);
      this.#partitions.set(key, entry);
    }
    return news;
  }

  advance(): void {
    this.epoch = this.epoch >= 0x7fffffff ? 1 : this.epoch + 1;
  }
}

interface Held {
  readonly session: ShareSession;
  /** Of the connection that began the session. */
  readonly onGone: Set<() => void>;
  readonly gone: () => void;
}

export interface ShareSessionsOptions {
  /** `group.share.max.share.sessions` */
  readonly maxSessions: number;
  /** The member has left, or its connection is gone: what it holds can be given back. */
  readonly onEnd: (session: ShareSession) => void;
  /** No member of the group is left on this broker. */
  readonly onGroupEmpty: (groupId: string) => void;
}

/** The share sessions of a broker. A session lives as long as the connection that began it. */
export class ShareSessions {
  readonly #options: ShareSessionsOptions;
  readonly #groups = new Map<string, Map<string, Held>>();
  #size = 0;

  constructor(options: ShareSessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  find(groupId: string, memberId: string): ShareSession | undefined {
    return this.#groups.get(groupId)?.get(memberId)?.session;
  }

  /** Begins a session, in place of the one that the member had; SHARE_SESSION_LIMIT_REACHED without room. */
  begin(groupId: string, memberId: string, onGone: Set<() => void>): ShareSession | KafkaError {
    this.#remove(groupId, memberId);
    if (this.#size >= this.#options.maxSessions) {
      if (!this.#groups.has(groupId)) this.#options.onGroupEmpty(groupId);
      return errors.SHARE_SESSION_LIMIT_REACHED;
    }
    const session = new ShareSession(groupId, memberId);
    const gone = () => this.end(groupId, memberId);
    onGone.add(gone);
    const group = this.#groups.get(groupId) ?? new Map<string, Held>();
    this.#groups.set(groupId, group.set(memberId, { session, onGone, gone }));
    this.#size++;
    return session;
  }

  /** The session of a request that goes on in `epoch`, which moves on; or why there is none. */
  continue(groupId: string, memberId: string, epoch: number): ShareSession | KafkaError {
    const session = this.find(groupId, memberId);
    if (session === undefined) return errors.SHARE_SESSION_NOT_FOUND;
    if (epoch === FINAL_EPOCH) return session;
    if (session.epoch !== epoch) return errors.INVALID_SHARE_SESSION_EPOCH;
    session.advance();
    return session;
  }

  /** Ends a member's session, and gives back what it holds. */
  end(groupId: string, memberId: string): void {
    const session = this.#remove(groupId, memberId);
    if (session === undefined) return;
    this.#options.onEnd(session);
    if (!this.#groups.has(groupId)) this.#options.onGroupEmpty(groupId);
  }

  #remove(groupId: string, memberId: string): ShareSession | undefined {
    const group = this.#groups.get(groupId);
    const held = group?.get(memberId);
    if (group === undefined || held === undefined) return undefined;
    held.onGone.delete(held.gone);
    group.delete(memberId);
    if (group.size === 0) this.#groups.delete(groupId);
    this.#size--;
    return held.session;
  }
}
