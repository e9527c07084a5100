import type { Timer } from '@tidelog/platform';
import { errors, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, isRetriable, KafkaClientError } from '../../client-error.ts';
import type { Cluster, Lane } from '../../cluster/cluster.ts';
import { backoffMs, sleep } from '../../cluster/waiting.ts';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { Assignor, GroupMember } from '../assignors/assignor.ts';
import type { ConsumerSettings } from '../consumer-settings.ts';
import { Coordinator } from '../../cluster/coordinator.ts';
import type { CommitIdentity } from './group-offsets.ts';
import {
  CONSUMER_PROTOCOL_TYPE,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-protocol.ts';

/** What a rebalance does to the consumer. */
export interface AssignmentOwner {
  owned(): TopicPartition[];
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Offsets are committed before. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** Someone else may have them already. */
  lost(partitions: readonly TopicPartition[]): Promise<void>;
}

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
export class Membership {
  readonly coordinator: Coordinator;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #groupId: string;
  readonly #owner: AssignmentOwner;
  readonly #onChange: () => void;
  #topics: readonly string[] = [];
  #memberId = '';
  #generationId = -1;
  #rejoin = true;
  /** The place in the group is gone, and with it what was owned. */
  #expelled = false;
  #fatal: KafkaClientError | null = null;
  #heartbeat: Timer | null = null;
  /** When the consumer began to work on what it was given (monotonic); null while it waits for more. */
  #busySince: number | null = null;
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
    return this.#topics.length > 0;
  }

  subscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#rejoin = true;
  }

  /** The consumer has been given something to work on, or is back for more. */
  setBusy(busy: boolean): void {
    this.#busySince = busy ? this.#cluster.platform.clock.monotonic() : null;
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

  /** As the leader: joins again when the topics have other partitions than were shared out. */
  checkTopics(): void {
    if (this.#sharedOut === null) return;
    for (const [topic, count] of this.#sharedOut) {
      if ((this.#cluster.metadata.topic(topic)?.partitions.length ?? 0) !== count) {
        this.#rejoin = true;
        this.#onChange();
      }
    }
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
    this.#heartbeat?.cancel();
    await this.#prepare();
    this.#rejoin = false;
    const joined = await this.#join();
    const isLeader = joined.leader === joined.memberId;
    const assignments = isLeader && !joined.skipAssignment ? await this.#shareOut(joined) : [];
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

  async #shareOut(
    joined: ResponseOutput<'JoinGroup'>,
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const assignor = this.#assignorNamed(joined.protocolName);
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }): GroupMember => {
      const subscription = decodeSubscription(metadata);
      if (subscription === null) {
        throw new KafkaClientError(
          'INCONSISTENT_GROUP_PROTOCOL',
          `member ${memberId} of group ${this.#groupId} sent a subscription that cannot be read`,
        );
      }
      return { memberId, groupInstanceId, ...subscription };
    });
    const topics = new Set(members.flatMap(({ topics }) => topics));
    await this.#cluster.refresh(topics, this.#settings.allowAutoTopicCreation).catch((error) => {
      if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error; // it may come to be
    });
    const counts = new Map<string, number>();
    for (const topic of topics) {
      counts.set(topic, this.#cluster.metadata.topic(topic)?.partitions.length ?? 0);
    }
    this.#sharedOut = counts;
    const existing = new Map([...counts].filter(([, count]) => count > 0));
    return Array.from(assignor.assign(members, existing), ([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }));
  }

  #assignorNamed(name: string | null): Assignor {
    const assignor = this.#settings.assignors.find((candidate) => candidate.name === name);
    if (assignor !== undefined) return assignor;
    throw new KafkaClientError(
      'INCONSISTENT_GROUP_PROTOCOL',
      `group ${this.#groupId} chose the assignor ${name}, which this consumer does not have`,
    );
  }

  async #adopt(assignment: readonly TopicPartition[]): Promise<void> {
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

  #startHeartbeats(): void {
    this.#heartbeat?.cancel();
    const { clock } = this.#cluster.platform;
    this.#heartbeat = clock.setTimer(this.#settings.heartbeatIntervalMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { generationId, memberId } = this.identity;
    if (this.#isTooSlow()) {
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
      if (generationId === this.#generationId) this.#check(response.errorCode);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      this.#heartbeatFailed(error);
    }
    if (!this.#closed && generationId === this.#generationId) this.#startHeartbeats();
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

  #isTooSlow(): boolean {
    if (this.#busySince === null) return false;
    const busyMs = this.#cluster.platform.clock.monotonic() - this.#busySince;
    return busyMs > this.#settings.maxPollIntervalMs;
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
    await this.coordinator.send('LeaveGroup', { groupId: this.#groupId, members });
  }
}
