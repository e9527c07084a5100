import type { StreamsInternalTopic } from '@tidelog/coordinator';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { isValidTopicName } from '../topics/topic-name.ts';
import { groupContext } from './group-context.ts';
import type { Handler } from './handler.ts';
import { supportsStreamsGroups } from './streams-version.ts';
import { isInternalTopic } from '../config/internal-topics.ts';

type Response = ResponseOf<'StreamsGroupHeartbeat'>;

const MISSING_INTERNAL_TOPICS = 3;
const MOST_FAILURES_TOLD = 3;

/**
 * Version 0; UNSUPPORTED_VERSION where the cluster's `streams.version` is 0. Internal topics that the
 * topology lacks are created beside the answer; why that failed is told to the next heartbeat.
 */
export const streamsGroupHeartbeat: Handler<'StreamsGroupHeartbeat'> = async (
  request,
  context,
  broker,
) => {
  if (!supportsStreamsGroups(broker)) return refusal(errors.UNSUPPORTED_VERSION);
  const topics = topicsOf(request);
  const prohibited = topics.filter(isInternalTopic);
  if (prohibited.length > 0) {
    return refusal(
      errors.STREAMS_INVALID_TOPOLOGY,
      `Use of Kafka internal topics ${prohibited.join(',')} in a Kafka Streams topology is prohibited.`,
    );
  }
  const invalid = topics.filter((topic) => !isValidTopicName(topic));
  if (invalid.length > 0) {
    const detail = `Topic names ${invalid.join(',')} are not valid topic names.`;
    return refusal(errors.STREAMS_INVALID_TOPOLOGY, detail);
  }
  const { response, missingTopics } = await broker.streamsGroups.heartbeat(
    request,
    groupContext(context),
  );
  return missingTopics.length === 0 ? response : createMissing(broker, response, missingTopics);
};

function createMissing(
  broker: BrokerServices,
  response: Response,
  missing: readonly StreamsInternalTopic[],
): Response {
  void broker.streamsTopics.create(broker, missing, 2 * response.heartbeatIntervalMs);
  const failures = broker.streamsTopics.failures(
    broker,
    missing.map(({ name }) => name),
  );
  if (failures.length === 0) return response;
  const more = failures.length - MOST_FAILURES_TOLD;
  const list = failures.slice(0, MOST_FAILURES_TOLD).join(', ');
  const told = `; Creation failed: ${list}${more > 0 ? ` and ${more} more` : ''}.`;
  return {
    ...response,
    status: (response.status ?? []).map((status) =>
      status.statusCode === MISSING_INTERNAL_TOPICS
        ? { ...status, statusDetail: status.statusDetail + told }
        : status,
    ),
  };
}

/** All topics of the topology, once each. */
function topicsOf({ topology }: RequestOf<'StreamsGroupHeartbeat'>): string[] {
  const names = (topology?.subtopologies ?? []).flatMap((part) => [
    ...part.sourceTopics,
    ...part.repartitionSinkTopics,
    ...part.repartitionSourceTopics.map(({ name }) => name),
    ...part.stateChangelogTopics.map(({ name }) => name),
  ]);
  return [...new Set(names)];
}

function refusal({ code, message }: KafkaError, errorMessage: string = message): Response {
  return {
    errorCode: code,
    errorMessage,
    memberId: '',
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    acceptableRecoveryLag: 0,
    taskOffsetIntervalMs: 0,
    status: null,
    endpointInformationEpoch: 0,
  };
}
