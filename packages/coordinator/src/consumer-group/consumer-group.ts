import { errors, type KafkaError } from '@tidelog/protocol';
import type { TopicPartitions } from '../assignors/assignor.ts';
import type { CommitCheck, Committer, GroupContract } from '../group/any-group.ts';
import { OFF } from '../group/group-alarm.ts';
import type { StoredOffset } from '../offsets/offset-table.ts';
import type { ConsumerAlarm } from './consumer-alarm.ts';
import {
  ConsumerMember,
  noOwnership,
  type Ownership,
  type Subscription,
} from './consumer-member.ts';
import { deleteGroup } from './events.ts';
import { PartitionOwners } from './ownership.ts';
import type { ConsumerGroupEvent } from './records.ts';
import type { RegexScan } from './regex-scan.ts';
import { SubscribedTopics } from './subscribed-topics.ts';

/** `Empty` without members; `Assigning` until there is a target; `Reconciling` until all have it. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

const FIRST_EPOCH = 1;
/** From this version on OffsetCommit carries member epochs. */
const MEMBER_EPOCH_VERSION = 9;

/**
 * A group of the consumer protocol (KIP-848). The group epoch grows with every change that calls for
 * a new target assignment; the assignment epoch is that of the target; each member's epoch that of the
 * target which it has come up to. Members of the classic protocol may live in it, too.
 */
export class ConsumerGroup implements GroupContract {
  readonly type = 'consumer';
  readonly protocolType = 'consumer';
  readonly groupId: string;
  groupEpoch = FIRST_EPOCH;
  /** Of the topics that members subscribe to, when the group epoch was written. */
  metadataHash = 0n;
  assignmentEpoch = FIRST_EPOCH;
  /** When the target was made, by the wall clock; 0 when that is not known. */
  assignmentTimestampMs = 0;
  readonly topics = new SubscribedTopics();
  /** What members hold, or have been told to give up and may still hold. */
  readonly owners = new PartitionOwners();
  /** Whom the target assignment gives each partition. */
  readonly targetOwners = new PartitionOwners();
  /** Releases before 4.1 wrote a record that we delete. */
  hasPartitionMetadata = false;
  /** The versions of the topics and of the subscriptions that `metadataHash` was compared at. */
  checkedTopics = { view: Number.NaN, subscribed: -1 };
  /** Regular expressions are being matched. */
  scan: RegexScan | null = null;
  readonly scanAlarm: ConsumerAlarm;

  readonly #members = new Map<string, ConsumerMember>();
  /** Member ids by instance id. */
  readonly #staticMembers = new Map<string, string>();
  readonly #target = new Map<string, TopicPartitions>();
  /** How many members ask for an assignor. */
  readonly #assignors = new Map<string, number>();
  #classicMembers = 0;
  /** How many classic members offer a protocol. */
  readonly #offers = new Map<string, number>();

  constructor(groupId: string) {
    this.groupId = groupId;
    this.scanAlarm = { type: 'consumer', about: 'regexes', groupId, memberId: '', ...OFF };
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members;
  }

  /** By member id. */
  get target(): ReadonlyMap<string, TopicPartitions> {
    return this.#target;
  }

  get classicMembers(): number {
    return this.#classicMembers;
  }

