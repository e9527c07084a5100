import { errors, type KafkaError } from '@tidelog/protocol';
import { replicaKey } from '../keys.ts';
import {
  type InboundRequest,
  METADATA_PARTITION,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  type Reply,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import { currentLeader, isOtherCluster, leaderNode, leaderRequestError } from '../replies.ts';
import type { Leader } from './leader.ts';
import { BOOTSTRAP_SNAPSHOT, type Position } from './log-view.ts';

type FetchRequest = InboundRequest<'Fetch'>;
type FetchPartition = FetchRequest['body']['topics'][number]['partitions'][number];

/**
 * Fetch v4-18 on the metadata partition: a replica pulls records, and tells by its offset what it has.
 * Answered at once with records, an error, where to truncate, which snapshot to fetch, or a newer high
 * watermark; else parked for up to maxWaitMs.
 */
export function handleFetch(quorum: Quorum, request: FetchRequest): void {
  const { body } = request;
  const partition = fetchPartition(request);
  if (isOtherCluster(quorum, body.clusterId)) {
    refuse(quorum, request, errors.INCONSISTENT_CLUSTER_ID);
  } else if (partition === null) {
    refuse(quorum, request, errors.INVALID_REQUEST);
  } else if (isIllegal(partition) || body.maxWaitMs < 0) {
    answer(quorum, request, { error: errors.INVALID_REQUEST, highWatermark: null });
  } else {
    const result = lookUp(quorum, request, partition);
    if (result.isWorthAnswering || body.maxWaitMs === 0) {
      answer(quorum, request, result);
    } else {
      const deadline = quorum.now + body.maxWaitMs;
      quorum.parked.push({ request, fetchOffset: partition.fetchOffset, deadline });
    }
  }
}

function fetchPartition({ body, version }: FetchRequest): FetchPartition | null {
  const [topic] = body.topics;
  if (topic === undefined || body.topics.length !== 1) return null;
  const isMetadata =
    version >= 13 ? topic.topicId === METADATA_TOPIC_ID : topic.topic === METADATA_TOPIC;
  const [partition] = topic.partitions;
  const isOne = topic.partitions.length === 1 && partition?.partition === METADATA_PARTITION;
  return isMetadata && isOne ? partition : null;
}

function isIllegal(partition: FetchPartition): boolean {
  const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch } = partition;
  return fetchOffset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch;
}

interface FetchResult {
  readonly error: KafkaError;
  readonly highWatermark: number | null;
  readonly position?: Position;
  readonly readFrom?: number;
  readonly isWorthAnswering?: boolean;
}

/** Takes note of how far the replica has come, and finds what it needs next. */
function lookUp(quorum: Quorum, request: FetchRequest, partition: FetchPartition): FetchResult {
  const { role, log } = quorum;
  const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch } = partition;
  const error = leaderRequestError(quorum, currentLeaderEpoch);
  if (error !== null || role.name !== 'leader') {
    const { NOT_LEADER_OR_FOLLOWER } = errors;
    return { error: error ?? NOT_LEADER_OR_FOLLOWER, highWatermark: null, isWorthAnswering: true };
  }
  const position = positionOf(quorum, fetchOffset, lastFetchedEpoch);
  if (position.kind === 'valid') noteProgress(quorum, role, request, partition);
  const { highWatermark } = quorum;
  const hasRecords = position.kind === 'valid' && fetchOffset < log.endOffset;
  const isNewCommit = partition.highWatermark < (highWatermark ?? -1);
  const isWorthAnswering = position.kind !== 'valid' || hasRecords || isNewCommit;
  const found = { error: errors.NONE, highWatermark, position, isWorthAnswering };
  return hasRecords ? { ...found, readFrom: fetchOffset } : found;
}

