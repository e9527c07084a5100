import { errors, type KafkaError, ZERO_UUID } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { GroupFetch, GroupFetched } from './commands.ts';
import type { StoredOffset, TopicOffsets } from './offset-table.ts';

type FetchedTopic = NonNullable<GroupFetched['topics']>[number];
type FetchedPartition = NonNullable<FetchedTopic['partitions']>[number];

const NO_OFFSET = -1;

/**
 * OffsetFetch of one group: the offsets asked for, or all when the topics are null. What a group has not
 * committed, or has for an earlier topic of that name, is offset -1; so is everything of a group that
 * does not exist.
 */
export function offsetFetch(turn: Turn, id: number, command: CommandOf<'OffsetFetch'>): void {
  const { fetch, requireStable } = command;
  const { offsets } = turn.table;
  const committed = offsets.committed.group(fetch.groupId);
  const unstable = requireStable ? offsets.pendingOf(fetch.groupId) : [];
  turn.settled = true;
  const problem = problemOf(turn, fetch);
  if (problem !== null) {
    return turn.reply(id, { groupId: fetch.groupId, errorCode: problem.code, topics: [] });
  }
  turn.reply(id, {
    groupId: fetch.groupId,
    errorCode: errors.NONE.code,
    topics:
      fetch.topics === null
        ? allTopics(committed, unstable)
        : fetch.topics.map((topic) => fetchTopic(topic, committed, unstable)),
  });
}

/** A group that has no offsets, because it is none or of a kind that has none, is no problem. */
function problemOf(turn: Turn, { groupId, memberId, memberEpoch }: GroupFetch): KafkaError | null {
  const group = turn.table.groups.get(groupId);
  const problem = group?.checkFetch(memberId, memberEpoch) ?? null;
  return problem === errors.GROUP_ID_NOT_FOUND ? null : problem;
}

function fetchTopic(
  { name, topicId, partitionIndexes }: NonNullable<GroupFetch['topics']>[number],
  committed: TopicOffsets | undefined,
  unstable: readonly TopicOffsets[],
): FetchedTopic {
  const offsets = committed?.get(name);
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partition) =>
      isUnstable(unstable, name, partition)
        ? missing(partition, errors.UNSTABLE_OFFSET_COMMIT.code)
        : fetched(partition, offsets?.get(partition), topicId),
    ),
  };
}

function allTopics(
  committed: TopicOffsets | undefined,
  unstable: readonly TopicOffsets[],
): FetchedTopic[] {
  return [...(committed ?? [])].map(([name, partitions]) => ({
    name,
    topicId: ZERO_UUID,
    partitions: [...partitions].map(([partition, offset]) =>
      isUnstable(unstable, name, partition)
        ? missing(partition, errors.UNSTABLE_OFFSET_COMMIT.code)
        : fetched(partition, offset, ZERO_UUID),
    ),
  }));
}

function fetched(
  partitionIndex: number,
  stored: StoredOffset | undefined,
  topicId: string,
): FetchedPartition {
  if (stored === undefined || isOfAnotherTopic(stored, topicId)) {
    return missing(partitionIndex, errors.NONE.code);
  }
  return {
    partitionIndex,
    committedOffset: stored.offset,
    committedLeaderEpoch: stored.leaderEpoch,
    metadata: stored.metadata,
    errorCode: errors.NONE.code,
  };
}

function missing(partitionIndex: number, errorCode: number): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: NO_OFFSET,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode,
  };
}

/** Either side may not know the id: old clients, old records. */
function isOfAnotherTopic(stored: StoredOffset, topicId: string): boolean {
  return stored.topicId !== ZERO_UUID && topicId !== ZERO_UUID && stored.topicId !== topicId;
}

function isUnstable(unstable: readonly TopicOffsets[], topic: string, partition: number): boolean {
  return unstable.some((topics) => topics.get(topic)?.has(partition) === true);
}
