import { errors, type KafkaError } from '@tidelog/protocol';
import type { TopicPartitions } from '../assignors/assignor.ts';
import type { GroupContract } from '../group/any-group.ts';
import { deleteGroup } from './events.ts';
import type { ShareGroupEvent } from './records.ts';
import { type ShareAlarm, type ShareAssignment, ShareMember } from './share-member.ts';
import type { ShareSubscription } from './share-member.ts';
import { noStatePartitions, type StatePartitions } from './state-partitions.ts';

/** Of a group and of its assignment before the first change. */
export const FIRST_EPOCH = 1;

/**
 * A group of the share protocol (KIP-932). The group epoch grows with every change that calls for a new
 * target assignment; the assignment epoch is that of the target; each member's epoch that of the
 * target which it has heard of. It stays when its last member has left, with the state of its share
 * partitions, until it is deleted.
 */
export class ShareGroup implements GroupContract {
  readonly type = 'share';
  readonly protocolType = 'share';
  readonly canExpire = false;
  readonly groupId: string;
  groupEpoch = FIRST_EPOCH;
  /** Of the topics that members subscribe to, when the group epoch was written. */
  metadataHash = 0n;
  assignmentEpoch = FIRST_EPOCH;
  /** When the target was made, by the wall clock; 0 when that is not known. */
  assignmentTimestampMs = 0;
  statePartitions: StatePartitions = noStatePartitions;
  /** When `statePartitions` were written, by the wall clock; 0 before this coordinator did. */
  statePartitionsTimestampMs = 0;
  /** The version of the topics that `metadataHash` was compared at. */
  checkedTopicsVersion = Number.NaN;
  readonly #members = new Map<string, ShareMember>();
  readonly #target = new Map<string, TopicPartitions>();
  /** How many members subscribe to a topic. */
  readonly #subscribers = new Map<string, number>();

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get members(): ReadonlyMap<string, ShareMember> {
    return this.#members;
  }

  /** By member id. */
  get target(): ReadonlyMap<string, TopicPartitions> {
    return this.#target;
  }

  get state(): 'Empty' | 'Stable' {
    return this.isEmpty ? 'Empty' : 'Stable';
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** The topics that members subscribe to, sorted. */
  topicNames(): string[] {
    return [...this.#subscribers.keys()].toSorted();
  }

  get isHomogeneous(): boolean {
    return [...this.#subscribers.values()].every((count) => count === this.#members.size);
  }

  ensureMember(memberId: string): ShareMember {
    let member = this.#members.get(memberId);
    if (member === undefined) {
      member = new ShareMember(this.groupId, memberId);
      this.#members.set(memberId, member);
    }
    return member;
  }

  setSubscription(memberId: string, subscription: ShareSubscription): void {
    const member = this.ensureMember(memberId);
    this.#count(member.subscription, -1);
    member.subscription = subscription;
    this.#count(subscription, 1);
  }

  setAssignment(memberId: string, assignment: ShareAssignment): void {
    this.ensureMember(memberId).assignment = assignment;
  }

  setTarget(memberId: string, partitions: TopicPartitions | null): void {
    if (partitions === null) this.#target.delete(memberId);
    else this.#target.set(memberId, partitions);
  }

  /** The member that went; its alarm may still be on. */
  removeMember(memberId: string): ShareMember | undefined {
    const member = this.#members.get(memberId);
    if (member === undefined) return undefined;
    this.#count(member.subscription, -1);
    this.#members.delete(memberId);
    return member;
  }

  isSubscribedTo(topic: string): boolean {
    return this.#subscribers.has(topic);
  }

  checkCommit(): KafkaError {
    return errors.GROUP_ID_NOT_FOUND;
  }

  checkFetch(): KafkaError {
    return errors.GROUP_ID_NOT_FOUND;
  }

  checkOffsetDelete(): KafkaError {
    return errors.GROUP_ID_NOT_FOUND;
  }

  expiryBase(): null {
    return null;
  }

  tombstones(): ShareGroupEvent[] {
    return deleteGroup(this);
  }

  *alarms(): Generator<ShareAlarm> {
    for (const { session } of this.#members.values()) yield session;
  }

  #count({ topicNames }: ShareSubscription, by: 1 | -1): void {
    for (const name of topicNames) {
      const count = (this.#subscribers.get(name) ?? 0) + by;
      if (count === 0) this.#subscribers.delete(name);
      else this.#subscribers.set(name, count);
    }
  }
}
