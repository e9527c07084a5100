import type { Timer } from '@tidelog/platform';
import { errors, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, isRetriable, KafkaClientError } from '../../client-error.ts';
import { farewell } from '../../cluster/broker-connection.ts';
import type { Cluster, Lane } from '../../cluster/cluster.ts';
import { backoffMs, sleep } from '../../cluster/waiting.ts';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { ConsumerSettings } from '../consumer-settings.ts';
import type { Subscription } from '../subscription.ts';
import type { AssignmentOwner, GroupMembership } from './group-membership.ts';
import { PollTimer } from './poll-timer.ts';
import { shareOut } from './share-out.ts';
import { Coordinator } from '../../cluster/coordinator.ts';
import type { CommitIdentity } from './group-offsets.ts';
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment, encodeSubscription } from './group-protocol.ts';

/** How long beyond the rebalance timeout a coordinator may take to answer a join. */
const JOIN_GRACE_MS = 5000;

/**
 * A member of a classic group: joins, shares out the partitions where it is the leader, keeps its place
 * by heartbeats, leaves.
 *
 *   out ──join──▶ joining ──sync──▶ stable ──(rebalance, lost place, new topics)──▶ joining
 *
 * A rebalance goes on only inside `settle`, which the consumer calls between two messages: no partition
 * is taken away while one of its messages is worked on.
 */
export class ClassicMembership implements GroupMembership {
  readonly coordinator: Coordinator;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #groupId: string;
  readonly #owner: AssignmentOwner;
  readonly #onChange: () => void;
  readonly pollTimer: PollTimer;
  #subscription: Subscription = { topics: [], pattern: null };
  /** What was last said to be subscribed to. */
  #topics: readonly string[] = [];
  #memberId = '';
  #generationId = -1;
  /** What was assigned last. */
  #before: readonly TopicPartition[] = [];
  #rejoin = true;
  /** The place in the group is gone, and with it what was owned. */
  #expelled = false;
  #fatal: KafkaClientError | null = null;
  #heartbeat: Timer | null = null;
  /** As the leader: what was shared out, to see when topics change. */
  #sharedOut: ReadonlyMap<string, number> | null = null;
  #closed = false;

