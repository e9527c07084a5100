import { errors } from '@tidelog/protocol';
import { compareLogEnds, directoryIdOnWire, type ReplicaKey, replicaKey } from '../keys.ts';
import {
  type InboundRequest,
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  metadataPartition,
  type RequestToSend,
} from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import {
  isMeantForUs,
  addressError,
  quorumResponse,
  refusal,
  voterRequestError,
} from '../replies.ts';
import { isCurrent, newsOf } from '../transitions.ts';
import type { Voter } from '../voters/voter-set.ts';

/** Vote v0-2: a candidate asks for a vote, a prospective one whether it would get it (KIP-996). */
export function handleVote(quorum: Quorum, request: InboundRequest<'Vote'>): void {
  const { id, api, body, version } = request;
  const partition = metadataPartition(body.topics);
  const misaddressed = addressError(quorum, body.clusterId, partition);
  if (partition === null || misaddressed !== null) {
    quorum.reply({ id, api, body: refusal(misaddressed ?? errors.INVALID_REQUEST) });
    return;
  }
  const { error, voteGranted } = decide(quorum, body.voterId, partition);
  const answer = { errorCode: error.code, voteGranted };
  quorum.reply({ id, api, body: quorumResponse(quorum, version, answer) });
}

type VotePartition = InboundRequest<'Vote'>['body']['topics'][number]['partitions'][number];

interface Decision {
  readonly error: (typeof errors)[keyof typeof errors];
  readonly voteGranted: boolean;
}

function decide(quorum: Quorum, voterId: number, partition: VotePartition): Decision {
  const { replicaId, replicaEpoch, preVote, lastOffset, lastOffsetEpoch } = partition;
  const refused = (error: Decision['error']): Decision => ({ error, voteGranted: false });
  // A candidate has raised its epoch above that of its log, a prospective one hasn't.
  const isIllegal = preVote ? lastOffsetEpoch > replicaEpoch : lastOffsetEpoch >= replicaEpoch;
  if (lastOffset < 0 || lastOffsetEpoch < 0 || isIllegal) return refused(errors.INVALID_REQUEST);
  const error = voterRequestError(quorum, replicaId, replicaEpoch);
  if (error !== null) return refused(error);
  if (replicaEpoch > quorum.epoch) quorum.becomeUnattached(replicaEpoch, null);
  const meantFor = replicaKey(voterId, partition.voterDirectoryId);
  if (!isMeantForUs(quorum, voterId, meantFor.directoryId))
    return refused(errors.INVALID_VOTER_KEY);

  const candidate = replicaKey(replicaId, partition.replicaDirectoryId);
  const isUpToDate =
    compareLogEnds({ offset: lastOffset, epoch: lastOffsetEpoch }, quorum.log.end) >= 0;
  const voteGranted = preVote
    ? wouldVote(quorum, isUpToDate)
    : canVote(quorum, candidate, isUpToDate);
  if (voteGranted && !preVote && quorum.votedKey === null) quorum.grantVote(candidate);
  return { error: errors.NONE, voteGranted };
}

/** A replica that hears of a living leader helps nobody against it. */
function wouldVote(quorum: Quorum, isUpToDate: boolean): boolean {
  const { role } = quorum;
  if (role.name === 'leader' || (role.name === 'follower' && role.hasFetched)) return false;
  return isUpToDate;
}

function canVote(quorum: Quorum, candidate: ReplicaKey, isUpToDate: boolean): boolean {
  const { role } = quorum;
  if (role.name !== 'unattached' && role.name !== 'prospective') return false;
  if (role.votedKey !== null) {
    const { id, directoryId } = role.votedKey;
    return id === candidate.id && (directoryId === null || directoryId === candidate.directoryId);
  }
  return role.leaderId === null && isUpToDate;
}

/** Asks the voters that haven't answered, as long as the election can still be won. */
export function requestVotes(quorum: Quorum): void {
  const { role } = quorum;
  if (role.name !== 'prospective' && role.name !== 'candidate') return;
  if (role.election.isLost) return;
  for (const voter of role.election.unrecorded) {
    const address = quorum.voters.address(voter.id, quorum.config.listenerName);
    if (address === null) continue;
    quorum.send(address, 'Vote', () => voteRequest(quorum, voter, role.name === 'prospective'));
  }
}

function voteRequest(quorum: Quorum, voter: Voter, preVote: boolean): RequestToSend<'Vote'> {
  const partition = {
    partitionIndex: METADATA_PARTITION,
    replicaEpoch: quorum.epoch,
    replicaId: quorum.key.id,
    replicaDirectoryId: directoryIdOnWire(quorum.key),
    voterDirectoryId: directoryIdOnWire(voter),
    lastOffsetEpoch: quorum.log.lastEpoch,
    lastOffset: quorum.log.endOffset,
    preVote,
  };
  return {
    clusterId: quorum.config.clusterId,
    voterId: voter.id,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
  };
}

export function handleVoteResponse(quorum: Quorum, response: InboundResponse<'Vote'>): boolean {
  const { body, from } = response;
  if (body.errorCode === errors.UNSUPPORTED_VERSION.code && quorum.role.name === 'prospective') {
    // A voter that knows no pre-vote: ask for real votes instead.
    quorum.becomeCandidate();
    return true;
  }
  const partition = metadataPartition(body.topics);
  if (body.errorCode !== errors.NONE.code || partition === null) return false;
  const news = newsOf(quorum, partition, body.nodeEndpoints);
  if (!isCurrent(quorum, partition.errorCode, news)) return false;
  if (partition.errorCode !== errors.NONE.code) return false;
  recordVote(quorum, from, partition.voteGranted);
  return true;
}

function recordVote(quorum: Quorum, from: number, granted: boolean): void {
  const { role } = quorum;
  if (role.name === 'candidate') {
    role.election.record(from, granted);
    if (role.election.isWon) quorum.becomeLeader(role.election);
  } else if (role.name === 'prospective') {
    role.election.record(from, granted);
    if (role.election.isWon) quorum.becomeCandidate();
    else if (role.election.isLost) giveUpPreVote(quorum);
  }
}

/** Back to the known leader, or to waiting. */
export function giveUpPreVote(quorum: Quorum): void {
  const { role, epoch } = quorum;
  if (role.name !== 'prospective') return;
  if (role.leaderId !== null && role.leaderEndpoints.length > 0) {
    quorum.becomeFollower(epoch, role.leaderId, role.leaderEndpoints);
  } else {
    quorum.becomeUnattached(epoch, role.leaderId);
  }
}
