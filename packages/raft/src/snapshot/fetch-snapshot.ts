import { errors, type KafkaError } from '@tidelog/protocol';
import { FETCH_MAX_BYTES } from '../config.ts';
import { directoryIdOnWire, type NodeAddress, replicaKey } from '../keys.ts';
import {
  type InboundRequest,
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  type RequestToSend,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import type { ControlRecord } from '../replication/control-records.ts';
import { BOOTSTRAP_SNAPSHOT, type SnapshotSummary } from '../replication/log-view.ts';
import { currentLeader, isOtherCluster, leaderNode, leaderRequestError } from '../replies.ts';
import type { FetchingSnapshot } from '../roles.ts';
import { isCurrent, newsOf } from '../transitions.ts';

type SnapshotRequest = InboundRequest<'FetchSnapshot'>;
type RequestPartition = SnapshotRequest['body']['topics'][number]['partitions'][number];
type SnapshotResponse = InboundResponse<'FetchSnapshot'>;
type ResponsePartition = SnapshotResponse['body']['topics'][number]['partitions'][number];

/** FetchSnapshot v0-1 (KIP-630): a replica that is behind the log's start pulls a snapshot by pieces. */
export function handleFetchSnapshot(quorum: Quorum, request: SnapshotRequest): void {
  const { id, api, body } = request;
  const refuse = (error: KafkaError): void => {
    const refused = { throttleTimeMs: 0, errorCode: error.code, topics: [], nodeEndpoints: [] };
    quorum.reply({ id, api, body: refused });
  };
  const [topic] = body.topics;
  const [partition] = topic?.partitions ?? [];
  if (isOtherCluster(quorum, body.clusterId)) {
    refuse(errors.INCONSISTENT_CLUSTER_ID);
  } else if (topic === undefined || partition === undefined || body.topics.length !== 1) {
    refuse(errors.INVALID_REQUEST);
  } else if (topic.name !== METADATA_TOPIC || partition.partition !== METADATA_PARTITION) {
    respond(quorum, request, partition, errors.UNKNOWN_TOPIC_OR_PARTITION);
  } else {
    serve(quorum, request, partition);
  }
}

function serve(quorum: Quorum, request: SnapshotRequest, partition: RequestPartition): void {
  const { id, api, body } = request;
  const error = leaderRequestError(quorum, partition.currentLeaderEpoch);
  const snapshotId = {
    offset: partition.snapshotId.endOffset,
    epoch: partition.snapshotId.epoch,
  };
  const snapshot = quorum.log.snapshot(snapshotId);
  const isBootstrap = snapshotId.offset === BOOTSTRAP_SNAPSHOT.offset;
  if (error !== null) {
    respond(quorum, request, partition, error);
  } else if (snapshot === undefined || isBootstrap) {
    respond(quorum, request, partition, errors.SNAPSHOT_NOT_FOUND);
  } else if (partition.position < 0 || partition.position >= snapshot.sizeBytes) {
    respond(quorum, request, partition, errors.POSITION_OUT_OF_RANGE);
  } else {
    const key = replicaKey(body.replicaId, partition.replicaDirectoryId);
    if (quorum.role.name === 'leader') quorum.role.onContact(key, quorum.now);
    const { position } = partition;
    const maxBytes = Math.min(body.maxBytes, snapshot.sizeBytes - position);
    const fill = { from: 'snapshot', id: snapshotId, position, maxBytes } as const;
    const answer = responseBody(quorum, request, partition, { error: errors.NONE, snapshot });
    quorum.reply({ id, api, body: answer, fill });
  }
}

function respond(
  quorum: Quorum,
  request: SnapshotRequest,
  partition: RequestPartition,
  error: KafkaError,
): void {
  const { id, api } = request;
  const answer = responseBody(quorum, request, partition, { error, snapshot: null });
  quorum.reply({ id, api, body: answer });
}

function responseBody(
  quorum: Quorum,
  { body, version }: SnapshotRequest,
  { partition, position }: RequestPartition,
  result: { readonly error: KafkaError; readonly snapshot: SnapshotSummary | null },
): Parameters<typeof quorum.reply<'FetchSnapshot'>>[0]['body'] {
  const { snapshot } = result;
  const answer = {
    index: partition,
    errorCode: result.error.code,
    snapshotId: { endOffset: snapshot?.id.offset ?? 0, epoch: snapshot?.id.epoch ?? 0 },
    currentLeader: currentLeader(quorum),
    size: snapshot?.sizeBytes ?? 0,
    position: snapshot === null ? 0 : position,
    unalignedRecords: Buffer.alloc(0),
  };
  return {
    throttleTimeMs: 0,
    errorCode: errors.NONE.code,
    topics: [{ name: body.topics[0]?.name ?? METADATA_TOPIC, partitions: [answer] }],
    nodeEndpoints: leaderNode(quorum, version >= 1),
  };
}

/** Asks for the next piece. */
export function sendFetchSnapshot(
  quorum: Quorum,
  leader: NodeAddress,
  fetching: FetchingSnapshot,
): void {
  if (fetching.isInstalling) return;
  quorum.send(leader, 'FetchSnapshot', (): RequestToSend<'FetchSnapshot'> => {
    const partition = {
      partition: METADATA_PARTITION,
      currentLeaderEpoch: quorum.epoch,
      snapshotId: { endOffset: fetching.id.offset, epoch: fetching.id.epoch },
      position: fetching.position,
      replicaDirectoryId: directoryIdOnWire(quorum.key),
    };
    return {
      clusterId: quorum.config.clusterId,
      replicaId: quorum.key.id,
      maxBytes: FETCH_MAX_BYTES,
      topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
    };
  });
}

export function handleFetchSnapshotResponse(quorum: Quorum, { body }: SnapshotResponse): boolean {
  const [topic] = body.topics;
  const [partition] = topic?.partitions ?? [];
  if (body.errorCode !== errors.NONE.code || partition === undefined) return false;
  const news = newsOf(quorum, partition.currentLeader, body.nodeEndpoints);
  if (!isCurrent(quorum, partition.errorCode, news)) return false;
  const { role } = quorum;
  if (role.name !== 'follower' || role.fetchingSnapshot === null) return true;
  if (partition.errorCode === errors.SNAPSHOT_NOT_FOUND.code) {
    // The leader has deleted it meanwhile; a fetch will name another one.
    role.fetchingSnapshot = null;
  } else if (partition.errorCode !== errors.NONE.code) {
    return false;
  } else {
    takePiece(quorum, role.fetchingSnapshot, partition);
  }
  role.fetchDeadline = quorum.now + quorum.config.timeouts.fetchMs;
  role.hasFetched = true;
  return true;
}

function takePiece(quorum: Quorum, fetching: FetchingSnapshot, partition: ResponsePartition): void {
  const { id } = fetching;
  const { snapshotId, position, size, unalignedRecords: bytes } = partition;
  const isExpected =
    snapshotId.endOffset === id.offset &&
    snapshotId.epoch === id.epoch &&
    position === fetching.position;
  if (!isExpected || bytes === null) return;
  quorum.emit({ type: 'writeSnapshot', id, position, bytes });
  fetching.position += bytes.length;
  if (fetching.position < size) return;
  fetching.isInstalling = true;
  quorum.emit({ type: 'installSnapshot', id });
}

/** The shell has put the snapshot in the log's place: this replica starts anew from there. */
export function snapshotInstalled(
  quorum: Quorum,
  snapshot: SnapshotSummary,
  controls: readonly ControlRecord[],
): void {
  quorum.log.restartAt(snapshot);
  quorum.history.clear();
  for (const record of controls) quorum.applyControl(snapshot.id.offset - 1, record);
  if (quorum.role.name === 'follower') quorum.role.fetchingSnapshot = null;
  // Only what is committed is ever put in a snapshot.
  if (snapshot.id.offset > (quorum.highWatermark ?? -1)) quorum.commit(snapshot.id.offset);
}
