import { errors, type KafkaError } from '@tidelog/protocol';
import { KRAFT_VERSIONS } from '../config.ts';
import { addressOf, directoryIdOnWire, replicaKey } from '../keys.ts';
import type { InboundRequest, InboundResponse } from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import { currentLeader, isOtherCluster, leaderNode, leaderRequestError } from '../replies.ts';
import type { Follower } from '../roles.ts';
import { isCurrent } from '../transitions.ts';
import { appendVoters, changeRefusal } from './change-voters.ts';

/** UpdateRaftVoter v0 (KIP-853): a voter tells its endpoints and versions when the record has others. */
export function handleUpdateVoter(
  quorum: Quorum,
  request: InboundRequest<'UpdateRaftVoter'>,
): void {
  const { id, api } = request;
  const error = update(quorum, request.body);
  const [node] = leaderNode(quorum, true);
  const leader = { ...currentLeader(quorum), host: node?.host ?? '', port: node?.port ?? 0 };
  const body = { throttleTimeMs: 0, errorCode: error.code, currentLeader: leader };
  quorum.reply({ id, api, body });
}

function update(quorum: Quorum, body: InboundRequest<'UpdateRaftVoter'>['body']): KafkaError {
  const { role, history } = quorum;
  const { minSupportedVersion, maxSupportedVersion } = body.kRaftVersionFeature;
  const voter = replicaKey(body.voterId, body.voterDirectoryId);
  if (isOtherCluster(quorum, body.clusterId)) return errors.INCONSISTENT_CLUSTER_ID;
  const error = leaderRequestError(quorum, body.currentLeaderEpoch);
  if (error !== null || role.name !== 'leader') return error ?? errors.NOT_LEADER_OR_FOLLOWER;
  const isComplete =
    voter.id >= 0 &&
    voter.directoryId !== null &&
    addressOf(voter.id, body.listeners, quorum.config.listenerName) !== null &&
    minSupportedVersion >= 0 &&
    maxSupportedVersion >= minSupportedVersion;
  if (!isComplete) return errors.INVALID_REQUEST;
  const refused = changeRefusal(quorum);
  if (refused !== null) return refused.error;
  const { kraftVersion } = history;
  if (minSupportedVersion > kraftVersion || maxSupportedVersion < kraftVersion) {
    return errors.INVALID_REQUEST;
  }
  const voters = quorum.voters.updated({
    ...voter,
    endpoints: body.listeners,
    minKraftVersion: minSupportedVersion,
    maxKraftVersion: maxSupportedVersion,
  });
  if (voters === null) return errors.VOTER_NOT_FOUND;
  appendVoters(quorum, voters);
  role.onContact(voter, quorum.now);
  return errors.NONE;
}

/**
 * Tells the leader, at most once every fetch timeout, what the voter set should say of this node.
 * Returns true when a request left.
 */
export function updateVoterSet(quorum: Quorum, role: Follower): boolean {
  if (role.updateVoterDeadline > quorum.now) return false;
  const send = quorum.isVoter ? updateOwnVoter : quorum.config.autoJoin ? joinVoters : null;
  const isSending = send !== null && quorum.history.kraftVersion > 0;
  if (!isSending || quorum.connections.anyInFlight(quorum.now)) return false;
  const isSent = send(quorum, role);
  if (isSent) role.updateVoterDeadline = quorum.now + quorum.config.timeouts.fetchMs;
  return isSent;
}

function updateOwnVoter(quorum: Quorum, role: Follower): boolean {
  const { config, voters, key } = quorum;
  const leader = addressOf(role.leaderId, role.leaderEndpoints, config.listenerName);
  if (leader === null || !voters.isOutdated(quorum.localVoter)) return false;
  return quorum.send(leader, 'UpdateRaftVoter', () => ({
    clusterId: config.clusterId,
    currentLeaderEpoch: quorum.epoch,
    voterId: key.id,
    voterDirectoryId: directoryIdOnWire(key),
    listeners: config.listeners,
    kRaftVersionFeature: {
      minSupportedVersion: KRAFT_VERSIONS.min,
      maxSupportedVersion: KRAFT_VERSIONS.max,
    },
  }));
}

/** controller.quorum.auto.join.enable: replaces this node's old directory, then adds this one. */
function joinVoters(quorum: Quorum, role: Follower): boolean {
  const { config, voters, key } = quorum;
  const leader = addressOf(role.leaderId, role.leaderEndpoints, config.listenerName);
  if (leader === null || !config.canBecomeVoter) return false;
  const { clusterId, listeners } = config;
  const old = voters.byId(key.id);
  if (old !== undefined) {
    const voterDirectoryId = directoryIdOnWire(old);
    const body = { clusterId, voterId: old.id, voterDirectoryId };
    return quorum.send(leader, 'RemoveRaftVoter', () => body);
  }
  return quorum.send(leader, 'AddRaftVoter', () => ({
    clusterId,
    timeoutMs: config.timeouts.requestMs,
    voterId: key.id,
    voterDirectoryId: directoryIdOnWire(key),
    listeners,
    // The answer must not wait for a commit that may need this very voter.
    ackWhenCommitted: false,
  }));
}

export function handleUpdateVoterResponse(
  quorum: Quorum,
  { body }: InboundResponse<'UpdateRaftVoter'>,
): boolean {
  const { leaderId, leaderEpoch, host, port } = body.currentLeader;
  const name = quorum.config.listenerName;
  const news = {
    epoch: leaderEpoch,
    leaderId: leaderId < 0 ? null : leaderId,
    leaderEndpoints: host === '' ? [] : [{ name, host, port }],
  };
  if (!isCurrent(quorum, body.errorCode, news)) return false;
  const isTaken =
    body.errorCode === errors.NONE.code || body.errorCode === errors.UNSUPPORTED_VERSION.code;
  if (isTaken && quorum.role.name === 'follower') {
    quorum.role.fetchDeadline = quorum.now + quorum.config.timeouts.fetchMs;
    quorum.role.hasFetched = true;
  }
  return isTaken;
}

/** The answer to this node's own wish to join; the next one is due after another fetch timeout. */
export function handleJoinResponse(
  _quorum: Quorum,
  { body }: InboundResponse<'AddRaftVoter' | 'RemoveRaftVoter'>,
): boolean {
  return DONE_OR_LATER.has(body.errorCode);
}

const DONE_OR_LATER: ReadonlySet<number> = new Set([
  errors.NONE.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.DUPLICATE_VOTER.code,
  errors.VOTER_NOT_FOUND.code,
]);
