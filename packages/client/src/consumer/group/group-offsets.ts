import { errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../../client-error.ts';
import { byTopic, keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { Coordinator } from '../../cluster/coordinator.ts';

export interface CommittedOffset extends TopicPartition {
  /** Of the next message to consume. */
  readonly offset: number;
  /** Of the last message consumed, so that a truncated log is noticed (KIP-320); -1 where not known. */
  readonly leaderEpoch?: number;
  /** A note that is kept with the offset, of at most `offset.metadata.max.bytes`. */
  readonly metadata?: string | null;
}

/**
 * A consumer's place in its group, by which brokers tell whether its commits still count (KIP-447).
 * Outside of a group's protocol the generation is -1, and the member id is empty.
 */
export interface CommitIdentity {
  readonly groupId: string;
  /** The member epoch where the group uses the protocol `consumer` (KIP-848). */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** From 10 on topics go by ids, which a broker of another cluster may not know. */
const BY_NAME = 9;
/** From 8 on for many groups at once. */
const ONE_GROUP = 7;

export async function commitOffsets(
  coordinator: Coordinator,
  identity: CommitIdentity,
  offsets: readonly CommittedOffset[],
): Promise<void> {
  const response = await coordinator.send(
    'OffsetCommit',
    {
      groupId: identity.groupId,
      generationIdOrMemberEpoch: identity.generationId,
      memberId: identity.memberId,
      groupInstanceId: identity.groupInstanceId,
      topics: Array.from(byTopic(offsets), ([name, list]) => ({
        name,
        partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch ?? -1,
          committedMetadata: metadata ?? '',
        })),
      })),
    },
    { maxVersion: BY_NAME },
  );
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      if (errorCode === errors.NONE.code) continue;
      const subject = `commit of ${name}-${partitionIndex} for group ${identity.groupId}`;
      throw offsetError(errorCode, subject);
    }
  }
}

/** An epoch that is stale by now is replaced with the next heartbeat, and then the same may succeed. */
function offsetError(errorCode: number, subject: string): KafkaClientError {
  const error = brokerError(errorCode, subject);
  if (errorCode !== errors.STALE_MEMBER_EPOCH.code) return error;
  return new KafkaClientError(error.code, error.message, { retriable: true });
}

export interface FetchOffsetsOptions {
  /** An offset that an open transaction may still change is a retriable error (KIP-447). */
  readonly requireStable?: boolean;
  /** Who asks, in a group of the protocol `consumer`: one that was put out shall hear of it (KIP-848). */
  readonly member?: { readonly memberId: string; readonly memberEpoch: number };
}

/** The committed offsets by `keyOf`; partitions without one are left out. Null asks for all of the group. */
export async function fetchOffsets(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  options: FetchOffsetsOptions = {},
): Promise<Map<string, CommittedOffset>> {
  const topics =
    partitions === null
      ? null
      : Array.from(byTopic(partitions), ([name, list]) => ({
          name,
          partitionIndexes: list.map(({ partition }) => partition),
        }));
  const { requireStable = false, member } = options;
  const response =
    member === undefined
      ? await coordinator.send(
          'OffsetFetch',
          { groupId, topics, requireStable },
          { maxVersion: ONE_GROUP },
        )
      : await askAsMember(coordinator, { groupId, ...member, topics }, requireStable);
  if (response.errorCode !== errors.NONE.code) {
    const error = offsetError(response.errorCode, `offsets of group ${groupId}`);
    coordinator.heard(error);
    throw error;
  }
  const found = new Map<string, CommittedOffset>();
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode, ...stored } of partitions) {
      const place = { topic: name, partition: partitionIndex };
      if (errorCode !== errors.NONE.code) throw brokerError(errorCode, keyOf(place));
      const { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } = stored;
      if (offset >= 0) found.set(keyOf(place), { ...place, offset, leaderEpoch, metadata });
    }
  }
  return found;
}

type GroupRequest = RequestInput<'OffsetFetch'>['groups'] extends
  | readonly (infer Group)[]
  | undefined
  ? Group
  : never;

async function askAsMember(
  coordinator: Coordinator,
  group: GroupRequest,
  requireStable: boolean,
): Promise<Pick<ResponseOutput<'OffsetFetch'>['groups'][number], 'errorCode' | 'topics'>> {
  const { groups } = await coordinator.send(
    'OffsetFetch',
    { groups: [group], requireStable },
    { maxVersion: BY_NAME },
  );
  return groups[0] ?? { errorCode: errors.UNKNOWN_SERVER_ERROR.code, topics: [] };
}
