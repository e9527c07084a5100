import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { restartSession } from '../classic-group/rebalance.ts';
import type { PartitionCheck } from '../group/any-group.ts';
import type { CommandOf } from '../group/commands.ts';
import { areStorable, type GroupEvent } from '../group/events.ts';

import type { Turn } from '../group/turn.ts';

type CommitRequest = RequestOf<'OffsetCommit'>;
type TopicReplies = ResponseOf<'OffsetCommit'>['topics'];

/** From this version on a group that does not exist has an error of its own (KIP-848). */
const GROUP_NOT_FOUND_VERSION = 9;

/** OffsetCommit: by members of a group, or by anyone while nobody is in it. */
export function offsetCommit(turn: Turn, id: number, command: CommandOf<'OffsetCommit'>): void {
  const { request } = command;
  const problem = problemOf(turn, command);
  if (problem !== null) return turn.reply(id, { topics: failedCommit(request, problem) });
  if (!areStorable([request.groupId, ...request.topics.map(({ name }) => name)])) {
    return turn.reply(id, { topics: failedCommit(request, errors.UNKNOWN_SERVER_ERROR) });
  }
  const events: GroupEvent[] = [];
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => {
      const error = acceptsMetadata(turn, partition.committedMetadata)
        ? errors.NONE
        : errors.OFFSET_METADATA_TOO_LARGE;
      if (error === errors.NONE) events.push(commitEvent(turn, request, topic, partition));
      return { partitionIndex: partition.partitionIndex, errorCode: error.code };
    }),
  }));
  if (!turn.fits(events)) {
    return turn.reply(id, { topics: failedCommit(request, errors.UNKNOWN_SERVER_ERROR) });
  }
  for (const event of events) turn.emit(event);
  turn.reply(id, { topics });
}

/** Whether the metadata of an offset is short enough to be stored. */
export function acceptsMetadata(turn: Turn, metadata: string | null): boolean {
  const length = metadata?.length ?? 0;
  return length <= turn.config.offsetMetadataMaxBytes && areStorable([metadata]);
}

/** The answer to a commit of which nothing was stored. */
export function failedCommit(request: CommitRequest, { code }: KafkaError): TopicReplies {
  return request.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
  }));
}

function commitEvent(
  turn: Turn,
  request: CommitRequest,
  topic: CommitRequest['topics'][number],
  partition: CommitRequest['topics'][number]['partitions'][number],
): GroupEvent {
  const { timestampMs } = turn.now;
  return {
    kind: 'offset',
    groupId: request.groupId,
    topic: topic.name,
    partition: partition.partitionIndex,
    value: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp: timestampMs,
      expireTimestamp:
        request.retentionTimeMs === -1
          ? -1
          : Math.min(timestampMs + request.retentionTimeMs, Number.MAX_SAFE_INTEGER),
      topicId: topic.topicId,
    },
  };
}

/** Why the committer may not commit; null when it may. A classic member that commits is alive. */
function problemOf(
  turn: Turn,
  { request, apiVersion }: CommandOf<'OffsetCommit'>,
): KafkaError | null {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: epoch } = request;
  const group = turn.table.groups.get(groupId);
  if (group === undefined) {
    if (epoch < 0) return null;
    return apiVersion >= GROUP_NOT_FOUND_VERSION
      ? errors.GROUP_ID_NOT_FOUND
      : errors.ILLEGAL_GENERATION;
  }
  const committer = { memberId, instanceId: groupInstanceId, epoch, apiVersion };
  const check = group.checkCommit({ ...committer, transactional: false });
  const problem = typeof check === 'function' ? firstProblem(check, request.topics) : check;
  if (problem !== null || group.type !== 'classic') return problem;
  const member = group.members.get(memberId);
  if (member !== undefined) restartSession(turn, member);
  return null;
}

/** One partition that may not be committed to spoils the whole commit. */
export function firstProblem(
  check: PartitionCheck,
  topics: readonly {
    readonly name: string;
    readonly topicId: string;
    readonly partitions: readonly { readonly partitionIndex: number }[];
  }[],
): KafkaError | null {
  for (const topic of topics) {
    for (const { partitionIndex } of topic.partitions) {
      const problem = check(topic, partitionIndex);
      if (problem !== null) return problem;
    }
  }
  return null;
}
