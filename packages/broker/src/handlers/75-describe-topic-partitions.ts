import type { TopicImage } from '@tidelog/metadata';
import type { RequestContext } from '@tidelog/network';
import { errors, type RequestOf, type ResponseOf, ZERO_UUID } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { isValidTopicName } from '../topics/topic-name.ts';
import { allOperations } from './authorized-operations.ts';
import type { Handler } from './handler.ts';
import { isInternalTopic } from '../config/internal-topics.ts';
import { describePartition } from './topic-description.ts';

type TopicResponse = ResponseOf<'DescribeTopicPartitions'>['topics'][number];
type Cursor = NonNullable<RequestOf<'DescribeTopicPartitions'>['cursor']>;

/**
 * Version 0 (KIP-966). Topics in the order of their names, from the cursor on, as many partitions as
 * the client and `max.request.partition.size.limit` allow; `nextCursor` tells where to go on.
 */
export const describeTopicPartitions: Handler<'DescribeTopicPartitions'> = (
  request,
  context,
  broker,
) => {
  const { cursor } = request;
  if (cursor !== null && !isValidCursor(cursor, request.topics)) {
    const { code } = errors.INVALID_REQUEST;
    return { topics: request.topics.map(({ name }) => refuse(name, code)), nextCursor: null };
  }
  const names = wantedNames(request, broker);
  let room = Math.min(
    Math.max(1, request.responsePartitionLimit),
    broker.config.getInt('max.request.partition.size.limit'),
  );
  const topics: TopicResponse[] = [];
  for (const name of names) {
    const first = name === cursor?.topicName ? cursor.partitionIndex : 0;
    if (room === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = broker.metadata.image.topics.byName(name);
    if (topic === undefined) {
      topics.push(refuse(name, unknownError(name)));
      continue;
    }
    const last = Math.min(topic.partitions.length, first + room);
    topics.push(describe(topic, { first, last }, context, broker));
    room -= Math.max(0, last - first);
    if (last < topic.partitions.length) {
      return { topics, nextCursor: { topicName: name, partitionIndex: last } };
    }
  }
  return { topics, nextCursor: null };
};

/** A cursor must be about one of the topics that are asked for. */
function isValidCursor({ topicName, partitionIndex }: Cursor, topics: { name: string }[]): boolean {
  const isListed = topics.length === 0 || topics.some(({ name }) => name === topicName);
  return isListed && partitionIndex >= 0;
}

/** No topics in the request means all. */
function wantedNames(
  { topics, cursor }: { topics: { name: string }[]; cursor: Cursor | null },
  broker: BrokerServices,
): string[] {
  const names =
    topics.length === 0
      ? [...broker.metadata.image.topics.all()].map(({ name }) => name)
      : [...new Set(topics.map(({ name }) => name))];
  const from = cursor === null ? names : names.filter((name) => name >= cursor.topicName);
  return from.sort();
}

function unknownError(name: string): number {
  const error = isValidTopicName(name)
    ? errors.UNKNOWN_TOPIC_OR_PARTITION
    : errors.INVALID_TOPIC_EXCEPTION;
  return error.code;
}

function refuse(name: string, errorCode: number): TopicResponse {
  const isInternal = isInternalTopic(name);
  return { errorCode, name, topicId: ZERO_UUID, isInternal, partitions: [] };
}

function describe(
  topic: TopicImage,
  range: { first: number; last: number },
  { listenerName }: RequestContext,
  { metadata }: BrokerServices,
): TopicResponse {
  const partitions = [];
  for (let index = range.first; index < range.last; index++) {
    const { elr, lastKnownElr } = topic.partitions[index]!;
    partitions.push({
      ...describePartition(metadata.image, topic, { index, listenerName }),
      eligibleLeaderReplicas: elr,
      lastKnownElr,
    });
  }
  return {
    errorCode: errors.NONE.code,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions,
    topicAuthorizedOperations: allOperations.topic,
  };
}
