import { prepareRebalance, restartSession } from '../classic-group/rebalance.ts';
import type { GroupValue } from '../classic-group/records.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ClassicProtocols, ConsumerMember } from './consumer-member.ts';
import { writeAssignment } from './embedded-protocol.ts';

/** Whether only members of the classic protocol stay when these go, and may become a classic group. */
export function mayDowngrade(
  { config }: Turn,
  group: ConsumerGroup,
  going: readonly ConsumerMember[],
  stay: number,
): boolean {
  const { migrationPolicy, maxGroupSize } = config;
  const goingClassic = going.filter(({ subscription }) => subscription.classic !== null).length;
  const onlyClassicStay = group.classicMembers - goingClassic === group.members.size - going.length;
  const enabled = migrationPolicy === 'downgrade' || migrationPolicy === 'bidirectional';
  return onlyClassicStay && stay > 0 && enabled && stay <= maxGroupSize;
}

/**
 * The consumer group goes, and a classic one of the members that stay takes its place, with what the
 * target assignment gave them; they rebalance at once where that is not what it would give now. False
 * when they have no protocol in common, or too much to say for one record.
 */
export function downgrade(
  turn: Turn,
  group: ConsumerGroup,
  going: readonly ConsumerMember[],
  rebalance = true,
): boolean {
  const gone = new Set(going);
  const members = [...group.members.values()].filter((member) => !gone.has(member));
  const protocol = protocolInCommon(members);
  if (protocol === null) return false;
  const value = valueOf(turn, group, members, protocol);
  const event = { kind: 'classic', groupId: group.groupId, value } as const;
  if (!turn.fits([event])) return false;
  turn.emitAll(group.tombstones());
  turn.emit(event);
  const classic = turn.table.find(group.groupId, 'classic')!;
  for (const { memberId, subscription } of members) {
    const member = classic.members.get(memberId)!;
    // The record has the chosen protocol only; the next rebalance may choose another.
    classic.setProtocols(member, subscription.classic!.supportedProtocols);
    restartSession(turn, member);
  }
  if (rebalance) prepareRebalance(turn, classic);
  return true;
}

function valueOf(
  turn: Turn,
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  protocol: string,
): GroupValue {
  return {
    protocolType: group.protocolType,
    generation: group.groupEpoch,
    protocol,
    leader: members[0]!.memberId,
    currentStateTimestamp: turn.now.timestampMs,
    members: members.map(({ memberId, subscription }) => {
      const { instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = subscription;
      const metadata = metadataOf(classic!, protocol);
      const target = group.target.get(memberId) ?? new Map<string, ReadonlySet<number>>();
      return {
        memberId,
        groupInstanceId: instanceId,
        clientId,
        clientHost,
        rebalanceTimeout: rebalanceTimeoutMs,
        sessionTimeout: classic!.sessionTimeoutMs,
        subscription: metadata,
        assignment: writeAssignment(target, turn.topics, metadata),
      };
    }),
  };
}

function metadataOf({ supportedProtocols }: ClassicProtocols, name: string): Buffer {
  return supportedProtocols.find((protocol) => protocol.name === name)!.metadata;
}

/** The protocol that most members prefer among those that all of them offer. */
function protocolInCommon(members: readonly ConsumerMember[]): string | null {
  const offers = new Map<string, number>();
  const protocolsOf = ({ subscription }: ConsumerMember) =>
    subscription.classic!.supportedProtocols;
  for (const member of members) {
    for (const { name } of protocolsOf(member)) offers.set(name, (offers.get(name) ?? 0) + 1);
  }
  const votes = new Map<string, number>();
  let best: string | null = null;
  for (const member of members) {
    const vote = protocolsOf(member).find(({ name }) => offers.get(name) === members.length)?.name;
    if (vote === undefined) return null;
    const count = (votes.get(vote) ?? 0) + 1;
    votes.set(vote, count);
    if (count > (best === null ? 0 : (votes.get(best) ?? 0))) best = vote;
  }
  return best;
}
