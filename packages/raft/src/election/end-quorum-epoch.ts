import { errors } from '@tidelog/protocol';
import { directoryIdOnWire, matchesKey, type ReplicaKey, replicaKey } from '../keys.ts';
import {
  type InboundRequest,
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  metadataPartition,
  type RequestToSend,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import { addressError, quorumResponse, refusal, voterRequestError } from '../replies.ts';
import type { Resigned } from '../roles.ts';
import { followNews, isCurrent, newsOf } from '../transitions.ts';

/** EndQuorumEpoch v0-1: the leader resigns, and names who should follow it, best first. */
export function handleEndQuorumEpoch(
  quorum: Quorum,
  request: InboundRequest<'EndQuorumEpoch'>,
): void {
  const { id, api, body, version } = request;
  const partition = metadataPartition(body.topics);
  const misaddressed = addressError(quorum, body.clusterId, partition);
  if (partition === null || misaddressed !== null) {
    quorum.reply({ id, api, body: refusal(misaddressed ?? errors.INVALID_REQUEST) });
    return;
  }
  const { leaderId, leaderEpoch: epoch } = partition;
  const error = voterRequestError(quorum, leaderId, epoch);
  if (error === null) {
    followNews(quorum, { epoch, leaderId, leaderEndpoints: body.leaderEndpoints });
    const { role } = quorum;
    if (role.name === 'follower' && role.leaderId === leaderId) {
      role.fetchDeadline = quorum.now + electionBackoff(quorum, successorsOf(partition));
    }
  }
  const { code: errorCode } = error ?? errors.NONE;
  quorum.reply({ id, api, body: quorumResponse(quorum, version, { errorCode }) });
}

type EndPartition =
  InboundRequest<'EndQuorumEpoch'>['body']['topics'][number]['partitions'][number];

/** Version 0 has ids only. */
function successorsOf(partition: EndPartition): ReplicaKey[] {
  const { preferredCandidates, preferredSuccessors } = partition;
  return preferredCandidates.length > 0
    ? preferredCandidates.map((c) => replicaKey(c.candidateId, c.candidateDirectoryId))
    : preferredSuccessors.map((id) => ({ id, directoryId: null }));
}

/** The best successor stands at once, each further one twice as late as the one before it. */
function electionBackoff(quorum: Quorum, successors: readonly ReplicaKey[]): number {
  const max = quorum.config.timeouts.electionBackoffMaxMs;
  const position = successors.findIndex((successor) => matchesKey(successor, quorum.key));
  if (position === 0) return 0;
  if (position < 0) return successors.length === 0 ? 0 : max;
  const base = max >> (successors.length - 1);
  return Math.min(max, base << (position - 1));
}

/** Tells the voters that haven't heard of it yet. */
export function announceResignation(quorum: Quorum): void {
  const { role } = quorum;
  if (role.name !== 'resigned') return;
  for (const voterId of role.unacked) {
    const address = quorum.voters.address(voterId, quorum.config.listenerName);
    if (address === null) continue;
    quorum.send(address, 'EndQuorumEpoch', () => endQuorumEpoch(quorum, role));
  }
}

function endQuorumEpoch(quorum: Quorum, role: Resigned): RequestToSend<'EndQuorumEpoch'> {
  const partition = {
    partitionIndex: METADATA_PARTITION,
    leaderId: quorum.key.id,
    leaderEpoch: quorum.epoch,
    preferredSuccessors: role.preferredSuccessors.map((key) => key.id),
    preferredCandidates: role.preferredSuccessors.map((key) => ({
      candidateId: key.id,
      candidateDirectoryId: directoryIdOnWire(key),
    })),
  };
  return {
    clusterId: quorum.config.clusterId,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    leaderEndpoints: quorum.config.listeners,
  };
}

export function handleEndQuorumEpochResponse(
  quorum: Quorum,
  { body, from }: InboundResponse<'EndQuorumEpoch'>,
): boolean {
  const partition = metadataPartition(body.topics);
  if (body.errorCode !== errors.NONE.code || partition === null) return false;
  const news = newsOf(quorum, partition, body.nodeEndpoints);
  if (!isCurrent(quorum, partition.errorCode, news)) return false;
  if (partition.errorCode !== errors.NONE.code) return false;
  if (quorum.role.name === 'resigned') quorum.role.unacked.delete(from);
  return true;
}
