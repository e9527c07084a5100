import type { Timer } from '@tidelog/platform';
import { closedError, invalidArgument, isRetriable, KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { abortable, backoffMs, sleep } from '../cluster/waiting.ts';
import type { OffsetSpec } from '../cluster/list-offsets.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import { Committer } from './committer.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import { Fetcher } from './fetcher.ts';
import type { FetchedRecords } from './fetched-records.ts';
import type { CommittedOffset } from './group/group-offsets.ts';
import { Membership } from './group/membership.ts';
import { PartitionState } from './partition-state.ts';
import { findPositions } from './positions.ts';

/** Messages of one partition, in their order. */
export interface MessageBatch extends TopicPartition {
  readonly messages: readonly ConsumedMessage[];
  /** The end of what can be read, as of the fetch. */
  readonly highWatermark: number;
}

export interface IterationOptions {
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** Where to go on: an offset, an end of the log, or a time. */
export type SeekTarget = number | OffsetSpec;

export interface PartitionLag extends TopicPartition {
  /** Messages between the position and the end; undefined before the first fetch. */
  readonly lag: number | undefined;
}

/**
 * Reads messages, alone (`assign`) or as a member of a group (`subscribe`).
 *
 * A message counts as done when the next one is asked for: automatic commits take in the messages that
 * are done, `commit()` also the one in hand. A `break` or a throw leaves the message in hand undone.
 * Rebalances happen while a message is asked for, never while one is worked on.
 *
 * @example
 * await using consumer = client.consumer({ groupId: 'billing', autoOffsetReset: 'earliest' });
 * consumer.subscribe('orders');
 * for await (const message of consumer) console.log(message.offset, message.value?.toString());
 */
export class Consumer implements AsyncIterable<ConsumedMessage> {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #lane: Lane;
  readonly #onClose: () => void;
  readonly #states = new Map<string, PartitionState>();
  readonly #fetcher: Fetcher;
  readonly #membership: Membership | null;
  readonly #committer: Committer | null;
  readonly #stopped = new AbortController();
  #subscribed: readonly string[] = [];
  /** The partition that gives messages now. */
  #current: PartitionState | null = null;
  /** The partition of the messages in hand. */
  #inHand: PartitionState | null = null;
  #iterating = false;
  #settling: Promise<void> | null = null;
  #dirty = true;
  #wake: () => void = () => {};
  #metadataTimer: Timer | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;

  constructor(options: {
    cluster: Cluster;
    settings: ConsumerSettings;
    lane: Lane;
    onClose: () => void;
  }) {
    const { cluster, settings, lane } = options;
    const { groupId } = settings;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#lane = lane;
    this.#onClose = options.onClose;
    const onChange = (): void => this.#changed();
    this.#fetcher = new Fetcher({
      cluster,
      settings,
      lane: `${lane}-fetch`,
      onArrival: onChange,
      onOutOfRange: (state) => this.#outOfRange(state),
    });
    this.#membership =
      groupId === null
        ? null
        : new Membership({ cluster, settings, groupId, lane, owner: this.#owner(), onChange });
    this.#committer =
      this.#membership === null
        ? null
        : new Committer(cluster, settings, this.#membership, () => this.#states.values());
  }

  /** Joins the group for these topics, instead of those before. Needs a `groupId`. */
  subscribe(topics: string | readonly string[]): void {
    this.#checkOpen();
    if (this.#membership === null) {
      throw invalidArgument('`subscribe` needs a `groupId`; use `assign` to read without a group');
    }
    if (this.#states.size > 0 && this.#subscribed.length === 0) {
      throw invalidArgument('partitions were assigned by hand; use another consumer to subscribe');
    }
    const list = typeof topics === 'string' ? [topics] : [...new Set(topics)];
    if (list.length === 0) throw invalidArgument('`subscribe` takes one topic at least');
    this.#subscribed = list;
    this.#membership.subscribe(list);
    this.#watchTopics();
    this.#changed();
  }

  /** Reads these partitions, instead of those before, without sharing them with a group. */
  assign(partitions: readonly (TopicPartition & { readonly offset?: SeekTarget })[]): void {
    this.#checkOpen();
    if (this.#subscribed.length > 0) {
      throw invalidArgument('the consumer has subscribed; use another one to assign partitions');
    }
    for (const state of this.#states.values()) state.deactivate();
    this.#states.clear();
    for (const partition of partitions) {
      this.#states.set(keyOf(partition), new PartitionState(partition));
      if (partition.offset !== undefined) this.seek(partition, partition.offset);
    }
    this.#changed();
  }

  assignment(): TopicPartition[] {
    return Array.from(this.#states.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  /** Goes on at another place. What was fetched of the partition is forgotten. */
  seek(partition: TopicPartition, target: SeekTarget): void {
    const state = this.#state(partition);
    if (typeof target !== 'number') state.resetTo(target);
    else if (Number.isSafeInteger(target) && target >= 0) state.moveTo(target);
    else throw invalidArgument(`${target} is no offset`);
    this.#changed();
  }

  /** Gives no messages of these partitions until `resume`. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = true;
    this.#changed();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = false;
    this.#changed();
  }

  paused(): TopicPartition[] {
    return this.assignment().filter((partition) => this.#state(partition).paused);
  }

  /** The offset of the next message that the iteration will give; null before it was looked up. */
  position(partition: TopicPartition): number | null {
    const state = this.#state(partition);
    return state.position === null ? null : state.delivered;
  }

  /** How far behind the end of each partition the consumer is, as of the last fetch. */
  lag(): PartitionLag[] {
    return Array.from(this.#states.values(), (state) => ({
      topic: state.topic,
      partition: state.partition,
      lag: state.highWatermark < 0 ? undefined : Math.max(0, state.highWatermark - state.delivered),
    }));
  }

  /**
   * Commits for the group: the given offsets (of the next message to consume), or all that was given out,
   * the message in hand included.
   */
  async commit(offsets?: readonly CommittedOffset[]): Promise<void> {
    this.#checkOpen();
    if (this.#committer === null) throw invalidArgument('`commit` needs a `groupId`');
    await this.#committer.commit(offsets ?? this.#committer.delivered());
  }

  /** What the group has committed. Partitions without an offset are left out. */
  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    this.#checkOpen();
    if (this.#committer === null) throw invalidArgument('`committed` needs a `groupId`');
    return this.#committer.committed(partitions);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumedMessage> {
    return this.messages();
  }

  /** Message by message. Ends when the consumer is closed or the signal aborted. */
  messages(options: IterationOptions = {}): AsyncIterableIterator<ConsumedMessage> {
    return this.#iterate(options.signal, (records, state) => {
      const message = records.next();
      if (message !== null) state.delivered = message.offset + 1;
      return message;
    });
  }

  /** Batch by batch: what was fetched of one partition. */
  batches(options: IterationOptions = {}): AsyncIterableIterator<MessageBatch> {
    return this.#iterate(options.signal, (records, state) => {
      const messages: ConsumedMessage[] = [];
      for (let next = records.next(); next !== null; next = records.next()) messages.push(next);
      if (messages.length === 0) return null;
      state.delivered = records.nextOffset;
      const { topic, partition, highWatermark } = state;
      return { topic, partition, highWatermark, messages };
    });
  }

  /** Commits what is done (with `autoCommit`), leaves the group, and closes. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopped.abort(closedError('consumer'));
    this.#wake();
    this.#fetcher.close();
    this.#metadataTimer?.cancel();
    // A broker answers what comes after a join only when the join is over.
    if (this.#settling !== null) this.#cluster.closeLane(this.#lane);
    await this.#settling?.catch(() => {});
    await this.#committer?.close();
    if (this.#subscribed.length > 0) {
      const owned = this.assignment();
      if (owned.length > 0) await this.#settings.rebalanceListener.onRevoked?.(owned);
      await this.#membership!.leave('the consumer is closed');
    }
    for (const state of this.#states.values()) state.deactivate();
    this.#states.clear();
    this.#closed = true;
    this.#cluster.closeLane(`${this.#lane}-fetch`);
    this.#cluster.closeLane(this.#lane);
    this.#onClose();
  }

  /**
   * The one way to messages. `take` gives what the caller gets next out of fetched records, or null
   * where they are used up.
   */
  #iterate<T>(
    signal: AbortSignal | undefined,
    take: (records: FetchedRecords, state: PartitionState) => T | null,
  ): AsyncIterableIterator<T> {
    let ended = false;
    const end = (): IteratorResult<T> => {
      ended = true;
      return { done: true, value: undefined };
    };
    const next = (): Promise<IteratorResult<T>> => {
      if (ended) return Promise.resolve(end());
      this.#finishInHand();
      // Most messages come out of what is there already, without a turn of the event loop.
      const state = this.#current;
      if (state !== null && !this.#dirty && !signal?.aborted && !this.#iterating) {
        try {
          const value = this.#takeFrom(state, take);
          if (value !== null) return Promise.resolve({ done: false, value });
        } catch (error) {
          return Promise.reject(error as Error);
        }
      }
      return this.#nextValue(signal, take).then((value) =>
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
    take: (records: FetchedRecords, state: PartitionState) => T | null,
  ): Promise<T | null> {
    if (this.#iterating) throw invalidArgument('the consumer is being iterated already');
    this.#iterating = true;
    this.#membership?.setBusy(false);
    try {
      while (!signal?.aborted && !this.#stopped.signal.aborted) {
        if (this.#dirty && !(await this.#prepare(signal))) continue;
        for (const state of this.#states.values()) {
          const value = this.#takeFrom(state, take);
          if (value !== null) return value;
        }
        this.#throwFailure();
        await this.#waitForChange(signal);
      }
      return null;
    } finally {
      this.#iterating = false;
    }
  }

  #takeFrom<T>(
    state: PartitionState,
    take: (records: FetchedRecords, state: PartitionState) => T | null,
  ): T | null {
    if (state.paused || !state.active) return null;
    for (let records = state.fetched[0]; records !== undefined; records = state.fetched[0]) {
      const value = take(records, state);
      if (value !== null) {
        this.#inHand = this.#current = state;
        this.#membership?.setBusy(true);
        return value;
      }
      // The other partitions get their turn, and there is room to fetch more.
      state.fetched.shift();
      state.bufferedBytes -= records.sizeBytes;
      state.delivered = state.position = records.endOffset;
      this.#dirty = true;
      const key = keyOf(state);
      this.#states.delete(key);
      this.#states.set(key, state);
    }
    return null;
  }

  /** Does what is due between two messages; false where it has to be looked at again. */
  async #prepare(signal: AbortSignal | undefined): Promise<boolean> {
    this.#dirty = false;
    try {
      if (this.#subscribed.length > 0) await this.#settle(signal);
      await abortable(this.#findPositions(), signal);
    } catch (error) {
      this.#dirty = true;
      if (signal?.aborted || this.#stopped.signal.aborted) return false;
      if (!isRetriable(error)) throw error;
      this.#membership?.coordinator.heard(error as KafkaClientError);
      const { clock, random } = this.#cluster.platform;
      await sleep(clock, backoffMs(random, this.#cluster.settings.retryBackoff, 0));
      return false;
    }
    this.#fetcher.pump(this.#states.values());
    return true;
  }

  #findPositions(): Promise<void> {
    return findPositions({
      cluster: this.#cluster,
      settings: this.#settings,
      coordinator: this.#membership?.coordinator ?? null,
      states: this.#states.values(),
    });
  }

  /** An aborted iteration lets go of a rebalance; the next one finds it going on, or done. */
  async #settle(signal: AbortSignal | undefined): Promise<void> {
    const membership = this.#membership!;
    if (this.#settling === null && !membership.isUnsettled) return;
    this.#settling ??= membership.settle(this.#stopped.signal).finally(() => {
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
      if (signal?.aborted || this.#stopped.signal.aborted) wake();
    });
  }

  #changed(): void {
    this.#dirty = true;
    this.#wake();
  }

  /** The caller is done with what it was given. */
  #finishInHand(): void {
    const state = this.#inHand;
    if (state === null) return;
    this.#inHand = null;
    if (state.active && state.position !== null) state.position = state.delivered;
    this.#committer?.commitSoon();
  }

  #outOfRange(state: PartitionState): void {
    const { autoOffsetReset } = this.#settings;
    if (autoOffsetReset === 'none') {
      state.paused = true;
      this.#fetcher.failure = new KafkaClientError(
        'OFFSET_OUT_OF_RANGE',
        `${keyOf(state)}: offset ${state.fetchOffset} is not in the log, and \`autoOffsetReset\` is none; seek and resume`,
      );
    } else {
      state.resetTo(autoOffsetReset);
    }
    this.#changed();
  }

  #owner() {
    const { rebalanceListener } = this.#settings;
    const drop = (partitions: readonly TopicPartition[]): void => {
      for (const partition of partitions) {
        this.#states.get(keyOf(partition))?.deactivate();
        this.#states.delete(keyOf(partition));
      }
    };
    return {
      owned: () => this.assignment(),
      assigned: async (partitions: readonly TopicPartition[]): Promise<void> => {
        for (const partition of partitions) {
          this.#states.set(keyOf(partition), new PartitionState(partition));
        }
        this.#dirty = true;
        await rebalanceListener.onAssigned?.(partitions);
      },
      revoked: async (partitions: readonly TopicPartition[]): Promise<void> => {
        await rebalanceListener.onRevoked?.(partitions);
        await this.#committer?.beforeRevocation(partitions);
        drop(partitions);
      },
      lost: async (partitions: readonly TopicPartition[]): Promise<void> => {
        drop(partitions);
        await rebalanceListener.onLost?.(partitions);
      },
    };
  }

  /** Finds new partitions, and soon the topics that do not exist yet. */
  #watchTopics(): void {
    const { clock } = this.#cluster.platform;
    const { metadata, settings } = this.#cluster;
    const known = this.#subscribed.every((topic) => metadata.topic(topic) !== undefined);
    const delayMs = known ? settings.metadataMaxAgeMs : settings.retryBackoff.maxMs;
    this.#metadataTimer?.cancel();
    this.#metadataTimer = clock.setTimer(delayMs, () => {
      const check = (): void => {
        if (this.#stopped.signal.aborted) return;
        this.#membership!.checkTopics();
        this.#watchTopics();
      };
      this.#cluster.refresh(this.#subscribed).then(check, check);
    });
  }

  #state(partition: TopicPartition): PartitionState {
    this.#checkOpen();
    const state = this.#states.get(keyOf(partition));
    if (state !== undefined) return state;
    throw invalidArgument(`${keyOf(partition)} is not assigned to this consumer`);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError('consumer');
  }
}
