import { errors } from '@tidelog/protocol';
import { FETCH_MAX_BYTES, FETCH_MAX_WAIT_MS } from '../config.ts';
import { addressOf } from '../keys.ts';
import {
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  type RequestToSend,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import type { Follower } from '../roles.ts';
import { sendFetchSnapshot } from '../snapshot/fetch-snapshot.ts';
import { isCurrent, newsOf } from '../transitions.ts';
import { appendFetched } from './append.ts';

type FetchResponse = InboundResponse<'Fetch'>;
type FetchedPartition = FetchResponse['body']['responses'][number]['partitions'][number];

/**
 * Asks the leader for more; when the leader doesn't answer, asks anybody where the leader is. What was
 * appended must be on stable storage first, because the offset of a fetch says that it is.
 */
export function fetchFromLeader(quorum: Quorum, role: Follower): void {
  const { connections, now, config } = quorum;
  const leader = addressOf(role.leaderId, role.leaderEndpoints, config.listenerName);
  if (leader === null || connections.hasTimedOut(leader.id, now)) {
    if (leader !== null) connections.reset(leader.id);
    fetchFromAnybody(quorum);
  } else if (connections.isBackingOff(leader.id, now)) {
    fetchFromAnybody(quorum);
  } else if (!connections.anyInFlight(now)) {
    if (role.fetchingSnapshot !== null) sendFetchSnapshot(quorum, leader, role.fetchingSnapshot);
    else if (isSynced(quorum)) quorum.send(leader, 'Fetch', () => fetchRequest(quorum));
  }
}

/** A node that knows no leader learns of it from the answer to a fetch. */
export function fetchFromAnybody(quorum: Quorum): void {
  const { connections, now } = quorum;
  const servers = quorum.bootstrapServers;
  if (servers.length === 0 || connections.anyInFlight(now) || !isSynced(quorum)) return;
  const server = connections.firstReady(servers, quorum.random(servers.length), now);
  if (server !== undefined) quorum.send(server, 'Fetch', () => fetchRequest(quorum));
}

function isSynced({ log }: Quorum): boolean {
  return log.syncedOffset === log.endOffset;
}

function fetchRequest(quorum: Quorum): RequestToSend<'Fetch'> {
  const { log, config } = quorum;
  const partition = {
    partition: METADATA_PARTITION,
    currentLeaderEpoch: quorum.epoch,
    fetchOffset: log.endOffset,
    lastFetchedEpoch: log.lastEpoch,
    partitionMaxBytes: 0,
    replicaDirectoryId: config.node.directoryId,
    highWatermark: quorum.highWatermark ?? -1,
  };
  return {
    clusterId: config.clusterId,
    replicaState: { replicaId: config.node.id, replicaEpoch: -1 },
    maxWaitMs: FETCH_MAX_WAIT_MS,
    minBytes: 0,
    maxBytes: FETCH_MAX_BYTES,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  };
}

export function handleFetchResponse(quorum: Quorum, { body }: FetchResponse): boolean {
  const partition = onlyPartition(body);
  if (body.errorCode !== errors.NONE.code || partition === null) return false;
  const news = newsOf(quorum, partition.currentLeader, body.nodeEndpoints);
  if (!isCurrent(quorum, partition.errorCode, news)) return false;
  const { role } = quorum;
  if (role.name !== 'follower') return false;
  if (partition.errorCode !== errors.NONE.code) return false;
  takeFetched(quorum, role, partition);
  role.fetchDeadline = quorum.now + quorum.config.timeouts.fetchMs;
  role.hasFetched = true;
  return true;
}

function onlyPartition(body: FetchResponse['body']): FetchedPartition | null {
  const [topic] = body.responses;
  if (topic === undefined || body.responses.length !== 1) return null;
  if (topic.topicId !== METADATA_TOPIC_ID && topic.topic !== METADATA_TOPIC) return null;
  const [partition] = topic.partitions;
  return topic.partitions.length === 1 && partition !== undefined ? partition : null;
}

function takeFetched(quorum: Quorum, role: Follower, partition: FetchedPartition): void {
  const { divergingEpoch, snapshotId } = partition;
  if (divergingEpoch.epoch >= 0) {
    truncate(quorum, divergingEpoch.endOffset, divergingEpoch.epoch);
  } else if (snapshotId.epoch >= 0 && snapshotId.endOffset >= 0) {
    const id = { offset: snapshotId.endOffset, epoch: snapshotId.epoch };
    if (quorum.log.snapshot(id) === undefined) {
      role.fetchingSnapshot = { id, position: 0, isInstalling: false };
    }
  } else {
    if (partition.records !== null) appendFetched(quorum, partition.records);
    followHighWatermark(quorum, partition.highWatermark);
  }
}

function truncate(quorum: Quorum, offset: number, epoch: number): void {
  const endOffset = quorum.log.cutFor({ offset, epoch });
  if (endOffset < quorum.committed) {
    throw new Error(
      `the leader of epoch ${quorum.epoch} wants offset ${endOffset} cut, but all below ` +
        `${quorum.committed} is committed`,
    );
  }
  quorum.log.truncateTo(endOffset);
  quorum.history.truncateTo(endOffset);
  quorum.emit({ type: 'truncate', endOffset });
}

/** A follower's high watermark is the leader's, as far as the follower has the records. */
export function followHighWatermark(quorum: Quorum, leaderHighWatermark: number): void {
  if (leaderHighWatermark < 0) return;
  const offset = Math.min(leaderHighWatermark, quorum.log.endOffset);
  if (offset > (quorum.highWatermark ?? -1)) quorum.commit(offset);
}
