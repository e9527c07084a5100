import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

type Topic = RequestOf<'TxnOffsetCommit'>['topics'][number];
type TopicResponse = ResponseOf<'TxnOffsetCommit'>['topics'][number];

/** Before it, clients took COORDINATOR_LOAD_IN_PROGRESS for a fault. */
const LOADING_VERSION = 2;

/**
 * Versions 0 to 5: a producer commits the offsets that it has consumed with its transaction. Partitions
 * that do not exist are answered here. From version 3 on it names its member of the group (KIP-447),
 * from version 5 on the group becomes part of the transaction by this request (KIP-890).
 */
export const txnOffsetCommit: Handler<'TxnOffsetCommit'> = async (request, context, broker) => {
  const unknown: TopicResponse[] = [];
  const known = request.topics.flatMap((topic): Topic[] => {
    const partitions = broker.metadata.image.topics.byName(topic.name)?.partitions ?? [];
    const exists = ({ partitionIndex }: { partitionIndex: number }) =>
      partitions[partitionIndex] !== undefined;
    const gone = topic.partitions.filter((partition) => !exists(partition));
    if (gone.length > 0) unknown.push(refuse({ ...topic, partitions: gone }));
    const there = topic.partitions.filter(exists);
    return there.length === 0 ? [] : [{ ...topic, partitions: there }];
  });
  if (known.length === 0) return { topics: unknown };
  const response = await broker.groups.txnOffsetCommit(
    { ...request, topics: known },
    groupContext(context),
  );
  const topics =
    context.apiVersion < LOADING_VERSION ? response.topics.map(forOldClients) : response.topics;
  return { topics: [...topics, ...unknown] };
};

function refuse({ name, partitions }: Topic): TopicResponse {
  const errorCode = errors.UNKNOWN_TOPIC_OR_PARTITION.code;
  return {
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  };
}

function forOldClients({ name, partitions }: TopicResponse): TopicResponse {
  return {
    name,
    partitions: partitions.map(({ partitionIndex, errorCode }) => ({
      partitionIndex,
      errorCode:
        errorCode === errors.COORDINATOR_LOAD_IN_PROGRESS.code
          ? errors.COORDINATOR_NOT_AVAILABLE.code
          : errorCode,
    })),
  };
}
