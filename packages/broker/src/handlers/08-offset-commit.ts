import { errors, type RequestOf, type ResponseOf, ZERO_UUID } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

type Topic = RequestOf<'OffsetCommit'>['topics'][number];
type TopicResponse = ResponseOf<'OffsetCommit'>['topics'][number];

/** First version in which topics are named by id. */
const TOPIC_ID_VERSION = 10;

/**
 * Versions 2 to 10. Partitions that do not exist are answered here, the others by the group
 * coordinator; the response keeps the order of neither.
 */
export const offsetCommit: Handler<'OffsetCommit'> = async (request, context, broker) => {
  const usesIds = context.apiVersion >= TOPIC_ID_VERSION;
  const known: Topic[] = [];
  const unknown: TopicResponse[] = [];
  for (const topic of request.topics) sort(topic, usesIds, { broker, known, unknown });
  // A request for nothing still tells a member whether the group knows it.
  const ask = known.length > 0 || request.topics.length === 0;
  if (!ask) return { topics: unknown };
  const response = await broker.groups.offsetCommit(
    { ...request, topics: known },
    groupContext(context),
  );
  const answered = response.topics.map((topic) =>
    usesIds ? topic : { ...topic, topicId: ZERO_UUID },
  );
  return { ...response, topics: [...answered, ...unknown] };
};

function sort(
  topic: Topic,
  usesIds: boolean,
  into: { broker: BrokerServices; known: Topic[]; unknown: TopicResponse[] },
): void {
  const { topics } = into.broker.metadata.image;
  const image = usesIds ? topics.byId(topic.topicId) : topics.byName(topic.name);
  const error = usesIds ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION;
  const refuse = (partitions: Topic['partitions'], errorCode: number) =>
    into.unknown.push({
      name: topic.name,
      topicId: topic.topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    });
  if (image === undefined) {
    refuse(topic.partitions, error.code);
    return;
  }
  const exists = ({ partitionIndex }: { partitionIndex: number }) =>
    image.partitions[partitionIndex] !== undefined;
  const partitions = topic.partitions.filter(exists);
  const gone = topic.partitions.filter((partition) => !exists(partition));
  if (gone.length > 0) refuse(gone, errors.UNKNOWN_TOPIC_OR_PARTITION.code);
  if (partitions.length > 0) {
    into.known.push({ ...topic, name: image.name, topicId: image.id, partitions });
  }
}
