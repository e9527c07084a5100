import {
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
  ZERO_UUID,
} from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import { areStorable, type GroupEvent } from '../group/events.ts';
import type { Turn } from '../group/turn.ts';
import { acceptsMetadata, firstProblem } from './offset-commit.ts';

type CommitRequest = RequestOf<'TxnOffsetCommit'>;
type Topic = CommitRequest['topics'][number];

/**
 * TxnOffsetCommit: offsets that count once their transaction is committed. Who gives a member id,
 * generation or instance id is held to them (KIP-447); who gives none is let through, whatever the
 * group does meanwhile.
 */
export function txnOffsetCommit(
  turn: Turn,
  id: number,
  command: CommandOf<'TxnOffsetCommit'>,
): void {
  const { request } = command;
  const problem = problemOf(turn, command);
  if (problem !== null) return turn.reply(id, failedTxnCommit(request, problem));
  if (!areStorable([request.groupId, ...request.topics.map(({ name }) => name)])) {
    return turn.reply(id, failedTxnCommit(request, errors.UNKNOWN_SERVER_ERROR));
  }
  const events: GroupEvent[] = [];
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    partitions: topic.partitions.map((partition) => {
      const { partitionIndex } = partition;
      const accepted = acceptsMetadata(turn, partition.committedMetadata);
      if (accepted) events.push(commitEvent(turn, request.groupId, { topic, partition }));
      const error = accepted ? errors.NONE : errors.OFFSET_METADATA_TOO_LARGE;
      return { partitionIndex, errorCode: error.code };
    }),
  }));
  if (!turn.fits(events)) {
    return turn.reply(id, failedTxnCommit(request, errors.UNKNOWN_SERVER_ERROR));
  }
  turn.emitAll(events);
  turn.reply(id, { topics });
}

/** The answer to a commit of which nothing was stored. */
export function failedTxnCommit(
  { topics }: CommitRequest,
  { code }: KafkaError,
): ResponseOf<'TxnOffsetCommit'> {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  };
}

/** No topic id is stored: the request cannot name one. */
function commitEvent(
  turn: Turn,
  groupId: string,
  { topic, partition }: { topic: Topic; partition: Topic['partitions'][number] },
): GroupEvent {
  return {
    kind: 'offset',
    groupId,
    topic: topic.name,
    partition: partition.partitionIndex,
    value: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp: turn.now.timestampMs,
      expireTimestamp: -1,
      topicId: ZERO_UUID,
    },
  };
}

function problemOf(
  turn: Turn,
  { request, apiVersion }: CommandOf<'TxnOffsetCommit'>,
): KafkaError | null {
  const { groupId, memberId, groupInstanceId: instanceId, generationId: epoch } = request;
  const group = turn.table.groups.get(groupId);
  if (group === undefined) return epoch < 0 ? null : errors.ILLEGAL_GENERATION;
  const check = group.checkCommit({ memberId, instanceId, epoch, apiVersion, transactional: true });
  if (typeof check !== 'function') return forProducer(check);
  const topics = request.topics.map((topic) => ({
    ...topic,
    topicId: turn.topics.byName(topic.name)?.id ?? ZERO_UUID,
  }));
  if (topics.some(({ topicId }) => topicId === ZERO_UUID)) return errors.ILLEGAL_GENERATION;
  return forProducer(firstProblem(check, topics));
}

/** Producers know nothing of member epochs. */
function forProducer(problem: KafkaError | null): KafkaError | null {
  return problem === errors.STALE_MEMBER_EPOCH ? errors.ILLEGAL_GENERATION : problem;
}
