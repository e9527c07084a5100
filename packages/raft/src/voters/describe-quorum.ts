import { errors } from '@tidelog/protocol';
import { directoryIdOnWire, matchesKey, ZERO_UUID } from '../keys.ts';
import {
  type InboundRequest,
  METADATA_PARTITION,
  METADATA_TOPIC,
  metadataPartition,
  type Reply,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import type { Progress } from '../replication/leader.ts';

/** DescribeQuorum v0-2: the leader's view of who has come how far. */
export function handleDescribeQuorum(
  quorum: Quorum,
  request: InboundRequest<'DescribeQuorum'>,
): void {
  const { id, api, body, version } = request;
  quorum.reply({ id, api, body: describe(quorum, body, version) });
}

function describe(
  quorum: Quorum,
  body: InboundRequest<'DescribeQuorum'>['body'],
  version: number,
): Reply<'DescribeQuorum'> {
  const { role, now } = quorum;
  const refused = { errorMessage: null, topics: [], nodes: [] };
  if (metadataPartition(body.topics) === null) {
    const partition = emptyPartition(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    const topics = body.topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({ ...partition, partitionIndex })),
    }));
    return { ...refused, errorCode: errors.NONE.code, topics };
  }
  if (role.name !== 'leader') {
    return { ...refused, errorCode: errors.NOT_LEADER_OR_FOLLOWER.code };
  }
  const state = (progress: Progress): ReplicaState => replicaState(quorum, progress, version);
  const partition = {
    ...emptyPartition(errors.NONE.code),
    leaderId: quorum.key.id,
    leaderEpoch: quorum.epoch,
    highWatermark: quorum.highWatermark ?? -1,
    currentVoters: role.voters.map(state),
    observers: role.observers(now).map(state),
  };
  const nodes = quorum.voters.voters.map((voter) => ({
    nodeId: voter.id,
    listeners: voter.endpoints,
  }));
  return {
    errorCode: errors.NONE.code,
    errorMessage: null,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    nodes: version >= 2 ? nodes : [],
  };
}

function emptyPartition(errorCode: number): {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
  leaderId: number;
  leaderEpoch: number;
  highWatermark: number;
  currentVoters: ReplicaState[];
  observers: ReplicaState[];
} {
  return {
    partitionIndex: METADATA_PARTITION,
    errorCode,
    errorMessage: null,
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  };
}

interface ReplicaState {
  readonly replicaId: number;
  readonly replicaDirectoryId: string;
  readonly logEndOffset: number;
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}

function replicaState(quorum: Quorum, progress: Progress, version: number): ReplicaState {
  const isLeader = matchesKey(progress.key, quorum.key);
  const timestamp = (at: number): number => (Number.isFinite(at) ? at : -1);
  return {
    replicaId: progress.key.id,
    replicaDirectoryId: version >= 2 ? directoryIdOnWire(progress.key) : ZERO_UUID,
    logEndOffset: isLeader ? quorum.log.endOffset : (progress.endOffset ?? -1),
    lastFetchTimestamp: isLeader ? quorum.now : timestamp(progress.lastFetchMs),
    lastCaughtUpTimestamp: isLeader ? quorum.now : timestamp(progress.lastCaughtUpMs),
  };
}
