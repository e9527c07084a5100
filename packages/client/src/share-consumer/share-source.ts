import { invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { tellAcknowledged } from '../diagnostics/share-events.ts';
import type { Decoders } from '../serde/decoders.ts';
import type { AcknowledgeType, SharePartition } from './machines/acknowledgements.ts';
import { findReadable } from './readable.ts';
import { type CurrentLeader, ShareBroker, type ShareBrokerOwner } from './share-broker.ts';
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
  readonly #decoders: Decoders;
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

  constructor(options: {
    cluster: Cluster;
    settings: ShareSettings;
    decoders: Decoders;
    lane: Lane;
  }) {
    const { cluster, settings, lane } = options;
    this.#decoders = options.decoders;
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
    tellAcknowledged(this.#cluster, this.#settings.groupId, outcome);
    for (const outcomes of this.#outcomes) outcomes.push(outcome);
    this.#settings.onAcknowledged(outcome);
  }

  lost(broker: ShareBroker): void {
    this.#acquired = this.#acquired.filter((acquired) => acquired.broker !== broker);
  }

  unreachable(broker: ShareBroker): void {
    this.#refresh(new Set(broker.wanted.map(({ topic }) => topic)));
  }

  heardOfLeader({ topic, partition }: SharePartition, leader: CurrentLeader): void {
    this.#cluster.metadata.moveLeader(topic, partition, leader.leaderId, leader.leaderEpoch);
  }

  moved({ node }: ShareBroker, { topic, partition }: SharePartition): boolean {
    const leader = this.#cluster.metadata.partition(topic, partition)?.leader ?? -1;
    if (leader >= 0 && leader !== node) return true;
    this.#refresh(new Set([topic]));
    return false;
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
        const acquired = this.#held();
        if (acquired !== null && acquired.messages.length > 0) return this.#give(acquired, take);
        if (acquired !== null) {
          await this.#findReadable(acquired);
          continue;
        }
        const change = this.#change(signal);
        this.#pump();
        await change;
      }
    } finally {
      this.#iterating = false;
    }
  }

  /** The first of what was acquired that is still held. */
  #held(): Acquired | null {
    const now = this.#cluster.platform.clock.monotonic();
    for (;;) {
      const [acquired] = this.#acquired;
      if (acquired === undefined) return null;
      const { unseen, messages, lockedUntil } = acquired;
      // Others may have by now what waited for too long.
      if (lockedUntil > now && messages.length + unseen.length > 0) return acquired;
      this.#acquired.shift();
    }
  }

  #give<T>(acquired: Acquired, take: TakeAcquired<T>): T {
    const { value, messages } = take(acquired);
    for (const message of messages) this.#leases.set(message, acquired);
    if (!this.#settings.isExplicit) this.#inHand = messages;
    return value;
  }

  #findReadable(acquired: Acquired): Promise<void> {
    return findReadable(acquired, {
      onError: this.#settings.onError,
      acknowledge: (offset, type) => acquired.broker.acknowledge(acquired, offset, type),
      mustPrepare: this.#decoders.needTime,
    });
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
    const decoders = this.#decoders;
    const lane = `${this.#lane}-share`;
    const options = { node, cluster, settings, decoders, memberId, lane, owner: this };
    this.#brokers.set(node, new ShareBroker(options));
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
