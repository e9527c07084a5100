import type { Random } from '@tidelog/platform';
import { errors, type KafkaError, type RequestOf } from '@tidelog/protocol';
import { FetchSession, nextEpoch } from './fetch-session.ts';
import { type FetchTarget, fetchTarget, targetKey } from './fetch-target.ts';

const NO_SESSION = 0;
const FINAL_EPOCH = -1;
const FIRST_EPOCH = 0;
/** A session that was idle for so long may give way to a new one. */
const EVICTION_MS = 120_000;
/** The first version in which topics are named by their ids. */
const TOPIC_ID_VERSION = 13;

/** What one fetch request asks for, with its session where it has one. */
export interface FetchPlan {
  readonly error: KafkaError;
  /** Each call starts over: a fetch that waits reads twice. */
  readonly targets: () => Iterable<FetchTarget>;
  /** The running session, whose unchanged partitions are left out of the answer. */
  readonly session: FetchSession | null;
  /** A full request that wants a session: ask `create` when its answer is known. */
  readonly wantsSession: boolean;
}

/**
 * The fetch sessions of a broker (KIP-227), at most
 * `max.incremental.fetch.session.cache.slots`. When all slots are taken, a session that has been idle
 * for two minutes gives way to a new one; else a client does without.
 */
export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>();
  readonly #options: { slots: number; random: Random };

  constructor(options: { slots: number; random: Random }) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  plan(request: RequestOf<'Fetch'>, version: number, now: number): FetchPlan {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === FIRST_EPOCH) {
      this.#sessions.delete(sessionId);
      const targets = fullTargets(request);
      return {
        error: errors.NONE,
        targets: () => targets,
        session: null,
        wantsSession: sessionEpoch === FIRST_EPOCH,
      };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return refuse(errors.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== sessionEpoch) return refuse(errors.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== version >= TOPIC_ID_VERSION) {
      return refuse(errors.FETCH_SESSION_TOPIC_ID_ERROR);
    }
    return this.#continue(session, request, now);
  }

  #continue(session: FetchSession, request: RequestOf<'Fetch'>, now: number): FetchPlan {
    session.update(request.topics, request.forgottenTopicsData);
    if (session.size === 0) {
      this.#sessions.delete(session.id);
      return { error: errors.NONE, targets: () => [], session: null, wantsSession: false };
    }
    session.lastUsedMs = now;
    session.epoch = nextEpoch(session.epoch);
    // The least recently used session is the first of the map.
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    return { error: errors.NONE, targets: () => session.targets(), session, wantsSession: false };
  }

  /** Starts a session for a full request; gives its id, 0 when there is no room. */
  create(targets: readonly FetchTarget[], version: number, now: number): number {
    if (targets.length === 0 || !this.#makeRoom(now)) return NO_SESSION;
    const usesTopicIds = version >= TOPIC_ID_VERSION;
    const map = new Map(
      targets.map((target) => [
        targetKey(usesTopicIds ? { ...target, topic: '' } : target, target.index),
        target,
      ]),
    );
    const id = this.#newId();
    this.#sessions.set(id, new FetchSession(id, map, { usesTopicIds, now }));
    return id;
  }

  #makeRoom(now: number): boolean {
    if (this.#sessions.size < this.#options.slots) return true;
    const [oldest] = this.#sessions.values();
    if (oldest === undefined || now - oldest.lastUsedMs <= EVICTION_MS) return false;
    this.#sessions.delete(oldest.id);
    return true;
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#options.random.below(0x7fffffff);
      if (!this.#sessions.has(id)) return id;
    }
  }
}

/** What a request names twice counts as it was named last. */
function fullTargets({ topics }: RequestOf<'Fetch'>): readonly FetchTarget[] {
  const [first] = topics;
  if (topics.length === 1 && first?.partitions.length === 1) {
    return [fetchTarget(first, first.partitions[0]!)];
  }
  const targets = new Map<string, FetchTarget>();
  for (const topic of topics) {
    for (const partition of topic.partitions) {
      targets.set(targetKey(topic, partition.partition), fetchTarget(topic, partition));
    }
  }
  return [...targets.values()];
}

function refuse(error: KafkaError): FetchPlan {
  return { error, targets: () => [], session: null, wantsSession: false };
}
