import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import { acknowledge, type AcknowledgementResult } from '../share/acknowledgements.ts';
import { memberRefusal } from '../share/share-request.ts';
import { FINAL_EPOCH, FIRST_EPOCH } from '../share/share-sessions.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { LeaderHints } from './leader-hints.ts';

type TopicResponse = ResponseOf<'ShareAcknowledge'>['responses'][number];
type PartitionResponse = TopicResponse['partitions'][number];

/**
 * Versions 1 and 2, for members of share groups (KIP-932). Answers when what counts is written; each
 * partition as a whole, or not at all. Epoch -1 ends the session, and gives back what was not
 * acknowledged. Version 2 renews locks (KIP-1222).
 */
export const shareAcknowledge: Handler<'ShareAcknowledge'> = async (request, context, broker) => {
  const refused = memberRefusal(request, broker);
  if (refused !== null) return failed(refused);
  const groupId = request.groupId!;
  const memberId = request.memberId!;
  const { shareSessionEpoch: epoch, topics, isRenewAck } = request;
  if (epoch === FIRST_EPOCH) return failed(errors.INVALID_SHARE_SESSION_EPOCH);
  const session = broker.sharing.sessions.continue(groupId, memberId, epoch);
  if ('code' in session) return failed(session);
  const knowsRenew = context.apiVersion >= 2;
  const results = await acknowledge({ groupId, memberId, topics, knowsRenew, isRenewAck }, broker);
  if (epoch === FINAL_EPOCH) broker.sharing.sessions.end(groupId, memberId);
  const hints = new LeaderHints(broker, context.listenerName);
  return {
    errorCode: errors.NONE.code,
    acquisitionLockTimeoutMs: broker.sharing.settingsOf(groupId).recordLockDurationMs,
    responses: byTopic(results, { broker, hints }),
    nodeEndpoints: hints.endpoints(),
  };
};

function byTopic(
  results: readonly AcknowledgementResult[],
  { broker, hints }: { broker: BrokerServices; hints: LeaderHints },
): TopicResponse[] {
  const topics = new Map<string, PartitionResponse[]>();
  for (const { topicId, index, error } of results) {
    const partitions = topics.get(topicId) ?? [];
    topics.set(topicId, partitions);
    partitions.push({
      partitionIndex: index,
      errorCode: error.code,
      errorMessage: error === errors.NONE ? null : error.message,
      currentLeader: hints.ofMoved(error, broker.metadata.image.topics.byId(topicId)?.name, index),
    });
  }
  return Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions }));
}

function failed(error: KafkaError): ResponseOf<'ShareAcknowledge'> {
  return {
    errorCode: error.code,
    errorMessage: error.message,
    acquisitionLockTimeoutMs: 0,
    responses: [],
    nodeEndpoints: [],
  };
}
