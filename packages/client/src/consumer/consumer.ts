import type { Timer } from '@tidelog/platform';
import { closedError, invalidArgument } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { type FoundOffset, listOffsets, type OffsetQuery } from '../cluster/list-offsets.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import { tellRebalanced } from '../diagnostics/record-events.ts';
import { Decoders } from '../serde/decoders.ts';
import type { AnyTopic } from '../serde/topic.ts';
import { type MessageOf, nameOf, namesOf, type TypedConsumer } from '../serde/typed-consumer.ts';
import { Assignment } from './assignment.ts';
import { Committer } from './committer.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { CommitIdentity, CommittedOffset } from './group/group-offsets.ts';
import { ClassicMembership } from './group/classic-membership.ts';
import { ConsumerMembership } from './group/consumer-membership.ts';
import type { AssignmentOwner, GroupMembership } from './group/group-membership.ts';
import type { MessageBatch } from './message-batch.ts';
import { type IterationOptions, MessageSource } from './message-source.ts';
import type { PartitionState } from './partition-state.ts';
import { type RunOptions, runSettings } from './run-options.ts';
import { Runner } from './runner.ts';
import type { StartSpec } from './start-spec.ts';
import { type Subscription, subscriptionOf } from './subscription.ts';
import { takeBatch, takeMessage, takePiece } from './takers.ts';

