import type { Timer } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import { brokerError, isRetriable, KafkaClientError } from '../../client-error.ts';
import { farewell } from '../../cluster/broker-connection.ts';
import { Coordinator } from '../../cluster/coordinator.ts';
import type { Cluster, Lane } from '../../cluster/cluster.ts';
import { backoffMs, sleep } from '../../cluster/waiting.ts';
import type { ConsumerSettings } from '../consumer-settings.ts';
import { idKeyOf, Member, type OwnedPartition } from '../machines/member.ts';
import { brokerRegex, type Subscription } from '../subscription.ts';
import type { AssignmentOwner, GroupMembership } from './group-membership.ts';
import type { CommitIdentity } from './group-offsets.ts';
import { PollTimer } from './poll-timer.ts';

/** Between heartbeats until the coordinator has said how often it wants them. */
const FIRST_INTERVAL_MS = 3000;

/**
 * A member of a group of the protocol `consumer` (KIP-848): sends the heartbeats of a `Member`, and does
 * to the consumer what their answers ask for. The coordinator assigns, and each member changes at its own
 * pace: partitions that stay are read on meanwhile.
 */
export class ConsumerMembership implements GroupMembership {
  readonly coordinator: Coordinator;
  readonly pollTimer: PollTimer;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #groupId: string;
  readonly #owner: AssignmentOwner;
  readonly #onChange: () => void;
  readonly #member: Member;
  #subscription: Subscription | null = null;
  #failure: KafkaClientError | null = null;
  #timer: Timer | null = null;
  #beating: Promise<void> | null = null;
  #intervalMs = FIRST_INTERVAL_MS;
  #failedBeats = 0;

