import { errors, type KafkaError } from '@tidelog/protocol';
import { addressOf, type ReplicaKey, replicaKey } from '../keys.ts';
import type { InboundRequest, InboundResponse } from '../messages.ts';
import type { Quorum } from '../quorum.ts';
import { appendControls } from '../replication/append.ts';
import { isOtherCluster, leaderRequestError } from '../replies.ts';
import type { PendingAdd, PendingVoterChange } from './pending-change.ts';
import type { VoterSet } from './voter-set.ts';

/** Why a change of the voters isn't made. */
export interface Refusal {
  readonly error: KafkaError;
  readonly message: string;
}

const CHANGE_APIS = { add: 'AddRaftVoter', remove: 'RemoveRaftVoter' } as const;

/**
 * AddRaftVoter v0-1 (KIP-853): the new voter is asked which kraft.versions it runs, must have caught
 * up as an observer, and is then in the set as soon as its VotersRecord is appended.
 */
export function handleAddVoter(quorum: Quorum, request: InboundRequest<'AddRaftVoter'>): void {
  const { id, body } = request;
  const { listenerName, timeouts } = quorum.config;
  const voter = replicaKey(body.voterId, body.voterDirectoryId);
  const address = addressOf(voter.id, body.listeners, listenerName);
  const refused =
    requestRefusal(quorum, body.clusterId, voter) ??
    (address === null ? refusal('INVALID_REQUEST', `no endpoint for ${listenerName}`) : null) ??
    changeRefusal(quorum);
  if (refused !== null || address === null) {
    answer(quorum, { kind: 'add', requestId: id }, refused);
  } else if (quorum.voters.byId(voter.id) !== undefined) {
    const taken = refusal('DUPLICATE_VOTER', `${voter.id} is a voter already`);
    answer(quorum, { kind: 'add', requestId: id }, taken);
  } else if (!quorum.send(address, 'ApiVersions', () => CLIENT_SOFTWARE)) {
    const busy = refusal('REQUEST_TIMED_OUT', `voter ${voter.id} can't be asked now`);
    answer(quorum, { kind: 'add', requestId: id }, busy);
  } else {
    quorum.pendingChange = {
      kind: 'add',
      requestId: id,
      voter,
      endpoints: body.listeners,
      ackWhenCommitted: body.ackWhenCommitted,
      deadline: quorum.now + timeouts.requestMs,
      lastOffset: null,
      isAnswered: false,
    };
  }
}

const CLIENT_SOFTWARE = { clientSoftwareName: 'tidelog', clientSoftwareVersion: '0.1.0' };

/** What the voter that is to be added says of itself. */
export function handleApiVersionsResponse(
  quorum: Quorum,
  { body, from }: InboundResponse<'ApiVersions'>,
): boolean {
  const { pendingChange: pending, role } = quorum;
  if (role.name !== 'leader' || pending?.kind !== 'add') return true;
  if (pending.lastOffset !== null || pending.voter.id !== from) return true;
  if (body.errorCode !== errors.NONE.code) {
    endChange(quorum, refusal('REQUEST_TIMED_OUT', `voter ${from} can't say its versions`));
    return false;
  }
  const range = body.supportedFeatures.find((feature) => feature.name === 'kraft.version');
  const { kraftVersion } = quorum.history;
  if (range === undefined || range.minVersion > kraftVersion || range.maxVersion < kraftVersion) {
    const message = `voter ${from} does not run kraft.version ${kraftVersion}`;
    endChange(quorum, refusal('INVALID_REQUEST', message));
  } else if (!role.isCaughtUp(pending.voter, quorum.now)) {
    endChange(quorum, refusal('REQUEST_TIMED_OUT', `voter ${from} has not caught up yet`));
  } else {
    appendNewVoter(quorum, pending, range);
  }
  return true;
}

function appendNewVoter(
  quorum: Quorum,
  pending: PendingAdd,
  range: { readonly minVersion: number; readonly maxVersion: number },
): void {
  const voters = quorum.voters.with({
    ...pending.voter,
    endpoints: pending.endpoints,
    minKraftVersion: range.minVersion,
    maxKraftVersion: range.maxVersion,
  });
  if (voters === null)
    throw new Error(`${pending.voter.id} became a voter behind its own addition`);
  pending.lastOffset = appendVoters(quorum, voters);
  if (pending.ackWhenCommitted) return;
  answer(quorum, pending, null);
  pending.isAnswered = true;
}