  constructor(options: {
    cluster: Cluster;
    settings: ConsumerSettings;
    groupId: string;
    lane: Lane;
    owner: AssignmentOwner;
    /** `settle` has something to do. */
    onChange: () => void;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#groupId = options.groupId;
    this.#owner = options.owner;
    this.#onChange = options.onChange;
    this.coordinator = new Coordinator(options.cluster, options.groupId, options.lane);
    const { clock } = options.cluster.platform;
    this.pollTimer = new PollTimer(clock, options.settings.maxPollIntervalMs);
  }

  get identity(): CommitIdentity {
    return {
      groupId: this.#groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#settings.groupInstanceId,
    };
  }

  /** `settle` has something to do. */
  get isUnsettled(): boolean {
    return this.#rejoin || this.#fatal !== null;
  }

  get isSubscribed(): boolean {
    return this.#subscription.topics.length > 0 || this.#subscription.pattern !== null;
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    this.#rejoin = true;
  }

  /** Joins as often as it takes to have a stable assignment. */
  async settle(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; this.isUnsettled; ) {
      if (this.#fatal !== null) throw this.#fatal;
      try {
        await this.#rebalance();
        attempt = 0;
      } catch (error) {
        this.#rejoin = true;
        if (!(error instanceof KafkaClientError)) throw error;
        if (!this.#absorb(error)) throw error;
        const { clock, random } = this.#cluster.platform;
        const { retryBackoff } = this.#cluster.settings;
        await sleep(clock, backoffMs(random, retryBackoff, attempt++), signal);
      }
      signal.throwIfAborted();
    }
  }

  /** Joins again when other topics match, or as the leader when they have other partitions than before. */
  checkTopics(): void {
    const { metadata } = this.#cluster;
    const topics = this.#matching();
    const matchesOthers = topics.length !== this.#topics.length;
    const changed = (topic: string): boolean =>
      (metadata.topic(topic)?.partitions.length ?? 0) !== this.#sharedOut?.get(topic);
    if (
      matchesOthers ||
      topics.some((topic) => !this.#topics.includes(topic)) ||
      (this.#sharedOut !== null && [...this.#sharedOut.keys()].some(changed))
    ) {
      this.#rejoin = true;
      this.#onChange();
    }
  }

  heard(error: KafkaClientError): boolean {
    this.coordinator.heard(error);
    if (error.code !== 'UNKNOWN_MEMBER_ID' && error.code !== 'ILLEGAL_GENERATION') return false;
    this.#absorb(error);
    this.#rejoin = true;
    this.#onChange();
    return true;
  }

  /** Gives the place up; static members keep theirs for the session timeout. */
  async leave(reason: string): Promise<void> {
    this.#closed = true;
    this.#heartbeat?.cancel();
    const memberId = this.#memberId;
    this.#memberId = '';
    this.#generationId = -1;
    if (memberId === '' || this.#settings.groupInstanceId !== null) return;
    try {
      await this.#sendLeave(memberId, reason);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error; // the session timeout will do it
    }
  }

  /** Takes note of an error of the group's protocol; false where joining again does not help. */
  #absorb(error: KafkaClientError): boolean {
    this.coordinator.heard(error);
    switch (error.code) {
      case 'UNKNOWN_MEMBER_ID':
        this.#memberId = '';
        this.#generationId = -1;
        this.#expelled = true;
        return true;
      case 'ILLEGAL_GENERATION':
        this.#generationId = -1;
        this.#expelled = true;
        return true;
      case 'REBALANCE_IN_PROGRESS':
        return true;
      default:
        return error.retriable;
    }
  }

  async #rebalance(): Promise<void> {
    await this.#chooseTopics();
    // What is in work may take long to let go: heartbeats keep the place meanwhile, or say that it is lost.
    do await this.#prepare();
    while (this.#expelled);
    this.#stopHeartbeats();
    this.#rejoin = false;
    const joined = await this.#join();
    const isLeader = joined.leader === joined.memberId;
    const assignments = isLeader && !joined.skipAssignment ? await this.#lead(joined) : [];
    this.#startHeartbeats();
    const { groupInstanceId } = this.#settings;
    const response = await this.coordinator.send(
      'SyncGroup',
      {
        groupId: this.#groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: CONSUMER_PROTOCOL_TYPE,
        protocolName: joined.protocolName,
        assignments,
      },
      { timeoutMs: this.#settings.maxPollIntervalMs + JOIN_GRACE_MS },
    );
    this.#check(response.errorCode);
    const assignment = decodeAssignment(response.assignment);
    if (assignment === null) {
      throw new KafkaClientError(
        'INCONSISTENT_GROUP_PROTOCOL',
        `the leader of group ${this.#groupId} sent an assignment that cannot be read; use assignors that all members have`,
      );
    }
    await this.#adopt(assignment);
  }

  async #chooseTopics(): Promise<void> {
    if (this.#subscription.pattern !== null) await this.#cluster.refresh(null);
    this.#topics = this.#matching();
  }

  #matching(): readonly string[] {
    const { topics, pattern } = this.#subscription;
    if (pattern === null) return topics;
    const { metadata } = this.#cluster;
    return metadata
      .topicNames()
      .filter((name) => pattern.test(name) && metadata.topic(name)?.isInternal !== true);
  }

  /** Lets go of what may not be kept during a rebalance. */
  async #prepare(): Promise<void> {
    const owned = this.#owner.owned();
    if (this.#expelled) {
      this.#expelled = false;
      if (owned.length > 0) await this.#owner.lost(owned);
      return;
    }
    const gone = this.#isCooperative
      ? owned.filter(({ topic }) => !this.#topics.includes(topic))
      : owned;
    if (gone.length > 0) await this.#owner.revoked(gone);
  }

  get #isCooperative(): boolean {
    return this.#settings.assignors.every(({ protocol }) => protocol === 'cooperative');
  }

  async #join(): Promise<ResponseOutput<'JoinGroup'>> {
    const { assignors, maxPollIntervalMs, sessionTimeoutMs, groupInstanceId } = this.#settings;
    const subscription = {
      topics: this.#topics,
      owned: this.#owner.owned(),
      generationId: this.#generationId,
      before: this.#before,
    };
    const protocols = assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription(subscription, assignor),
    }));
    for (;;) {
      const response = await this.coordinator.send(
        'JoinGroup',
        {
          groupId: this.#groupId,
          sessionTimeoutMs,
          rebalanceTimeoutMs: maxPollIntervalMs,
          memberId: this.#memberId,
          groupInstanceId,
          protocolType: CONSUMER_PROTOCOL_TYPE,
          protocols,
        },
        { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS },
      );
      // The id is given before the group is disturbed (KIP-394): join again with it.
      if (response.errorCode === errors.MEMBER_ID_REQUIRED.code) {
        this.#memberId = response.memberId;
        continue;
      }
      this.#check(response.errorCode);
      this.#memberId = response.memberId;
      this.#generationId = response.generationId;
      if (response.leader !== response.memberId) this.#sharedOut = null;
      return response;
    }
  }

  async #lead(
    joined: ResponseOutput<'JoinGroup'>,
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const context = { cluster: this.#cluster, settings: this.#settings, groupId: this.#groupId };
    const { counts, assignments } = await shareOut(context, joined);
    this.#sharedOut = counts;
    return assignments;
  }

  async #adopt(assignment: readonly TopicPartition[]): Promise<void> {
    this.#before = assignment;
    const owned = this.#owner.owned();
    const before = new Set(owned.map(keyOf));
    const after = new Set(assignment.map(keyOf));
    const gone = owned.filter((partition) => !after.has(keyOf(partition)));
    const added = assignment.filter((partition) => !before.has(keyOf(partition)));
    if (gone.length > 0) {
      await this.#owner.revoked(gone);
      // What was let go can be given to others only in another rebalance (KIP-429).
      if (this.#isCooperative) this.#rejoin = true;
    }
    await this.#owner.assigned(added);
  }

  #check(errorCode: number): void {
    if (errorCode === errors.NONE.code) return;
    const error = brokerError(errorCode, `group ${this.#groupId}`);
    if (error.code === 'FENCED_INSTANCE_ID') this.#fatal = error;
    throw error;
  }

  /** One that is under way is of no interest any more. */
  #stopHeartbeats(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = null;
  }

  #startHeartbeats(): void {
    this.#heartbeat?.cancel();
    const { clock } = this.#cluster.platform;
    this.#heartbeat = clock.setTimer(this.#settings.heartbeatIntervalMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { generationId, memberId } = this.identity;
    const own = this.#heartbeat;
    const isWanted = () => own === this.#heartbeat && generationId === this.#generationId;
    if (this.pollTimer.isExpired) {
      await this.#giveUpPlace(memberId);
      return;
    }
    try {
      const response = await this.coordinator.send('Heartbeat', {
        groupId: this.#groupId,
        generationId,
        memberId,
        groupInstanceId: this.#settings.groupInstanceId,
      });
      if (isWanted()) this.#check(response.errorCode);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      if (isWanted()) this.#heartbeatFailed(error);
    }
    if (!this.#closed && isWanted()) this.#startHeartbeats();
  }

  #heartbeatFailed(error: KafkaClientError): void {
    if (this.#closed) return;
    this.#absorb(error);
    // Without an answer the place may still be there: the next heartbeat tells.
    const says = ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'];
    if (says.includes(error.code)) this.#rejoin = true;
    else if (!isRetriable(error)) this.#fatal = error;
    this.#onChange();
  }

  /** A consumer that does not come back for more holds up its partitions: others shall have them. */
  async #giveUpPlace(memberId: string): Promise<void> {
    this.#memberId = '';
    this.#generationId = -1;
    this.#expelled = true;
    this.#rejoin = true;
    this.#onChange();
    if (this.#settings.groupInstanceId !== null) return;
    await this.#sendLeave(memberId, 'maxPollIntervalMs was exceeded').catch(() => {});
  }

  async #sendLeave(memberId: string, reason: string): Promise<void> {
    const members = [{ memberId, groupInstanceId: this.#settings.groupInstanceId, reason }];
    await this.coordinator.send('LeaveGroup', { groupId: this.#groupId, members }, farewell);
  }
}
