import { giveBack } from '@tidelog/log';
import type { RequestContext } from '@tidelog/network';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { acknowledge, type AcknowledgementResult } from '../share/acknowledgements.ts';
import { ShareFetch, type ShareFetchResult } from '../share/share-fetch.ts';
import { memberRefusal } from '../share/share-request.ts';
import { FINAL_EPOCH, FIRST_EPOCH, type ShareSession } from '../share/share-sessions.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { LeaderHints } from './leader-hints.ts';

type Request = RequestOf<'ShareFetch'>;
type TopicResponse = ResponseOf<'ShareFetch'>['responses'][number];
type PartitionResponse = TopicResponse['partitions'][number];

const BATCH_OPTIMIZED = 0;
const RECORD_LIMIT = 1;

/**
 * Versions 1 and 2, for members of share groups (KIP-932): acknowledges, and acquires further records.
 * Epoch 0 begins a session, -1 ends it and fetches nothing. With `isRenewAck` (version 2, KIP-1222)
 * nothing is fetched either, so that the locks do not run out while the member waits.
 */
export const shareFetch: Handler<'ShareFetch'> = async (request, context, broker) => {
  const refused = memberRefusal(request, broker) ?? requestProblem(request);
  if (refused !== null) return failed(refused);
  const session = openSession(request, context, broker);
  if ('code' in session) {
    if (session === errors.SHARE_SESSION_LIMIT_REACHED) await pause(request, context, broker);
    return failed(session);
  }
  const final = request.shareSessionEpoch === FINAL_EPOCH;
  const acknowledged = acknowledge(
    {
      groupId: session.groupId,
      memberId: session.memberId,
      topics: withAcknowledgements(request),
      knowsRenew: context.apiVersion >= 2,
      isRenewAck: request.isRenewAck,
    },
    broker,
  );
  const fetch = fetchFor(session, request, { context, broker });
  const [fetched, acknowledgements] = await Promise.all([
    final || request.isRenewAck ? [] : fetch.run(),
    acknowledged,
  ]);
  if (final) broker.sharing.sessions.end(session.groupId, session.memberId);
  context.onReleased = () => giveBack(fetch.buffers);
  const news = fetched.filter(
    (result) =>
      request.shareSessionEpoch === FIRST_EPOCH ||
      session.isNews(result, result.error !== errors.NONE, result.records.length > 0),
  );
  const hints = new LeaderHints(broker, context.listenerName);
  const responses = respond(news, acknowledgements, { broker, hints });
  return {
    errorCode: errors.NONE.code,
    acquisitionLockTimeoutMs: broker.sharing.settingsOf(session.groupId).recordLockDurationMs,
    responses,
    nodeEndpoints: hints.endpoints(),
  };
};

function requestProblem(request: Request): KafkaError | null {
  const { isRenewAck, maxBytes, minBytes, maxRecords, maxWaitMs, shareAcquireMode } = request;
  const fetches = maxBytes !== 0 || minBytes !== 0 || maxRecords !== 0 || maxWaitMs !== 0;
  const unknownMode = shareAcquireMode !== BATCH_OPTIMIZED && shareAcquireMode !== RECORD_LIMIT;
  const early =
    request.shareSessionEpoch === FIRST_EPOCH && withAcknowledgements(request).length > 0;
  return (isRenewAck && fetches) || unknownMode || early ? errors.INVALID_REQUEST : null;
}

function openSession(
  request: Request,
  { onGone }: RequestContext,
  broker: BrokerServices,
): ShareSession | KafkaError {
  const { shareSessionEpoch: epoch, topics, forgottenTopicsData } = request;
  const groupId = request.groupId!;
  const memberId = request.memberId!;
  const session =
    epoch === FIRST_EPOCH
      ? broker.sharing.sessions.begin(groupId, memberId, onGone)
      : broker.sharing.sessions.continue(groupId, memberId, epoch);
  if ('code' in session || epoch === FINAL_EPOCH) return session;
  const added = topics.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex: index }) => ({ topicId, index })),
  );
  const forgotten = forgottenTopicsData.flatMap(({ topicId, partitions }) =>
    partitions.map((index) => ({ topicId, index })),
  );
  session.add(added, epoch !== FIRST_EPOCH);
  if (epoch !== FIRST_EPOCH) session.forget(forgotten);
  return session;
}

/** A client without a session would ask again at once. */
function pause(
  { maxWaitMs }: Request,
  { onGone }: RequestContext,
  { clock }: BrokerServices,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      onGone.delete(finish);
      resolve();
    };
    const timer = clock.setTimer(Math.max(0, maxWaitMs), finish);
    onGone.add(finish);
  });
}

function withAcknowledgements({ topics }: Request): Request['topics'] {
  return topics
    .map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.filter((partition) => partition.acknowledgementBatches.length > 0),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}

function fetchFor(
  session: ShareSession,
  request: Request,
  { context, broker }: { context: RequestContext; broker: BrokerServices },
): ShareFetch {
  const { groupId, memberId, partitions } = session;
  const { maxWaitMs, maxRecords, batchSize, shareAcquireMode, shareSessionEpoch: epoch } = request;
  const maxBytes = Math.min(request.maxBytes, broker.config.getInt('fetch.max.bytes'));
  // Another partition comes first each time, so that none starves.
  const turn = epoch > 0 && partitions.length > 0 ? epoch % partitions.length : 0;
  const targets = [...partitions.slice(turn), ...partitions.slice(0, turn)];
  return new ShareFetch(broker, epoch === FINAL_EPOCH || request.isRenewAck ? [] : targets, {
    groupId,
    memberId,
    maxWaitMs,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    maxRecords,
    batchSize,
    recordLimit: shareAcquireMode === RECORD_LIMIT,
    onGone: context.onGone,
  });
}

function respond(
  fetched: readonly ShareFetchResult[],
  acknowledged: readonly AcknowledgementResult[],
  { broker, hints }: { broker: BrokerServices; hints: LeaderHints },
): TopicResponse[] {
  const topics = new Map<string, Map<number, PartitionResponse>>();
  const put = (topicId: string, index: number, part: Partial<PartitionResponse>) => {
    const partitions = topics.get(topicId) ?? new Map<number, PartitionResponse>();
    topics.set(topicId, partitions);
    partitions.set(index, { ...(partitions.get(index) ?? empty(index)), ...part });
  };
  for (const { topicId, index, error, records, acquired } of fetched) {
    const topic = broker.metadata.image.topics.byId(topicId)?.name;
    const currentLeader = hints.ofMoved(error, topic, index);
    put(topicId, index, {
      errorCode: error.code,
      currentLeader,
      records,
      acquiredRecords: acquired,
    });
  }
  for (const { topicId, index, error } of acknowledged) {
    const acknowledgeErrorMessage = error === errors.NONE ? null : error.message;
    put(topicId, index, { acknowledgeErrorCode: error.code, acknowledgeErrorMessage });
  }
  return Array.from(topics, ([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.values()],
  }));
}

function empty(partitionIndex: number): PartitionResponse {
  return {
    partitionIndex,
    errorCode: errors.NONE.code,
    acknowledgeErrorCode: errors.NONE.code,
    currentLeader: { leaderId: 0, leaderEpoch: 0 },
    records: [],
    acquiredRecords: [],
  };
}

function failed(error: KafkaError): ResponseOf<'ShareFetch'> {
  return {
    errorCode: error.code,
    errorMessage: error.message,
    acquisitionLockTimeoutMs: 0,
    responses: [],
    nodeEndpoints: [],
  };
}