  constructor(options: {
    cluster: Cluster;
    settings: ConsumerSettings;
    groupId: string;
    lane: Lane;
    owner: AssignmentOwner;
    /** `settle` has something to do. */
    onChange: () => void;
  }) {
    const { cluster, settings, groupId } = options;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#groupId = groupId;
    this.#owner = options.owner;
    this.#onChange = options.onChange;
    this.coordinator = new Coordinator(cluster, groupId, options.lane);
    this.pollTimer = new PollTimer(cluster.platform.clock, settings.maxPollIntervalMs);
    this.#member = new Member({
      groupId,
      memberId: cluster.platform.random.uuid(),
      groupInstanceId: settings.groupInstanceId,
      rackId: settings.rackId,
      rebalanceTimeoutMs: settings.maxPollIntervalMs,
      serverAssignor: settings.groupRemoteAssignor,
    });
  }

  get identity(): CommitIdentity {
    const { epoch, memberId, isMember } = this.#member;
    return {
      groupId: this.#groupId,
      generationId: epoch,
      memberId: isMember ? memberId : '',
      groupInstanceId: this.#settings.groupInstanceId,
    };
  }

  get isSubscribed(): boolean {
    return this.#subscription !== null;
  }

  get isUnsettled(): boolean {
    return ['joining', 'reconciling', 'fenced', 'stale', 'failed'].includes(this.#member.phase);
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    const { topics, pattern } = subscription;
    this.#member.subscribe({ topics, regex: pattern === null ? '' : brokerRegex(pattern) });
    if (this.#member.isUrgent) this.#beatIn(0);
  }

  async settle(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; this.isUnsettled; ) {
      try {
        await this.#step();
        attempt = 0;
      } catch (error) {
        if (!isRetriable(error)) throw error;
        const { clock, random } = this.#cluster.platform;
        const { retryBackoff } = this.#cluster.settings;
        await sleep(clock, backoffMs(random, retryBackoff, attempt++), signal);
      }
      signal.throwIfAborted();
    }
  }

  checkTopics(): void {
    const { unnamed } = this.#member;
    if (unnamed.size === 0) return;
    const check = (): void => {
      this.#member.namesArrived((id) => this.#cluster.metadata.nameOf(id));
      if (this.isUnsettled) this.#onChange();
    };
    this.#cluster.refreshIds(unnamed).then(check, check);
  }

  heard(error: KafkaClientError): boolean {
    this.coordinator.heard(error);
    switch (error.code) {
      case 'STALE_MEMBER_EPOCH':
        if (this.#member.isMember) this.#beatIn(0);
        return true;
      case 'FENCED_MEMBER_EPOCH':
      case 'UNKNOWN_MEMBER_ID':
        if (!this.#member.isMember) return true;
        this.#member.fenced();
        this.#onChange();
        return true;
      default:
        return false;
    }
  }

  async leave(): Promise<void> {
    this.#timer?.cancel();
    await this.#beating?.catch(() => {});
    const { isMember } = this.#member;
    this.#member.left();
    this.#timer?.cancel();
    if (isMember) await this.#sayFarewell();
  }

  async #step(): Promise<void> {
    switch (this.#member.phase) {
      case 'failed':
        throw this.#failure!;
      case 'fenced':
      case 'stale': {
        const owned = this.#owner.owned();
        if (owned.length > 0) await this.#owner.lost(owned);
        this.#member.released();
        return;
      }
      case 'reconciling':
        return this.#reconcile();
      default:
        return this.#beat();
    }
  }

  async #reconcile(): Promise<void> {
    const member = this.#member;
    const { metadata } = this.#cluster;
    const { term } = member;
    const nameOf = (topicId: string): string | undefined => metadata.nameOf(topicId);
    let plan = member.plan(nameOf);
    if (plan.unnamed.length > 0) {
      await this.#cluster.refreshIds(plan.unnamed);
      plan = member.plan(nameOf);
    }
    const { wanted, unnamed } = plan;
    const kept = new Set(wanted.map(idKeyOf));
    const before = new Set(member.owned.map(idKeyOf));
    const gone = member.owned.filter((partition) => !kept.has(idKeyOf(partition)));
    const added = wanted.filter((partition) => !before.has(idKeyOf(partition)));
    if (gone.length > 0) await this.#owner.revoked(gone.map(placeOf));
    // Who was put out meanwhile has lost what is left, and takes nothing on.
    if (term !== member.term) return;
    await this.#owner.assigned(added.map(placeOf));
    if (term !== member.term) return;
    member.reconciled(wanted, unnamed);
    this.#beatIn(0);
  }

  /** One heartbeat at a time; whoever comes meanwhile waits for the same answer. */
  #beat(): Promise<void> {
    this.#timer?.cancel();
    this.#beating ??= this.#sendHeartbeat().finally(() => {
      this.#beating = null;
      if (this.#member.isMember) this.#beatIn(this.#pauseMs());
    });
    return this.#beating;
  }

  #pauseMs(): number {
    if (this.#failedBeats > 0) {
      const { retryBackoff } = this.#cluster.settings;
      return backoffMs(this.#cluster.platform.random, retryBackoff, this.#failedBeats - 1);
    }
    return this.#member.isUrgent ? 0 : this.#intervalMs;
  }

  #beatIn(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#beating !== null) return; // the next one is planned when it is answered
    this.#timer = this.#cluster.platform.clock.setTimer(delayMs, () => void this.#beatAlone());
  }

  /** A heartbeat that nobody waits for. */
  async #beatAlone(): Promise<void> {
    if (!this.#member.isMember) return;
    if (this.pollTimer.isExpired) {
      this.#member.expired();
      this.#onChange();
      await this.#sayFarewell();
      return;
    }
    await this.#beat().catch((error) => {
      if (!(error instanceof KafkaClientError)) throw error; // heard already
    });
    if (this.isUnsettled) this.#onChange();
  }

  async #sendHeartbeat(): Promise<void> {
    const member = this.#member;
    const { term } = member;
    try {
      const response = await this.coordinator.send('ConsumerGroupHeartbeat', member.heartbeat());
      if (term !== member.term) return;
      if (response.errorCode !== errors.NONE.code) {
        throw brokerError(response.errorCode, `group ${this.#groupId}`, response.errorMessage);
      }
      this.#failedBeats = 0;
      this.#intervalMs = response.heartbeatIntervalMs;
      member.answered(response);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      if (term === member.term && !this.#absorb(error)) throw error;
    }
  }

  /** True where the member only has to join again. */
  #absorb(error: KafkaClientError): boolean {
    this.#member.unanswered();
    this.coordinator.heard(error);
    if (error.code === 'FENCED_MEMBER_EPOCH' || error.code === 'UNKNOWN_MEMBER_ID') {
      this.#failedBeats = 0;
      this.#member.fenced();
      return true;
    }
    this.#failedBeats++;
    if (!error.retriable && error.code !== 'TOPIC_AUTHORIZATION_FAILED') {
      this.#failure = error;
      this.#member.refused();
    }
    return false;
  }

  /** The session timeout does it where this is not heard. */
  async #sayFarewell(): Promise<void> {
    await this.coordinator
      .send('ConsumerGroupHeartbeat', this.#member.farewell(), farewell)
      .catch((error) => {
        if (!(error instanceof KafkaClientError)) throw error;
      });
  }
}

function placeOf({ topic, partition }: OwnedPartition): { topic: string; partition: number } {
  return { topic, partition };
}
