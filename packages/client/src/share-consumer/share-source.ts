import { invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { AcknowledgeType, SharePartition } from './machines/acknowledgements.ts';
import { type FetchedPartition, ShareBroker, type ShareBrokerOwner } from './share-broker.ts';
import { ShareMembership } from './share-membership.ts';
import type { Acquired, Lease, ShareMessage } from './share-message.ts';
import type { AcknowledgementOutcome, ShareSettings } from './share-settings.ts';

/** Takes what the caller gets next, and the messages in it, out of what was acquired. */
export type TakeAcquired<T> = (acquired: Acquired) => {
  readonly value: T;
  readonly messages: readonly ShareMessage[];
};

/**
 * Gives messages one after the other. Records are asked for when those that were acquired are used up:
 * each of them is locked from the moment on in which a broker gives it.
 */
export class ShareSource implements ShareBrokerOwner {
  lockTimeoutMs: number | null = null;
  readonly #cluster: Cluster;
  readonly #settings: ShareSettings;
  readonly #lane: Lane;
  readonly #membership: ShareMembership;
  readonly #brokers = new Map<number, ShareBroker>();
  /** Acquired, and not given out. */
  #acquired: Acquired[] = [];
  /** Given out, and not acknowledged. */
  readonly #leases = new WeakMap<ShareMessage, Lease>();
  /** With implicit acknowledgement: what the caller works on. */
  #inHand: readonly ShareMessage[] = [];
  /** Of those who wait for acknowledgements to count. */
  readonly #outcomes = new Set<AcknowledgementOutcome[]>();
  #failure: KafkaClientError | null = null;
  #refreshing = false;
  #iterating = false;
  #closed = false;
  #wake: () => void = () => {};

  constructor(options: { cluster: Cluster; settings: ShareSettings; lane: Lane }) {
    const { cluster, settings, lane } = options;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#lane = lane;
    const { groupId, rackId } = settings;
    const onChange = (): void => this.changed();
    this.#membership = new ShareMembership({ cluster, groupId, rackId, lane, onChange });
  }

  subscribe(topics: readonly string[]): void {
    this.#membership.subscribe(topics);
    this.changed();
  }

  acknowledge(message: ShareMessage, type: AcknowledgeType): void {
    const lease = this.#leases.get(message);
    if (lease === undefined) {
      const { topic, partition, offset } = message;
      throw invalidArgument(
        `the message at offset ${offset} of ${topic}-${partition} was acknowledged already, or is not of this consumer`,
      );
    }
    if (type !== 'renew') this.#leases.delete(message);
    lease.broker.acknowledge(lease, message.offset, type);
  }

  /** Resolves to what became of all that was acknowledged before, as far as it was not answered yet. */
  async commit(): Promise<AcknowledgementOutcome[]> {
    const outcomes: AcknowledgementOutcome[] = [];
    this.#outcomes.add(outcomes);
    this.#finishInHand('accept');
    await Promise.all(Array.from(this.#brokers.values(), (broker) => broker.flush()));
    this.#outcomes.delete(outcomes);
    return outcomes;
  }

  /** Ends when the consumer is closed or the signal aborted. */
  iterate<T>(signal: AbortSignal | undefined, take: TakeAcquired<T>): AsyncIterableIterator<T> {
    let ended = false;
    const end = (): IteratorResult<T> => {
      ended = true;
      return { done: true, value: undefined };
    };
    return {
      next: async () => {
        if (ended) return end();
        this.#finishInHand('accept');
        const value = await this.#next(signal, take);
        return value === null ? end() : { done: false, value };
      },
      return: () => {
        // A break, or a throw: what is in hand was not done.
        this.#finishInHand('release');
        return Promise.resolve(end());
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    this.#finishInHand('release');
    this.#acquired = [];
    await Promise.all(Array.from(this.#brokers.values(), (broker) => broker.close()));
    await this.#membership.leave();
  }

  acquired(acquired: Acquired): void {
    this.#acquired.push(acquired);
  }

  acknowledged(outcome: AcknowledgementOutcome): void {
    for (const outcomes of this.#outcomes) outcomes.push(outcome);
    this.#settings.onAcknowledged(outcome);
  }

  lost(broker: ShareBroker): void {
    this.#acquired = this.#acquired.filter((acquired) => acquired.broker !== broker);
  }

  moved({ topic, partition }: SharePartition, { currentLeader }: FetchedPartition): void {
    const { leaderId, leaderEpoch } = currentLeader;
    if (leaderEpoch > 0) this.#cluster.metadata.moveLeader(topic, partition, leaderId, leaderEpoch);
    this.#refresh(new Set([topic]));
  }

  failed(error: KafkaClientError): void {
    this.#failure ??= error;
    this.changed();
  }

  lockTimeout(acquisitionLockTimeoutMs: number): void {
    this.lockTimeoutMs = acquisitionLockTimeoutMs;
  }

  changed(): void {
    this.#wake();
  }

  async #next<T>(signal: AbortSignal | undefined, take: TakeAcquired<T>): Promise<T | null> {
    if (this.#iterating) throw invalidArgument('the share consumer is being iterated already');
    this.#iterating = true;
    try {
      for (;;) {
        if (signal?.aborted || this.#closed) return null;
        this.#throwFailure();
        const value = this.#take(take);
        if (value !== null) return value;
        const change = this.#change(signal);
        this.#pump();
        await change;
      }
    } finally {
      this.#iterating = false;
    }
  }

  #take<T>(take: TakeAcquired<T>): T | null {
    const now = this.#cluster.platform.clock.monotonic();
    for (;;) {
      const [acquired] = this.#acquired;
      if (acquired === undefined) return null;
      // Others may have by now what waited for too long.
      if (acquired.lockedUntil <= now) acquired.messages.length = 0;
      if (acquired.messages.length === 0) {
        this.#acquired.shift();
        continue;
      }
      const { value, messages } = take(acquired);
      for (const message of messages) this.#leases.set(message, acquired);
      if (!this.#settings.isExplicit) this.#inHand = messages;
      return value;
    }
  }

  #finishInHand(type: AcknowledgeType): void {
    const messages = this.#inHand;
    this.#inHand = [];
    for (const message of messages) this.acknowledge(message, type);
  }

  /** A failure is told once, but one of the membership for as long as it stands. */
  #throwFailure(): void {
    const failure = this.#failure ?? this.#membership.failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** Asks each broker that leads assigned partitions, unless it is being asked. */
  #pump(): void {
    const byLeader = new Map<number, SharePartition[]>();
    const leaderless = new Set<string>();
    for (const partition of this.#membership.partitions()) {
      const { topic, partition: number } = partition;
      const leader = this.#cluster.metadata.partition(topic, number)?.leader ?? -1;
      const list = byLeader.get(leader);
      if (leader < 0) leaderless.add(topic);
      else if (list === undefined) byLeader.set(leader, [partition]);
      else list.push(partition);
    }
    for (const node of byLeader.keys()) this.#brokerAt(node);
    for (const [node, broker] of this.#brokers) {
      broker.wanted = byLeader.get(node) ?? [];
      if (broker.isReady) broker.fetch();
    }
    if (leaderless.size > 0) this.#refresh(leaderless);
  }

  #brokerAt(node: number): void {
    if (this.#brokers.has(node)) return;
    const { memberId } = this.#membership;
    const cluster = this.#cluster;
    const settings = this.#settings;
    const lane = `${this.#lane}-share`;
    this.#brokers.set(
      node,
      new ShareBroker({ node, cluster, settings, memberId, lane, owner: this }),
    );
  }

  #refresh(topics: ReadonlySet<string>): void {
    if (this.#refreshing || this.#closed) return;
    this.#refreshing = true;
    const { clock } = this.#cluster.platform;
    const again = (): void => {
      clock.setTimer(this.#cluster.settings.retryBackoff.initialMs, () => {
        this.#refreshing = false;
        this.changed();
      });
    };
    this.#cluster.refresh(topics).then(again, again);
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = () => {};
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
