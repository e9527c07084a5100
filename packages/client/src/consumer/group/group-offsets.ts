import { errors } from '@tidelog/protocol';
import { brokerError } from '../../client-error.ts';
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
      const error = brokerError(errorCode, subject);
      coordinator.heard(error);
      throw error;
    }
  }
}

/**
 * The committed offsets by `keyOf`; partitions without one are left out. Null asks for all of the group.
 * With `requireStable` an offset that an open transaction may still change is a retriable error (KIP-447).
 */
export async function fetchOffsets(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  requireStable = false,
): Promise<Map<string, CommittedOffset>> {
  const topics =
    partitions === null
      ? null
      : Array.from(byTopic(partitions), ([name, list]) => ({
          name,
          partitionIndexes: list.map(({ partition }) => partition),
        }));
  const response = await coordinator.send(
    'OffsetFetch',
    { groupId, topics, requireStable },
    { maxVersion: ONE_GROUP },
  );
  if (response.errorCode !== errors.NONE.code) {
    const error = brokerError(response.errorCode, `offsets of group ${groupId}`);
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
