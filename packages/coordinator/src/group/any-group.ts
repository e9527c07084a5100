import type { KafkaError } from '@tidelog/protocol';
import type { ClassicGroup } from '../classic-group/classic-group.ts';
import type { ConsumerGroup } from '../consumer-group/consumer-group.ts';
import type { StoredOffset } from '../offsets/offset-table.ts';
import type { ShareGroup } from '../share-group/share-group.ts';
import type { StreamsGroup } from '../streams-group/streams-group.ts';
import type { GroupEvent } from './events.ts';
import type { GroupAlarm } from './group-alarm.ts';

/** As ListGroups names them, and filters by them. */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams';

export type AnyGroup = ClassicGroup | ConsumerGroup | ShareGroup | StreamsGroup;

/** Who commits offsets, as OffsetCommit and TxnOffsetCommit tell it. */
export interface Committer {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The generation of a classic member, the epoch of one of a newer protocol; -1 for neither. */
  readonly epoch: number;
  readonly transactional: boolean;
  readonly apiVersion: number;
}

/** Answers why a partition may not be committed to; null when it may. */
export type PartitionCheck = (
  topic: { readonly name: string; readonly topicId: string },
  partition: number,
) => KafkaError | null;

/** Whether offsets may be committed: all (null), none, or as each partition says. */
export type CommitCheck = KafkaError | null | PartitionCheck;

/** What every group can do, whatever its protocol. Nothing of it changes the group. */
export interface GroupContract {
  readonly type: GroupType;
  readonly groupId: string;
  /** As ListGroups shows it. */
  readonly state: string;
  /** As ListGroups shows it; null for a simple group. */
  readonly protocolType: string | null;
  /** It has no members, and may be deleted. */
  readonly isEmpty: boolean;
  /** Members consume the topic, so its offsets neither expire nor are deleted. */
  isSubscribedTo(topic: string): boolean;
  checkCommit(committer: Committer): CommitCheck;
  /** Why a member may not fetch offsets. An admin client gives no member id and epoch -1. */
  checkFetch(memberId: string | null, memberEpoch: number): KafkaError | null;
  checkOffsetDelete(): KafkaError | null;
  /** What the retention of an offset counts from (KIP-211); null: offsets do not expire now. */
  expiryBase(): ((offset: StoredOffset) => number) | null;
  /** It goes when it has neither members nor offsets. */
  readonly canExpire: boolean;
  /** What deletes all its records but its offsets, in the order in which they are written. */
  tombstones(): GroupEvent[];
  alarms(): Iterable<GroupAlarm>;
}
