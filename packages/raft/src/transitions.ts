import { errors } from '@tidelog/protocol';
import type { Endpoint } from './keys.ts';
import type { Quorum } from './quorum.ts';

/** What a message says of the quorum: an epoch, and its leader if the sender knows one. */
export interface LeaderNews {
  readonly epoch: number;
  readonly leaderId: number | null;
  /** Empty where the sender didn't say; the voter set may know. */
  readonly leaderEndpoints: readonly Endpoint[];
}

/** Goes where `news` leads: a newer epoch, or the unknown leader of this one. */
export function followNews(quorum: Quorum, news: LeaderNews): void {
  const { epoch, leaderId } = news;
  if (epoch < quorum.epoch) return;
  if (epoch > quorum.epoch) {
    if (leaderId === null) quorum.becomeUnattached(epoch, null);
    else quorum.becomeFollower(epoch, leaderId, reachable(quorum, news));
    return;
  }
  // This node knows best whether it leads its epoch itself.
  if (leaderId === null || leaderId === quorum.key.id) return;
  const { role } = quorum;
  const endpoints = reachable(quorum, news);
  if (role.name === 'follower') {
    const isSame = role.leaderId === leaderId;
    if (isSame && endpoints.length > role.leaderEndpoints.length) role.leaderEndpoints = endpoints;
  } else if (role.name !== 'leader' && role.name !== 'resigned' && endpoints.length > 0) {
    quorum.becomeFollower(epoch, leaderId, endpoints);
  }
}

function reachable(quorum: Quorum, news: LeaderNews): readonly Endpoint[] {
  if (news.leaderEndpoints.length > 0 || news.leaderId === null) return news.leaderEndpoints;
  return quorum.voters.endpoints(news.leaderId);
}

/**
 * What every response is looked at for first: who leads, and errors that mean the same everywhere.
 * True where the rest of it concerns this epoch. Else there is nothing more in it, and asking the
 * same again at once would only bring the same answer.
 */
export function isCurrent(quorum: Quorum, errorCode: number, news: LeaderNews): boolean {
  if (news.epoch < quorum.epoch || errorCode === errors.UNKNOWN_LEADER_EPOCH.code) return false;
  const isElsewhere =
    errorCode === errors.FENCED_LEADER_EPOCH.code ||
    errorCode === errors.NOT_LEADER_OR_FOLLOWER.code;
  if (news.epoch > quorum.epoch || isElsewhere) {
    followNews(quorum, news);
    return false;
  }
  // A fetch that finds the leader may bring the first records as well.
  if (news.leaderId !== null && quorum.leaderId === null) followNews(quorum, news);
  return true;
}

/** News from the leader fields and node endpoints of a response. */
export function newsOf(
  quorum: Quorum,
  leader: { readonly leaderId: number; readonly leaderEpoch: number },
  nodes: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[],
): LeaderNews {
  const leaderId = leader.leaderId < 0 ? null : leader.leaderId;
  const name = quorum.config.listenerName;
  const leaderEndpoints = nodes
    .filter((node) => node.nodeId === leaderId)
    .map(({ host, port }) => ({ name, host, port }));
  return { epoch: leader.leaderEpoch, leaderId, leaderEndpoints };
}