/** RemoveRaftVoter v0 (KIP-853): the leader may remove itself, and resigns when that is committed. */
export function handleRemoveVoter(
  quorum: Quorum,
  request: InboundRequest<'RemoveRaftVoter'>,
): void {
  const { id, body } = request;
  const voter = replicaKey(body.voterId, body.voterDirectoryId);
  const refused = requestRefusal(quorum, body.clusterId, voter) ?? changeRefusal(quorum);
  const voters = quorum.voters.without(voter);
  if (refused !== null) {
    answer(quorum, { kind: 'remove', requestId: id }, refused);
  } else if (voters === null) {
    const unknown = refusal('VOTER_NOT_FOUND', `${voter.id} is no voter, or the only one`);
    answer(quorum, { kind: 'remove', requestId: id }, unknown);
  } else {
    quorum.pendingChange = {
      kind: 'remove',
      requestId: id,
      deadline: quorum.now + quorum.config.timeouts.requestMs,
      lastOffset: appendVoters(quorum, voters),
    };
  }
}

export function appendVoters(quorum: Quorum, voters: VoterSet): number {
  return appendControls(quorum, [{ type: 'voters', voters: voters.voters }]);
}

/** Ends the pending change when it is committed, has taken too long, or this node leads no more. */
export function checkPendingChange(quorum: Quorum): void {
  const { pendingChange: pending, role, key } = quorum;
  if (pending === null) return;
  if (role.name !== 'leader') {
    endChange(quorum, refusal('NOT_LEADER_OR_FOLLOWER', 'this node no longer leads'));
  } else if (pending.lastOffset !== null && (quorum.highWatermark ?? -1) > pending.lastOffset) {
    endChange(quorum, null);
    if (!quorum.voters.has(key)) role.mustResign = true;
  } else if (pending.deadline <= quorum.now) {
    endChange(quorum, refusal('REQUEST_TIMED_OUT', 'the change was not committed in time'));
  }
}

function endChange(quorum: Quorum, refused: Refusal | null): void {
  const { pendingChange: pending } = quorum;
  quorum.pendingChange = null;
  if (pending === null || (pending.kind === 'add' && pending.isAnswered)) return;
  answer(quorum, pending, refused);
}

type Asked = Pick<PendingVoterChange, 'kind' | 'requestId'>;

function answer(quorum: Quorum, { kind, requestId }: Asked, refused: Refusal | null): void {
  const body = {
    throttleTimeMs: 0,
    errorCode: (refused?.error ?? errors.NONE).code,
    errorMessage: refused?.message ?? null,
  };
  quorum.reply({ id: requestId, api: CHANGE_APIS[kind], body });
}

export function refusal(name: keyof typeof errors, message: string): Refusal {
  return { error: errors[name], message };
}

/** What is wrong with the request itself. */
function requestRefusal(
  quorum: Quorum,
  clusterId: string | null,
  voter: ReplicaKey,
): Refusal | null {
  if (isOtherCluster(quorum, clusterId)) {
    return refusal('INCONSISTENT_CLUSTER_ID', `this is cluster ${quorum.config.clusterId}`);
  }
  const error = leaderRequestError(quorum, quorum.epoch);
  if (error !== null) return { error, message: error.message };
  const isNamed = voter.id >= 0 && voter.directoryId !== null;
  return isNamed ? null : refusal('INVALID_REQUEST', 'the voter needs an id and a directory id');
}

/** Why the voters can't change now: majorities of two sets must overlap, so there is one step a time. */
export function changeRefusal(quorum: Quorum): Refusal | null {
  const { highWatermark, history } = quorum;
  if (quorum.pendingChange !== null) {
    return refusal('REQUEST_TIMED_OUT', 'another change of the voters is pending');
  }
  if (highWatermark === null) {
    return refusal('REQUEST_TIMED_OUT', 'the leader has not committed its epoch yet');
  }
  if (history.kraftVersion === 0) {
    return refusal('UNSUPPORTED_VERSION', 'kraft.version 0 has a fixed set of voters');
  }
  if (history.lastOffset === null || history.lastOffset >= highWatermark) {
    return refusal('REQUEST_TIMED_OUT', 'the last change of the voters is not committed yet');
  }
  return null;
}
