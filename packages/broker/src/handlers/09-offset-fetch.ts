import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';

type Group = RequestOf<'OffsetFetch'>['groups'][number];
type GroupResponse = NonNullable<ResponseOf<'OffsetFetch'>['groups']>[number];
type TopicResponse = NonNullable<GroupResponse['topics']>[number];

/** First version in which topics are named by id. */
const TOPIC_ID_VERSION = 10;

/**
 * Versions 1 to 10: one group up to v7, several from v8 on; no list of topics means all that the
 * group has stored. From v10 on topics have ids only, which are translated here: an id that is not
 * known is UNKNOWN_TOPIC_ID, and the offsets of a topic that is gone are left out.
 */
export const offsetFetch: Handler<'OffsetFetch'> = async (request, context, broker) => {
  if (context.apiVersion < TOPIC_ID_VERSION) {
    return broker.groups.offsetFetch(request, groupContext(context));
  }
  const unknown = new Map<string, TopicResponse[]>();
  const groups = request.groups.map((group) => named(group, broker, unknown));
  const response = await broker.groups.offsetFetch({ ...request, groups }, groupContext(context));
  return {
    ...response,
    groups: (response.groups ?? []).map((group) => ({
      ...group,
      topics:
        (group.errorCode ?? 0) === 0
          ? [...withIds(group.topics ?? [], broker), ...(unknown.get(group.groupId ?? '') ?? [])]
          : group.topics,
    })),
  };
};

function named(group: Group, broker: BrokerServices, unknown: Map<string, TopicResponse[]>): Group {
  if (group.topics === null) return group;
  const { topics: image } = broker.metadata.image;
  const missing = group.topics.filter(({ topicId }) => image.byId(topicId) === undefined);
  unknown.set(
    group.groupId,
    missing.map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        metadata: '',
        errorCode: errors.UNKNOWN_TOPIC_ID.code,
      })),
    })),
  );
  const topics = group.topics.flatMap((topic) => {
    const known = image.byId(topic.topicId);
    return known === undefined ? [] : [{ ...topic, name: known.name }];
  });
  return { ...group, topics };
}

function withIds(topics: readonly TopicResponse[], broker: BrokerServices): TopicResponse[] {
  return topics.flatMap((topic) => {
    const image = broker.metadata.image.topics.byName(topic.name ?? '');
    return image === undefined ? [] : [{ ...topic, topicId: image.id }];
  });
}
