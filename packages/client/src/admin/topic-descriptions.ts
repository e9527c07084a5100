import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TopicPartition } from '../topic-partition.ts';
import { type AclOperation, authorizedOperations } from './acl-operations.ts';
import type { Heard } from './admin-calls.ts';
import type { Target } from './routes.ts';

export interface PartitionDescription extends TopicPartition {
  /** -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
  readonly offlineReplicas: readonly number[];
  /** Replicas that may lead though they are not in sync (KIP-966); null where the broker does not tell. */
  readonly eligibleLeaderReplicas: readonly number[] | null;
  readonly lastKnownEligibleLeaderReplicas: readonly number[] | null;
}

export interface TopicDescription {
  readonly topic: string;
  readonly topicId: string | null;
  readonly isInternal: boolean;
  readonly partitions: readonly PartitionDescription[];
  /** Null unless they were asked for. */
  readonly authorizedOperations: readonly AclOperation[] | null;
}

interface DescriptionOptions {
  readonly includeAuthorizedOperations?: boolean | undefined;
  readonly partitionSizeLimitPerResponse?: number | undefined;
}

type TopicAnswer =
  | ResponseOutput<'Metadata'>['topics'][number]
  | ResponseOutput<'DescribeTopicPartitions'>['topics'][number];

interface Question {
  readonly cluster: Cluster;
  readonly heard: Heard<TopicDescription>;
  readonly options: DescriptionOptions;
}

/** Page by page where the broker can (KIP-966), otherwise by Metadata. */
export async function describeTopicsByName(
  question: Question & { readonly send: Target['send']; readonly names: readonly string[] },
): Promise<void> {
  try {
    await describeByPages(question);
  } catch (error) {
    const isOld = error instanceof KafkaClientError && error.code === 'UNSUPPORTED_VERSION';
    if (!isOld) throw error;
    const { names } = question;
    const topics = names.map((name) => ({ topicId: ZERO_UUID, name }));
    await describeByMetadata(question, topics, ({ name }) => name ?? '');
  }
}

export async function describeTopicsById(
  question: Question & { readonly ids: readonly string[] },
): Promise<void> {
  const topics = question.ids.map((topicId) => ({ topicId, name: null }));
  await describeByMetadata(question, topics, ({ topicId }) => `#${topicId}`);
}

async function describeByMetadata(
  { cluster, heard, options }: Question,
  topics: { topicId: string; name: string | null }[],
  keyOf: (topic: TopicAnswer) => string,
): Promise<void> {
  const response = await cluster.askMetadata({
    topics,
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: options.includeAuthorizedOperations ?? false,
  });
  for (const topic of response.topics) heard(keyOf(topic), topic, topicDescription(topic));
}

async function describeByPages({
  send,
  names,
  heard,
  options,
}: Question & {
  readonly send: Target['send'];
  readonly names: readonly string[];
}): Promise<void> {
  const sorted = names.toSorted();
  const found = new Map<string, TopicAnswer & { partitions: unknown[] }>();
  let cursor: ResponseOutput<'DescribeTopicPartitions'>['nextCursor'] = null;
  do {
    const from: string = cursor?.topicName ?? '';
    const page: ResponseOutput<'DescribeTopicPartitions'> = await send('DescribeTopicPartitions', {
      topics: sorted.filter((name) => name >= from).map((name) => ({ name })),
      responsePartitionLimit: options.partitionSizeLimitPerResponse ?? 2000,
      cursor,
    });
    for (const topic of page.topics) {
      const before = found.get(topic.name ?? '');
      if (before === undefined) found.set(topic.name ?? '', topic);
      else before.partitions.push(...topic.partitions);
    }
    if (page.nextCursor !== null && !isAfter(page.nextCursor, cursor)) {
      const message = 'a broker describes the same partitions over and over';
      throw new KafkaClientError('UNKNOWN_SERVER_ERROR', message);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  for (const [name, topic] of found) {
    const described = topicDescription(topic);
    const asked = options.includeAuthorizedOperations ?? false;
    heard(name, topic, asked ? described : { ...described, authorizedOperations: null });
  }
}

interface Cursor {
  readonly topicName: string;
  readonly partitionIndex: number;
}

/** A page that leads nowhere would be asked for without end. */
function isAfter(next: Cursor, last: Cursor | null): boolean {
  if (last === null || next.topicName !== last.topicName) {
    return last === null || next.topicName > last.topicName;
  }
  return next.partitionIndex > last.partitionIndex;
}

export function topicDescription(answer: TopicAnswer): TopicDescription {
  const topic = answer.name ?? '';
  const failed = answer.errorCode !== errors.NONE.code;
  return {
    topic,
    topicId: answer.topicId === ZERO_UUID ? null : answer.topicId,
    isInternal: answer.isInternal,
    partitions: failed
      ? []
      : answer.partitions
          .map((partition) => partitionDescription(topic, partition))
          .sort((a, b) => a.partition - b.partition),
    authorizedOperations: authorizedOperations(answer.topicAuthorizedOperations),
  };
}

function partitionDescription(
  topic: string,
  answer: TopicAnswer['partitions'][number],
): PartitionDescription {
  return {
    topic,
    partition: answer.partitionIndex,
    leader: answer.leaderId,
    leaderEpoch: answer.leaderEpoch,
    replicas: answer.replicaNodes,
    inSyncReplicas: answer.isrNodes,
    offlineReplicas: answer.offlineReplicas,
    eligibleLeaderReplicas:
      'eligibleLeaderReplicas' in answer ? answer.eligibleLeaderReplicas : null,
    lastKnownEligibleLeaderReplicas: 'lastKnownElr' in answer ? answer.lastKnownElr : null,
  };
}