  get state(): ConsumerGroupState {
    if (this.isEmpty) return 'Empty';
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning';
    for (const member of this.#members.values()) {
      if (!member.isReconciledTo(this.assignmentEpoch)) return 'Reconciling';
    }
    return 'Stable';
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get canExpire(): boolean {
    return this.isEmpty;
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#staticMembers.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  /** The assignor that most members ask for; null when none does. */
  preferredAssignor(): string | null {
    let preferred: string | null = null;
    let most = 0;
    for (const [name, count] of this.#assignors)
      if (count > most) [preferred, most] = [name, count];
    return preferred;
  }

  /** Whether a classic member of this type and with these protocols can live with the others. */
  supportsClassic(protocolType: string, protocols: readonly string[]): boolean {
    if (protocolType !== this.protocolType) return false;
    if (this.isEmpty) return protocols.length > 0;
    return protocols.some((name) => (this.#offers.get(name) ?? 0) === this.#classicMembers);
  }

  ensureMember(memberId: string): ConsumerMember {
    let member = this.#members.get(memberId);
    if (member === undefined) {
      member = new ConsumerMember(this.groupId, memberId);
      this.#members.set(memberId, member);
    }
    return member;
  }

  setSubscription(memberId: string, subscription: Subscription): void {
    const member = this.ensureMember(memberId);
    this.#count(member.subscription, -1);
    member.subscription = subscription;
    this.#count(subscription, 1);
    if (subscription.instanceId !== null)
      this.#staticMembers.set(subscription.instanceId, memberId);
  }

  setOwnership(memberId: string, ownership: Ownership): void {
    const member = this.ensureMember(memberId);
    this.owners.release(memberId, member.ownership.assigned);
    this.owners.release(memberId, member.ownership.revoking);
    member.ownership = ownership;
    this.owners.take(memberId, ownership.assigned);
    this.owners.take(memberId, ownership.revoking);
  }

  /** The member that went; its alarms may still be on. */
  removeMember(memberId: string): ConsumerMember | undefined {
    const member = this.#members.get(memberId);
    if (member === undefined) return undefined;
    this.setOwnership(memberId, noOwnership);
    this.#count(member.subscription, -1);
    this.#members.delete(memberId);
    const { instanceId } = member.subscription;
    if (instanceId !== null && this.#staticMembers.get(instanceId) === memberId) {
      this.#staticMembers.delete(instanceId);
    }
    return member;
  }

  setTarget(memberId: string, partitions: TopicPartitions | null): void {
    this.targetOwners.release(memberId, this.#target.get(memberId) ?? new Map());
    if (partitions === null) {
      this.#target.delete(memberId);
    } else {
      this.#target.set(memberId, partitions);
      this.targetOwners.take(memberId, partitions);
    }
  }

  isSubscribedTo(topic: string): boolean {
    return this.topics.has(topic);
  }

  checkCommit({ memberId, instanceId, epoch, transactional, apiVersion }: Committer): CommitCheck {
    if (epoch < 0 && this.isEmpty) return null;
    if (transactional && epoch === -1 && memberId === '' && instanceId === null) return null;
    const member = this.#members.get(memberId);
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID;
    const isClassic = member.subscription.classic !== null;
    if (!transactional && !isClassic && apiVersion < MEMBER_EPOCH_VERSION) {
      return errors.UNSUPPORTED_VERSION;
    }
    const stale = isClassic ? errors.ILLEGAL_GENERATION : errors.STALE_MEMBER_EPOCH;
    const { memberEpoch } = member.ownership;
    if (epoch === memberEpoch) return null;
    if (epoch > memberEpoch) return stale;
    // It has not heard of its new epoch yet: what it has had all the while, it may commit.
    return ({ topicId }, partition) => {
      const since = member.epochOf(topicId, partition);
      return since === undefined || epoch < since ? stale : null;
    };
  }

  checkFetch(memberId: string | null, memberEpoch: number): KafkaError | null {
    if (memberId === null && memberEpoch < 0) return null;
    const member = this.#members.get(memberId ?? '');
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID;
    if (memberEpoch === member.ownership.memberEpoch) return null;
    const isClassic = member.subscription.classic !== null;
    return isClassic ? errors.ILLEGAL_GENERATION : errors.STALE_MEMBER_EPOCH;
  }

  checkOffsetDelete(): null {
    return null;
  }

  expiryBase(): (offset: StoredOffset) => number {
    return (offset) => offset.commitTimestamp;
  }

  tombstones(): ConsumerGroupEvent[] {
    return deleteGroup(this);
  }

  *alarms(): Generator<ConsumerAlarm> {
    yield this.scanAlarm;
    for (const member of this.#members.values()) yield* member.alarms();
  }

  #count({ topicNames, topicRegex, serverAssignor, classic }: Subscription, by: 1 | -1): void {
    this.topics.count(topicNames, topicRegex, by);
    if (serverAssignor !== null) add(this.#assignors, serverAssignor, by);
    if (classic === null) return;
    this.#classicMembers += by;
    for (const { name } of classic.supportedProtocols) add(this.#offers, name, by);
  }
}

function add(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
