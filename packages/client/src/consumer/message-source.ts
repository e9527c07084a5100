import { invalidArgument, isRetriable, KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { abortable, backoffMs, sleep } from '../cluster/waiting.ts';
import type { Decoders } from '../serde/decoders.ts';
import type { Assignment } from './assignment.ts';
import type { Committer } from './committer.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { FetchedRecords } from './fetched-records.ts';
import { Fetcher } from './fetcher.ts';
import type { GroupMembership } from './group/group-membership.ts';
import type { PartitionState } from './partition-state.ts';
import { findPositions } from './positions.ts';

export interface IterationOptions {
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** What the caller gets next out of fetched records; null where they are used up. */
export type Take<T> = (records: FetchedRecords, state: PartitionState) => T | null;

/** Whoever takes messages in hand, and says when they are done. */
export interface Hands {
  /** Back for more. */
  back(): void;
  /** Waits for more. */
  waiting(): void;
  given(state: PartitionState): void;
  /** All that was fetched was given out, up to `state.delivered`. */
  usedUp(state: PartitionState): void;
}

/**
 * Gives messages one after the other. What is due in between, it does when one is asked for: rebalances,
 * positions, the sending of fetches.
 */
export class MessageSource {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #assignment: Assignment;
  readonly #membership: GroupMembership | null;
  readonly #committer: Committer | null;
  readonly #stopped: AbortSignal;
  readonly #fetcher: Fetcher;
  /** The partition that gives messages now. */
  #current: PartitionState | null = null;
  /** The partition of the messages in hand. */
  #inHand: PartitionState | null = null;
  #iterating = false;
  #settling: Promise<void> | null = null;
  #dirty = true;
  #wake: () => void = () => {};

  constructor(options: {
    cluster: Cluster;
    settings: ConsumerSettings;
    decoders: Decoders;
    fetchLane: Lane;
    assignment: Assignment;
    membership: GroupMembership | null;
    committer: Committer | null;
    stopped: AbortSignal;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#assignment = options.assignment;
    this.#membership = options.membership;
    this.#committer = options.committer;
    this.#stopped = options.stopped;
    this.#fetcher = new Fetcher({
      ...options,
      lane: options.fetchLane,
      onArrival: () => this.changed(),
    });
    options.stopped.addEventListener('abort', () => {
      this.#fetcher.close();
      this.#wake();
    });
  }

  /** Nothing is fetched any more: tells the brokers. */
  endFetching(): Promise<void> {
    return this.#fetcher.endSessions();
  }

  /** A rebalance that goes on. */
  get settling(): Promise<void> | null {
    return this.#settling;
  }

  /** Ends when the consumer is closed or the signal aborted. */
  iterate<T>(
    signal: AbortSignal | undefined,
    take: Take<T>,
    hands: Hands = this.#oneAtATime,
  ): AsyncIterableIterator<T> {
    let ended = false;
    const end = (): IteratorResult<T> => {
      ended = true;
      return { done: true, value: undefined };
    };
    const next = (): Promise<IteratorResult<T>> => {
      if (ended) return Promise.resolve(end());
      hands.back();
      // Most messages come out of what is there already, without a turn of the event loop.
      const state = this.#current;
      if (state !== null && !this.#dirty && !signal?.aborted && !this.#iterating) {
        try {
          const value = this.#takeFrom(state, take, hands);
          if (value !== null) return Promise.resolve({ done: false, value });
        } catch (error) {
          return Promise.reject(error);
        }
      }
      return this.#nextValue(signal, take, hands).then((value) =>
        value === null ? end() : { done: false, value },
      );
    };
    return {
      next,
      // What is in hand stays undone: nobody can tell a break from a throw here.
      return: () => Promise.resolve(end()),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #nextValue<T>(
    signal: AbortSignal | undefined,
    take: Take<T>,
    hands: Hands,
  ): Promise<T | null> {
    if (this.#iterating) throw invalidArgument('the consumer is being iterated already');
    this.#iterating = true;
    hands.waiting();
    try {
      for (;;) {
        if (signal?.aborted || this.#stopped.aborted) return null;
        if (this.#dirty && !(await this.#prepare(signal))) continue;
        for (const state of this.#assignment.states()) {
          const value = this.#takeFrom(state, take, hands);
          if (value !== null) return value;
        }
        this.#throwFailure();
        for (const { stuck } of this.#assignment.states()) if (stuck !== null) throw stuck;
        await this.#waitForChange(signal);
      }
    } finally {
      this.#iterating = false;
    }
  }

  #takeFrom<T>(state: PartitionState, take: Take<T>, hands: Hands): T | null {
    if (state.paused || state.held || !state.active) return null;
    for (let records = state.fetched[0]; records !== undefined; records = state.fetched[0]) {
      const value = take(records, state);
      if (value !== null) {
        this.#current = state;
        hands.given(state);
        return value;
      }
      // The other partitions get their turn, and there is room to fetch more.
      state.usedUp(records);
      hands.usedUp(state);
      this.#dirty = true;
      this.#assignment.moveToEnd(state);
    }
    return null;
  }

  /** Does what is due between two messages; false where it has to be looked at again. */
  async #prepare(signal: AbortSignal | undefined): Promise<boolean> {
    this.#dirty = false;
    try {
      if (this.#membership?.isSubscribed) await this.#settle(this.#membership, signal);
      await abortable(this.#findPositions(), signal);
      // A position is worth a commit before the first message: it was chosen once, not to be chosen again.
      this.#committer?.commitSoon();
    } catch (error) {
      this.#dirty = true;
      if (signal?.aborted || this.#stopped.aborted) return false;
      if (!isRetriable(error)) throw error;
      const { clock, random } = this.#cluster.platform;
      await sleep(clock, backoffMs(random, this.#cluster.settings.retryBackoff, 0));
      return false;
    }
    if (this.#dirty) return false;
    this.#fetcher.pump(this.#assignment.states());
    return true;
  }

  async #findPositions(): Promise<void> {
    try {
      await findPositions({
        cluster: this.#cluster,
        settings: this.#settings,
        membership: this.#membership,
        states: this.#assignment.states(),
      });
    } catch (error) {
      const mayRetry = error instanceof KafkaClientError && this.#membership?.heard(error);
      if (!mayRetry || isRetriable(error)) throw error;
      this.#dirty = true; // the place in the group comes first
    }
  }

  /** An aborted iteration lets go of a rebalance; the next one finds it going on, or done. */
  async #settle(membership: GroupMembership, signal: AbortSignal | undefined): Promise<void> {
    if (this.#settling === null && !membership.isUnsettled) return;
    this.#settling ??= membership.settle(this.#stopped).finally(() => {
      this.#settling = null;
    });
    await abortable(this.#settling, signal);
  }

  /** What ended the fetching of a partition is told once. */
  #throwFailure(): void {
    const { failure } = this.#fetcher;
    this.#fetcher.failure = null;
    if (failure !== null) throw failure;
  }

  #waitForChange(signal: AbortSignal | undefined): Promise<void> {
    if (this.#dirty) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = () => {};
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener('abort', wake, { once: true });
      if (signal?.aborted || this.#stopped.aborted) wake();
    });
  }

  /** Something is to be looked at before the next message. */
  changed(): void {
    this.#dirty = true;
    this.#wake();
  }

  /** There may be messages for those who wait: a partition is not held any more. */
  available(): void {
    this.#wake();
  }

  /** One message, or batch, after the other: the one before is done when the next is asked for. */
  readonly #oneAtATime: Hands = {
    back: () => this.finishInHand(),
    waiting: () => this.#membership?.pollTimer.setBusy(false),
    given: (state) => {
      this.#inHand = state;
      this.#membership?.pollTimer.setBusy(true);
    },
    usedUp: (state) => {
      state.position = state.delivered;
    },
  };

  /** The caller is done with what it was given. */
  finishInHand(): void {
    const state = this.#inHand;
    if (state === null) return;
    this.#inHand = null;
    if (state.active && state.position !== null) state.position = state.delivered;
    this.#committer?.commitSoon();
  }
}
