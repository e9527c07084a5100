import { errors, type RequestOf } from '@tidelog/protocol';
import { Refusal } from '../consumer-group/refusal.ts';

/** From this version on a member makes its id itself (KIP-1082). */
const OWN_MEMBER_ID_VERSION = 1;

/** What is wrong with a ConsumerGroupHeartbeat whatever its group; null when nothing is. */
export function heartbeatProblem(
  request: RequestOf<'ConsumerGroupHeartbeat'>,
  apiVersion: number,
  assignors: ReadonlyMap<string, unknown>,
): Refusal | null {
  const { memberId, memberEpoch, serverAssignor } = request;
  const hasId = apiVersion >= OWN_MEMBER_ID_VERSION || memberEpoch > 0 || memberEpoch === -1;
  if (hasId && isBlank(memberId)) return invalid("MemberId can't be empty.");
  if (isBlank(request.groupId)) return invalid("GroupId can't be empty.");
  if (isBlank(request.instanceId)) return invalid("InstanceId can't be empty.");
  if (isBlank(request.rackId)) return invalid("RackId can't be empty.");
  const problem = problemByEpoch(request);
  if (problem !== null) return invalid(problem);
  if (serverAssignor === null || assignors.has(serverAssignor)) return null;
  const supported = `Supported assignors: ${[...assignors.keys()].join(', ')}.`;
  const message = `ServerAssignor ${serverAssignor} is not supported. ${supported}`;
  return new Refusal(errors.UNSUPPORTED_ASSIGNOR, message);
}

function problemByEpoch(request: RequestOf<'ConsumerGroupHeartbeat'>): string | null {
  const { memberEpoch, instanceId, topicPartitions } = request;
  if (memberEpoch < -2) return 'MemberEpoch is invalid.';
  if (memberEpoch === -2 && instanceId === null) return "InstanceId can't be null.";
  if (memberEpoch !== 0) return null;
  if (request.rebalanceTimeoutMs === -1) {
    return 'RebalanceTimeoutMs must be provided in first request.';
  }
  if (topicPartitions === null || topicPartitions.length > 0) {
    return 'TopicPartitions must be empty when (re-)joining.';
  }
  if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
    return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.';
  }
  return null;
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === '';
}

function invalid(message: string): Refusal {
  return new Refusal(errors.INVALID_REQUEST, message);
}
