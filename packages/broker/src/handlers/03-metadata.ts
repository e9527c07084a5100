import type { TopicImage } from '@tidelog/metadata';
import type { RequestContext } from '@tidelog/network';
import { errorOf, errors, type RequestOf, type ResponseOf, ZERO_UUID } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { autoCreateTopics } from '../topics/auto-creation.ts';
import { isValidTopicName } from '../topics/topic-name.ts';
import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import type { Handler } from './handler.ts';
import { isInternalTopic } from '../config/internal-topics.ts';
import { describePartition, liveNodes } from './topic-description.ts';

type Request = RequestOf<'Metadata'>;
type TopicResponse = ResponseOf<'Metadata'>['topics'][number];

/** First version in which topics can be asked for by id. */
const TOPIC_ID_VERSION = 12;

/**
 * Versions 0 to 13. Topics by name, by id (v12), or all (null; in v0 also an empty list). A topic
 * that is missing is created first where the client and `auto.create.topics.enable` allow it, so the
 * answer has its leaders already. From v6 on a leader without the client's listener is
 * LISTENER_NOT_FOUND, before that LEADER_NOT_AVAILABLE.
 */
export const metadata: Handler<'Metadata'> = async (request, context, broker) => {
  const version = context.apiVersion;
  const all = request.topics === null || (version === 0 && request.topics.length === 0);
  const topics = all
    ? [...broker.metadata.image.topics.all()].map((topic) =>
        describe(topic, request, context, broker),
      )
    : await requestedTopics(request, context, broker);
  const { image } = broker.metadata;
  const brokers = liveNodes(image, context.listenerName);
  const clusterOperations = request.includeClusterAuthorizedOperations;
  return {
    brokers,
    clusterId: broker.clusterId,
    controllerId: brokers.some(({ nodeId }) => nodeId === broker.nodeId)
      ? broker.nodeId
      : (brokers[0]?.nodeId ?? -1),
    topics,
    clusterAuthorizedOperations: clusterOperations ? allOperations.cluster : NOT_ASKED,
  };
};

async function requestedTopics(
  request: Request,
  context: RequestContext,
  broker: BrokerServices,
): Promise<TopicResponse[]> {
  const wanted = request.topics!;
  const refused = wanted.some(
    ({ name, topicId }) =>
      context.apiVersion < TOPIC_ID_VERSION && (name === null || topicId !== ZERO_UUID),
  );
  if (refused) {
    return wanted.map(({ name }) => missing(name ?? '', ZERO_UUID, errors.INVALID_REQUEST.code));
  }
  const ids = new Set(wanted.map(({ topicId }) => topicId).filter((id) => id !== ZERO_UUID));
  if (ids.size > 0) return [...ids].map((id) => byId(id, request, context, broker));
  const names = new Set(wanted.map(({ name }) => name ?? ''));
  return byName([...names], request, context, broker);
}

function byId(
  id: string,
  request: Request,
  context: RequestContext,
  broker: BrokerServices,
): TopicResponse {
  const topic = broker.metadata.image.topics.byId(id);
  if (topic === undefined) return missing(null, id, errors.UNKNOWN_TOPIC_ID.code);
  return describe(topic, request, context, broker);
}

async function byName(
  names: readonly string[],
  request: Request,
  context: RequestContext,
  broker: BrokerServices,
): Promise<TopicResponse[]> {
  const { topics } = broker.metadata.image;
  const absent = names.filter((name) => topics.byName(name) === undefined);
  const mayCreate =
    request.allowAutoTopicCreation && broker.config.getBoolean('auto.create.topics.enable');
  const failures =
    mayCreate && absent.length > 0
      ? await autoCreateTopics(broker, absent)
      : new Map<string, number>();
  return names.map((name) => {
    const topic = topics.byName(name);
    if (topic !== undefined) return describe(topic, request, context, broker);
    const unknown = isValidTopicName(name)
      ? errors.UNKNOWN_TOPIC_OR_PARTITION
      : errors.INVALID_TOPIC_EXCEPTION;
    return missing(name, ZERO_UUID, failures.get(name) ?? unknown.code);
  });
}

function missing(name: string | null, topicId: string, errorCode: number): TopicResponse {
  const isInternal = name !== null && isInternalTopic(name);
  return { errorCode, name, topicId, isInternal, partitions: [] };
}

function describe(
  topic: TopicImage,
  request: Request,
  context: RequestContext,
  broker: BrokerServices,
): TopicResponse {
  const { image } = broker.metadata;
  const { listenerName } = context;
  const withOperations = request.includeTopicAuthorizedOperations;
  return {
    errorCode: errors.NONE.code,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((_, index) => {
      const partition = describePartition(image, topic, { index, listenerName });
      const old =
        context.apiVersion < 6 && errorOf(partition.errorCode) === errors.LISTENER_NOT_FOUND;
      return old ? { ...partition, errorCode: errors.LEADER_NOT_AVAILABLE.code } : partition;
    }),
    topicAuthorizedOperations: withOperations ? allOperations.topic : NOT_ASKED,
  };
}