function positionOf(quorum: Quorum, fetchOffset: number, lastFetchedEpoch: number): Position {
  const latest = quorum.log.latestSnapshot?.id;
  // An empty replica is faster served by a snapshot than by the whole log.
  const isReplicated = latest !== undefined && latest.offset > BOOTSTRAP_SNAPSHOT.offset;
  if (fetchOffset === 0 && isReplicated) return { kind: 'snapshot', id: latest };
  return quorum.log.position(fetchOffset, lastFetchedEpoch);
}

function noteProgress(
  quorum: Quorum,
  leader: Leader,
  { body }: FetchRequest,
  partition: FetchPartition,
): void {
  const replicaId = body.replicaId >= 0 ? body.replicaId : body.replicaState.replicaId;
  if (replicaId < 0 || replicaId === quorum.key.id) return;
  const key = replicaKey(replicaId, partition.replicaDirectoryId);
  leader.onFetch(key, partition.fetchOffset, quorum.log.endOffset, quorum.now);
  advanceHighWatermark(quorum);
}

/** Commits what a majority has by now, and lets everybody who waits know. */
export function advanceHighWatermark(quorum: Quorum): void {
  const { role, log, highWatermark } = quorum;
  if (role.name !== 'leader') return;
  const committable = role.committable(log.syncedOffset);
  if (committable === null || committable <= (highWatermark ?? -1)) return;
  quorum.commit(committable);
}

/** Answers parked fetches that have something to hear, or have waited long enough. */
export function answerParked(quorum: Quorum): void {
  const waiting = quorum.parked;
  if (waiting.length === 0) return;
  quorum.parked = [];
  for (const parked of waiting) {
    const { request } = parked;
    const partition = fetchPartition(request);
    if (partition === null) continue;
    const isLed = leaderRequestError(quorum, partition.currentLeaderEpoch) === null;
    const hasNews =
      quorum.log.endOffset > parked.fetchOffset ||
      partition.highWatermark < (quorum.highWatermark ?? -1);
    if (!isLed) {
      answer(quorum, request, { error: errors.NOT_LEADER_OR_FOLLOWER, highWatermark: null });
    } else if (hasNews) {
      answer(quorum, request, lookUp(quorum, request, partition));
    } else if (parked.deadline <= quorum.now) {
      answer(quorum, request, { error: errors.NONE, highWatermark: quorum.highWatermark });
    } else {
      quorum.parked.push(parked);
    }
  }
}

function refuse(quorum: Quorum, { id, api }: FetchRequest, error: KafkaError): void {
  const body = { throttleTimeMs: 0, errorCode: error.code, responses: [], nodeEndpoints: [] };
  quorum.reply({ id, api, body });
}

function answer(quorum: Quorum, request: FetchRequest, result: FetchResult): void {
  const { id, api, version, body } = request;
  const { readFrom } = result;
  const fill =
    readFrom === undefined
      ? undefined
      : ({ from: 'log', offset: readFrom, maxBytes: body.maxBytes } as const);
  quorum.reply({ id, api, body: fetchResponse(quorum, version, result), fill });
}

function fetchResponse(quorum: Quorum, version: number, result: FetchResult): Reply<'Fetch'> {
  const { position } = result;
  const diverging = position?.kind === 'diverging' ? position.at : null;
  const snapshot = position?.kind === 'snapshot' ? position.id : null;
  const partition = {
    partitionIndex: METADATA_PARTITION,
    errorCode: result.error.code,
    highWatermark: result.highWatermark ?? -1,
    logStartOffset: quorum.log.startOffset,
    ...(diverging && { divergingEpoch: { epoch: diverging.epoch, endOffset: diverging.offset } }),
    ...(snapshot && { snapshotId: { epoch: snapshot.epoch, endOffset: snapshot.offset } }),
    currentLeader: currentLeader(quorum),
    abortedTransactions: null,
    records: Buffer.alloc(0),
  };
  return {
    errorCode: errors.NONE.code,
    throttleTimeMs: 0,
    responses: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    nodeEndpoints: leaderNode(quorum, version >= 17).map((node) => ({ ...node, rack: null })),
  };
}
