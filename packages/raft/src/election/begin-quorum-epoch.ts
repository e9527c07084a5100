import { errors } from '@tidelog/protocol';
import { directoryIdOnWire, replicaKey } from '../keys.ts';
import {
  type InboundRequest,
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  metadataPartition,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import {
  isMeantForUs,
  addressError,
  quorumResponse,
  refusal,
  voterRequestError,
} from '../replies.ts';
import { followNews, isCurrent, newsOf } from '../transitions.ts';

/** BeginQuorumEpoch v0-1: a new leader makes itself known to the voters that don't fetch from it yet. */
export function handleBeginQuorumEpoch(
  quorum: Quorum,
  request: InboundRequest<'BeginQuorumEpoch'>,
): void {
  const { id, api, body, version } = request;
  const partition = metadataPartition(body.topics);
  const misaddressed = addressError(quorum, body.clusterId, partition);
  if (partition === null || misaddressed !== null) {
    quorum.reply({ id, api, body: refusal(misaddressed ?? errors.INVALID_REQUEST) });
    return;
  }
  const { leaderId, leaderEpoch: epoch, voterDirectoryId } = partition;
  let error = voterRequestError(quorum, leaderId, epoch);
  if (error === null) {
    followNews(quorum, { epoch, leaderId, leaderEndpoints: body.leaderEndpoints });
    const { directoryId } = replicaKey(body.voterId, voterDirectoryId);
    if (!isMeantForUs(quorum, body.voterId, directoryId)) error = errors.INVALID_VOTER_KEY;
  }
  const { code: errorCode } = error ?? errors.NONE;
  quorum.reply({ id, api, body: quorumResponse(quorum, version, { errorCode }) });
}

/** Reminds, every half fetch timeout, the voters that are silent. */
export function announceLeader(quorum: Quorum): void {
  const { role, now, config } = quorum;
  if (role.name !== 'leader' || role.beginQuorumDeadline > now) return;
  for (const voter of role.votersToRemind(now)) {
    const address = quorum.voters.address(voter.id, config.listenerName);
    if (address === null) continue;
    quorum.send(address, 'BeginQuorumEpoch', () => {
      const partition = {
        partitionIndex: METADATA_PARTITION,
        voterDirectoryId: directoryIdOnWire(voter),
        leaderId: quorum.key.id,
        leaderEpoch: quorum.epoch,
      };
      return {
        clusterId: config.clusterId,
        voterId: voter.id,
        topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
        leaderEndpoints: config.listeners,
      };
    });
  }
  role.reminded(now);
}

export function handleBeginQuorumEpochResponse(
  quorum: Quorum,
  { body }: InboundResponse<'BeginQuorumEpoch'>,
): boolean {
  const partition = metadataPartition(body.topics);
  if (body.errorCode !== errors.NONE.code || partition === null) return false;
  const news = newsOf(quorum, partition, body.nodeEndpoints);
  return isCurrent(quorum, partition.errorCode, news) && partition.errorCode === errors.NONE.code;
}
