import { errors, type KafkaError } from '@tidelog/protocol';
import type { CommitCheck, Committer, GroupContract } from '../group/any-group.ts';
import { OFF } from '../group/group-alarm.ts';
import type { StoredOffset } from '../offsets/offset-table.ts';
import type { ConfiguredTopology } from './configured-topology.ts';
import { deleteGroup } from './events.ts';
import type { StreamsGroupEvent } from './records.ts';
import {
  noOwnership,
  type Ownership,
  type Profile,
  type StreamsAlarm,
  StreamsMember,
} from './streams-member.ts';
import { TaskProcesses } from './task-processes.ts';
import type { TargetTasks } from './tasks.ts';
import { sourcesOf, type Topology } from './topology.ts';

/**
 * `Empty` without members; `NotReady` until the topics allow the topology; `Assigning` until there is
 * a target; `Reconciling` until all have it.
 */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable';

const FIRST_EPOCH = 1;
/** From this version on OffsetCommit carries member epochs. */
const MEMBER_EPOCH_VERSION = 9;

/** A group of the streams protocol (KIP-1071): as the records tell it, and what is remembered of it. */
export class StreamsGroup implements GroupContract {
  readonly type = 'streams';
  readonly protocolType = 'streams';
  readonly groupId: string;
  groupEpoch = FIRST_EPOCH;
  /** Of the topics that the topology needs, when the group epoch was written. */
  metadataHash = 0n;
  /** The epoch of the topology that topics allowed last; -1 for none. */
  validatedTopologyEpoch = -1;
  /** What the last target assignment was made with. */
  assignmentConfigs: ReadonlyMap<string, string> = new Map();
  assignmentEpoch = FIRST_EPOCH;
  /** When the target was made, by the wall clock; 0 when that is not known. */
  assignmentTimestampMs = 0;
  readonly processes = new TaskProcesses();
  readonly initialDelay: StreamsAlarm;

  /** In memory only: the topology held against the topics, and the version of these. */
  configured: ConfiguredTopology | null = null;
  checkedTopics = Number.NaN;
  /** In memory only: grows when what is where has changed. */
  endpointEpoch = 0;
  /** In memory only: who asked that all shut down. */
  shutdownBy: string | null = null;

  #topology: Topology | null = null;
  /** The subtopologies by the topics that they read. */
  readonly #subtopologies = new Map<string, string>();
  readonly #members = new Map<string, StreamsMember>();
  readonly #target = new Map<string, TargetTasks>();

  constructor(groupId: string) {
    this.groupId = groupId;
    this.initialDelay = { type: 'streams', about: 'initial', groupId, memberId: '', ...OFF };
  }

  get members(): ReadonlyMap<string, StreamsMember> {
    return this.#members;
  }

  get topology(): Topology | null {
    return this.#topology;
  }

  set topology(topology: Topology | null) {
    this.#topology = topology;
    this.#subtopologies.clear();
    for (const part of topology?.subtopologies ?? []) {
      for (const topic of sourcesOf(part)) this.#subtopologies.set(topic, part.subtopologyId);
    }
  }

  /** By member id. */
  get target(): ReadonlyMap<string, TargetTasks> {
    return this.#target;
  }

  get state(): StreamsGroupState {
    if (this.isEmpty) return 'Empty';
    if (this.#topology === null || this.#topology.epoch !== this.validatedTopologyEpoch) {
      return 'NotReady';
    }
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

  ensureMember(memberId: string): StreamsMember {
    let member = this.#members.get(memberId);
    if (member === undefined) {
      member = new StreamsMember(this.groupId, memberId);
      this.#members.set(memberId, member);
    }
    return member;
  }

  /** What the member holds is held by its process, which may be another one now. */
  setMember(memberId: string, change: { profile?: Profile; ownership?: Ownership }): void {
    const member = this.ensureMember(memberId);
    this.processes.release(member.profile.processId, member.ownership.assigned);
    this.processes.release(member.profile.processId, member.ownership.revoking);
    if (change.profile !== undefined) member.profile = change.profile;
    if (change.ownership !== undefined) member.ownership = change.ownership;
    this.processes.take(member.profile.processId, member.ownership.assigned);
    this.processes.take(member.profile.processId, member.ownership.revoking);
  }

  /** The member that went; its alarms may still be on. */
  removeMember(memberId: string): StreamsMember | undefined {
    const member = this.#members.get(memberId);
    if (member === undefined) return undefined;
    this.setMember(memberId, { ownership: noOwnership });
    this.#members.delete(memberId);
    if (this.isEmpty) this.shutdownBy = null;
    return member;
  }

  setTarget(memberId: string, tasks: TargetTasks | null): void {
    if (tasks === null) this.#target.delete(memberId);
    else this.#target.set(memberId, tasks);
  }

  isSubscribedTo(topic: string): boolean {
    return !this.isEmpty && this.#subtopologies.has(topic);
  }

  checkCommit({ memberId, instanceId, epoch, transactional, apiVersion }: Committer): CommitCheck {
    if (epoch < 0 && this.isEmpty) return null;
    if (transactional && epoch === -1 && memberId === '' && instanceId === null) return null;
    const member = this.#members.get(memberId);
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID;
    if (!transactional && apiVersion < MEMBER_EPOCH_VERSION) return errors.UNSUPPORTED_VERSION;
    const { memberEpoch, assigned, revoking } = member.ownership;
    if (epoch === memberEpoch) return null;
    if (epoch > memberEpoch || this.#topology === null) return errors.STALE_MEMBER_EPOCH;
    // It has not heard of its new epoch yet: the tasks that it has had all the while, it may commit.
    return ({ name }, partition) => {
      const part = this.#subtopologies.get(name) ?? '';
      const since =
        assigned.active.get(part)?.get(partition) ?? revoking.active.get(part)?.get(partition);
      return since === undefined || epoch < since ? errors.STALE_MEMBER_EPOCH : null;
    };
  }

  checkFetch(memberId: string | null, memberEpoch: number): KafkaError | null {
    if (memberId === null && memberEpoch < 0) return null;
    const member = this.#members.get(memberId ?? '');
    if (member === undefined) return errors.UNKNOWN_MEMBER_ID;
    return memberEpoch === member.ownership.memberEpoch ? null : errors.STALE_MEMBER_EPOCH;
  }

  checkOffsetDelete(): null {
    return null;
  }

  expiryBase(): (offset: StoredOffset) => number {
    return (offset) => offset.commitTimestamp;
  }

  tombstones(): StreamsGroupEvent[] {
    return deleteGroup(this);
  }

  *alarms(): Generator<StreamsAlarm> {
    yield this.initialDelay;
    for (const { session, rebalance } of this.#members.values()) {
      yield session;
      yield rebalance;
    }
  }
}
