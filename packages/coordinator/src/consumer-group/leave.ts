import { errors } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroupReplies } from './commands.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import {
  type AssignmentEpochs,
  type ConsumerMember,
  hasRegex,
  NOTHING,
} from './consumer-member.ts';
import { downgrade, mayDowngrade } from './downgrade.ts';
import { memberGoes, memberOwns, memberShallOwn, memberSubscribes } from './events.ts';
import { problemOfInstance, unknownMember } from './fencing.ts';
import { bumpGroupEpoch } from './group-epoch.ts';
import { forgetRegex } from './regexes.ts';
import { Refusal } from './refusal.ts';

type Request = CommandOf<'ConsumerGroupHeartbeat'>['request'];
type Reply = ConsumerGroupReplies['ConsumerGroupHeartbeat'];

/** Of a static member that leaves for a while, in its request and in its record. */
const AWAY = -2;

/** A member leaves: for good, or (a static one) for a while in which it keeps its partitions. */
export function leave(turn: Turn, request: Request): Reply | Refusal {
  const { groupId, memberId, memberEpoch, instanceId } = request;
  const group = turn.table.find(groupId, 'consumer');
  if (group === undefined) {
    const message = turn.table.groups.has(groupId)
      ? `Group ${groupId} is not a consumer group.`
      : `Group ${groupId} not found.`;
    return new Refusal(errors.GROUP_ID_NOT_FOUND, message);
  }
  const member = leavingMember(group, memberId, instanceId);
  if (member instanceof Refusal) return member;
  if (memberEpoch === AWAY && instanceId !== null) goAway(turn, group, member);
  else removeMembers(turn, group, [member]);
  return { errorCode: errors.NONE.code, memberId, memberEpoch, heartbeatIntervalMs: 0 };
}

function leavingMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember | Refusal {
  if (instanceId === null) return group.members.get(memberId) ?? unknownMember(group, memberId);
  const member = group.staticMember(instanceId);
  if (member === undefined) {
    return new Refusal(errors.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
  }
  return problemOfInstance(member, memberId, instanceId) ?? member;
}

/** Its session runs on: when that is over, so is its membership. */
function goAway(turn: Turn, group: ConsumerGroup, member: ConsumerMember): void {
  const { ownership, memberId } = member;
  const assigned = sinceEver(ownership.assigned);
  const away = { ...ownership, memberEpoch: AWAY, assigned, revoking: NOTHING };
  turn.emit(memberOwns(group.groupId, memberId, away));
  turn.table.alarms.cancel(member.rebalance);
}

/** The member that comes back has another id, whose epochs begin anew. */
function sinceEver(assigned: AssignmentEpochs): AssignmentEpochs {
  return new Map(
    [...assigned].map(([topicId, partitions]) => [
      topicId,
      new Map([...partitions.keys()].map((partition) => [partition, 0])),
    ]),
  );
}

/** Members have left, or are taken for dead. The last of the consumer protocol may take it along. */
export function removeMembers(
  turn: Turn,
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
): void {
  if (members.length === 0) return;
  const stay = group.members.size - members.length;
  if (mayDowngrade(turn, group, members, stay) && downgrade(turn, group, members)) return;
  for (const { memberId } of members) turn.emitAll(memberGoes(group.groupId, memberId));
  const subscriptions = members.map(({ subscription }) => subscription).filter(hasRegex);
  const regexes = new Set(subscriptions.map(({ topicRegex }) => topicRegex!));
  for (const regex of regexes) forgetRegex(turn, group, regex);
  bumpGroupEpoch(turn, group);
}

/** A static member came back under another id: it takes the place of its former self. */
export function replaceMember(
  turn: Turn,
  group: ConsumerGroup,
  former: ConsumerMember,
  memberId: string,
): void {
  const { groupId } = group;
  const { subscription, ownership } = former;
  const target = group.target.get(former.memberId) ?? new Map<string, Set<number>>();
  turn.emitAll(memberGoes(groupId, former.memberId));
  turn.emit(memberSubscribes(groupId, memberId, subscription));
  turn.emit(memberShallOwn(groupId, memberId, target));
  const anew = { ...ownership, memberEpoch: 0, previousMemberEpoch: 0 };
  turn.emit(memberOwns(groupId, memberId, anew));
}