/** Where to go on: an offset, an end of the log, a time, or so long before now. */
export type SeekTarget = number | StartSpec;

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
  readonly #assignment = new Assignment();
  readonly #membership: GroupMembership | null;
  readonly #committer: Committer | null;
  readonly #source: MessageSource;
  readonly #decoders = new Decoders();
  readonly #stopped = new AbortController();
  #subscription: Subscription | null = null;
  #metadataTimer: Timer | null = null;
  #runner: Runner | null = null;
  #running: Promise<void> | null = null;
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
    const onChange = (): void => this.#source.changed();
    const place = { cluster, settings, lane, owner: this.#owner(), onChange };
    if (groupId === null) this.#membership = null;
    else if (settings.groupProtocol === 'classic') {
      this.#membership = new ClassicMembership({ ...place, groupId });
    } else this.#membership = new ConsumerMembership({ ...place, groupId });
    this.#committer =
      this.#membership === null
        ? null
        : new Committer(cluster, settings, this.#membership, () => this.#assignment.states());
    this.#source = new MessageSource({
      cluster,
      settings,
      decoders: this.#decoders,
      fetchLane: `${lane}-fetch`,
      assignment: this.#assignment,
      membership: this.#membership,
      committer: this.#committer,
      stopped: this.#stopped.signal,
    });
  }

  /**
   * Joins the group for these topics, or for all whose names the pattern matches now and later, instead of
   * those before. Needs a `groupId`. In the protocol `consumer` the broker matches the pattern (RE2).
   *
   * @example
   * consumer.subscribe(['orders', 'refunds']);
   * consumer.subscribe(/^orders-/);
   */
  subscribe(topics: string | readonly string[] | RegExp): void;
  /**
   * Joins the group for topics with types (made by `topic`), and gives this consumer with messages of their
   * types.
   *
   * @example
   * for await (const { value } of consumer.subscribe(orders)) console.log(value.total);
   */
  subscribe<const Topics extends AnyTopic | readonly AnyTopic[]>(
    topics: Topics,
  ): TypedConsumer<MessageOf<Topics>>;
  subscribe(
    topics: string | readonly string[] | RegExp | AnyTopic | readonly AnyTopic[],
  ): TypedConsumer<never> {
    this.#checkOpen();
    if (this.#membership === null) {
      throw invalidArgument('`subscribe` needs a `groupId`; use `assign` to read without a group');
    }
    if (this.#assignment.size > 0 && this.#subscription === null) {
      throw invalidArgument('partitions were assigned by hand; use another consumer to subscribe');
    }
    this.#subscription = subscriptionOf(namesOf(topics));
    this.#decoders.use(topics);
    this.#membership.subscribe(this.#subscription);
    this.#watchTopics();
    this.#source.changed();
    return this as unknown as TypedConsumer<never>;
  }

  /** Reads these partitions, instead of those before, without sharing them with a group. */
  assign(partitions: readonly (TopicPartition & { readonly offset?: SeekTarget })[]): void;
  /** The same with types. */
  assign<const T extends AnyTopic>(
    partitions: readonly { topic: T; partition: number; offset?: SeekTarget }[],
  ): TypedConsumer<MessageOf<T>>;
  assign(
    partitions: readonly { topic: string | AnyTopic; partition: number; offset?: SeekTarget }[],
  ): TypedConsumer<never> {
    this.#checkOpen();
    if (this.#subscription !== null) {
      throw invalidArgument('the consumer has subscribed; use another one to assign partitions');
    }
    const places = partitions.map(({ topic, ...rest }) => ({ ...rest, topic: nameOf(topic) }));
    this.#decoders.use(partitions.map(({ topic }) => topic));
    this.#assignment.clear();
    this.#assignment.add(places);
    for (const place of places) if (place.offset !== undefined) this.seek(place, place.offset);
    this.#source.changed();
    return this as unknown as TypedConsumer<never>;
  }

  assignment(): TopicPartition[] {
    return this.#assignment.partitions();
  }

  /** Goes on at another place. What was fetched of the partition is forgotten. */
  seek(partition: TopicPartition, target: SeekTarget): void {
    const state = this.#state(partition);
    if (typeof target !== 'number') state.resetTo(target);
    else if (Number.isSafeInteger(target) && target >= 0) state.moveTo(target);
    else throw invalidArgument(`${target} is no offset`);
    this.#source.changed();
  }

  /** Gives no messages of these partitions until `resume`. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = true;
    this.#source.changed();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = false;
    this.#source.changed();
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
    return Array.from(this.#assignment.states(), (state) => ({
      topic: state.topic,
      partition: state.partition,
      lag: state.endOffset < 0 ? undefined : Math.max(0, state.endOffset - state.delivered),
    }));
  }

  /**
   * The first message of each partition at or after a time (ms since 1970); partitions without one that
   * late are left out.
   */
  async offsetsForTimes(
    times: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<FoundOffset[]> {
    const queries = times.map(({ timestamp, ...place }) => ({ ...place, spec: { timestamp } }));
    return (await this.#lookUp(queries)).filter(({ offset }) => offset >= 0);
  }

  /** The first offset that the log of each partition still holds. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<FoundOffset[]> {
    return this.#lookUp(partitions.map((place) => ({ ...place, spec: 'earliest' })));
  }

  /** Where each partition ends for this consumer: before the first open transaction with `read_committed`. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<FoundOffset[]> {
    return this.#lookUp(partitions.map((place) => ({ ...place, spec: 'latest' })));
  }

  /**
   * Commits for the group: the given offsets (of the next message to consume), or all that was given out,
   * the message in hand included.
   */
  async commit(offsets?: readonly CommittedOffset[]): Promise<void> {
    this.#checkOpen();
    if (this.#committer === null) throw invalidArgument('`commit` needs a `groupId`');
    if (offsets === undefined) this.#source.finishInHand();
    await this.#committer.commit(offsets ?? this.#committer.done());
  }

  /** What the group has committed. Partitions without an offset are left out. */
  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    this.#checkOpen();
    if (this.#committer === null) throw invalidArgument('`committed` needs a `groupId`');
    return this.#committer.committed(partitions);
  }

  /**
   * Who the consumer is in its group at this moment: what `sendOffsets` of a transaction needs (KIP-447).
   * A rebalance changes it: ask anew for each transaction.
   */
  groupMetadata(): CommitIdentity {
    this.#checkOpen();
    if (this.#membership === null) throw invalidArgument('`groupMetadata` needs a `groupId`');
    return this.#membership.identity;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumedMessage> {
    return this.messages();
  }

  /** Message by message. Ends when the consumer is closed or the signal aborted. */
  messages(options: IterationOptions = {}): AsyncIterableIterator<ConsumedMessage> {
    const messages = this.#source.iterate(options.signal, takeMessage);
    return this.#decoders.prepared(messages, (message) => [message]);
  }

  /** Batch by batch: what was fetched of one partition. */
  batches(options: IterationOptions = {}): AsyncIterableIterator<MessageBatch> {
    const batches = this.#source.iterate(options.signal, takeBatch);
    return this.#decoders.prepared(batches, ({ messages }) => messages);
  }

  /**
   * Works on messages, up to `concurrency` of them at once, and keeps the order of each partition or key.
   * A message is done when its promise resolves; only what is done without a gap is committed. When a
   * partition goes elsewhere, the work on it is waited for, and what has not begun is left to the next
   * owner. Resolves when the consumer is closed or the signal aborted, and what is in work has ended;
   * rejects with the first failure that `onError` does not take care of.
   *
   * @example
   * await consumer.run({
   *   concurrency: 16,
   *   orderBy: 'key',
   *   onMessage: async (message, { signal }) => charge(message.value, { signal }),
   *   onError: ({ attempt }) => (attempt < 3 ? 'retry' : 'stop'),
   * });
   */
  async run(options: RunOptions): Promise<void> {
    this.#checkOpen();
    const settings = runSettings(options);
    if (this.#runner !== null) throw invalidArgument('the consumer runs already');
    const { maxPollIntervalMs } = this.#settings;
    this.#runner = new Runner({
      source: this.#source,
      committer: this.#committer,
      pollTimer: this.#membership?.pollTimer ?? null,
      clock: this.#cluster.platform.clock,
      settings,
      maxWaitMs: maxPollIntervalMs / 2,
    });
    this.#running = this.#runner.run(takePiece(this.#decoders.beforeWork(options))).finally(() => {
      this.#runner = null;
    });
    return this.#running;
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
    this.#metadataTimer?.cancel();
    // A broker answers what comes after a join only when the join is over.
    if (this.#source.settling !== null) this.#cluster.closeLane(this.#lane);
    await this.#source.settling?.catch(() => {});
    await this.#running?.catch(() => {});
    await this.#committer?.close();
    if (this.#subscription !== null) {
      const owned = this.assignment();
      if (owned.length > 0) await this.#settings.rebalanceListener.onRevoked?.(owned);
      await this.#membership!.leave('the consumer is closed');
    }
    this.#assignment.clear();
    this.#closed = true;
    await this.#source.endFetching();
    this.#cluster.closeLane(`${this.#lane}-fetch`);
    this.#cluster.closeLane(this.#lane);
    this.#onClose();
  }

  async #lookUp(queries: readonly OffsetQuery[]): Promise<FoundOffset[]> {
    this.#checkOpen();
    const cluster = this.#cluster;
    const { isolationLevel } = this.#settings;
    return cluster.retry(() => listOffsets(cluster, queries, isolationLevel));
  }

  #owner(): AssignmentOwner {
    const { rebalanceListener } = this.#settings;
    const groupId = this.#settings.groupId ?? '';
    return {
      owned: () => this.assignment(),
      assigned: async (partitions) => {
        this.#assignment.add(partitions);
        tellRebalanced(this.#cluster, groupId, 'assigned', partitions);
        await rebalanceListener.onAssigned?.(partitions);
      },
      revoked: async (partitions) => {
        tellRebalanced(this.#cluster, groupId, 'revoked', partitions);
        await this.#runner?.release(partitions);
        await rebalanceListener.onRevoked?.(partitions);
        await this.#committer?.beforeRevocation(partitions);
        this.#assignment.remove(partitions);
      },
      lost: async (partitions) => {
        tellRebalanced(this.#cluster, groupId, 'lost', partitions);
        this.#runner?.lose(partitions);
        this.#assignment.remove(partitions);
        this.#committer?.forget(partitions);
        await rebalanceListener.onLost?.(partitions);
      },
    };
  }

  /** Finds new partitions and matching topics, and soon the topics that do not exist yet. */
  #watchTopics(): void {
    const { clock } = this.#cluster.platform;
    const { metadata, settings } = this.#cluster;
    const { topics, pattern } = this.#subscription!;
    const known = topics.every((topic) => metadata.topic(topic) !== undefined);
    const delayMs = known ? settings.metadataMaxAgeMs : settings.retryBackoff.maxMs;
    const isMatchedHere = pattern !== null && this.#settings.groupProtocol === 'classic';
    this.#metadataTimer?.cancel();
    this.#metadataTimer = clock.setTimer(delayMs, () => {
      const check = (): void => {
        if (this.#stopped.signal.aborted) return;
        this.#membership!.checkTopics();
        this.#watchTopics();
      };
      const asked = pattern === null ? topics : this.assignment().map(({ topic }) => topic);
      this.#cluster.refresh(isMatchedHere ? null : asked).then(check, check);
    });
  }

  #state(partition: TopicPartition): PartitionState {
    this.#checkOpen();
    const state = this.#assignment.get(partition);
    if (state !== undefined) return state;
    throw invalidArgument(`${keyOf(partition)} is not assigned to this consumer`);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError('consumer');
  }
}
