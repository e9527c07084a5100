import { errors } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import { ConsumerGroup } from './consumer-group.ts';
import type { ConsumerMember } from './consumer-member.ts';
import {
  hasRoomFor,
  problemOfEpoch,
  problemOfInstance,
  unknownMember,
  unreleased,
} from './fencing.ts';
import { replaceMember } from './leave.ts';
import { Refusal } from './refusal.ts';
import { compileRegex } from './regex.ts';
import { checkUpgrade, upgrade } from './upgrade.ts';

type Command = CommandOf<'ConsumerGroupHeartbeat'>;

/** A member that may go on. */
export interface Admitted {
  readonly group: ConsumerGroup;
  readonly member: ConsumerMember;
  /** No record tells of the member yet. */
  readonly isNew: boolean;
}

/**
 * Finds the member that a heartbeat comes from, or makes a new one, in the group that is there, that
 * is made, or that is made of a classic one. Nothing changes where it is refused.
 */
export function admit(turn: Turn, command: Command): Admitted | Refusal {
  const { request, newMemberId } = command;
  const memberId = request.memberId === '' ? newMemberId : request.memberId;
  const present = turn.table.groups.get(request.groupId);
  if (present !== undefined && present.type !== 'consumer') {
    return convert(turn, command, memberId);
  }
  if (present === undefined && request.memberEpoch !== 0) {
    const message = `Consumer group ${request.groupId} not found.`;
    return new Refusal(errors.GROUP_ID_NOT_FOUND, message);
  }
  const group = present ?? new ConsumerGroup(request.groupId);
  const problem =
    problemOfSize(turn, group, command) ??
    problemOfMember(group, command, memberId) ??
    problemOfRegex(group, command);
  return problem ?? enter(turn, group, memberId, request);
}

/** A classic group stands in the way: an empty one goes, a living one is taken over. */
function convert(turn: Turn, command: Command, memberId: string): Admitted | Refusal {
  const { request } = command;
  const { groupId, instanceId } = request;
  const classic = turn.table.find(groupId, 'classic');
  if (classic === undefined || request.memberEpoch !== 0) {
    return new Refusal(errors.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
  }
  const regexProblem = problemOfRegex(new ConsumerGroup(groupId), command);
  if (regexProblem !== null) return regexProblem;
  if (classic.isEmpty) {
    turn.emitAll(classic.tombstones());
    return enter(turn, new ConsumerGroup(groupId), memberId, request);
  }
  const plan = checkUpgrade(turn, classic);
  if (plan instanceof Refusal) return plan;
  const isKnown =
    classic.members.has(memberId) || (instanceId !== null && classic.staticMembers.has(instanceId));
  if (!isKnown && classic.members.size >= turn.config.maxConsumerGroupSize) return full(turn);
  return enter(turn, upgrade(turn, classic, plan), memberId, request);
}

/** The member as it is, in the place of the former one of its instance id, or new. */
function enter(
  turn: Turn,
  group: ConsumerGroup,
  memberId: string,
  { instanceId, memberEpoch }: Command['request'],
): Admitted {
  const { table } = turn;
  const former = instanceId === null ? undefined : group.staticMember(instanceId);
  if (former !== undefined && memberEpoch === 0) replaceMember(turn, group, former, memberId);
  if (table.groups.get(group.groupId) !== group) table.put(group);
  const present = group.members.get(memberId);
  const member = present ?? group.ensureMember(memberId);
  return { group, member, isNew: present === undefined };
}

function full({ config }: Turn): Refusal {
  const message = `The consumer group has reached its maximum capacity of ${config.maxConsumerGroupSize} members.`;
  return new Refusal(errors.GROUP_MAX_SIZE_REACHED, message);
}

function problemOfSize(turn: Turn, group: ConsumerGroup, { request }: Command): Refusal | null {
  return hasRoomFor(turn, group, request) ? null : full(turn);
}

function problemOfMember(
  group: ConsumerGroup,
  { request }: Command,
  memberId: string,
): Refusal | null {
  const { instanceId } = request;
  if (instanceId !== null) return problemOfStatic(group, request, memberId, instanceId);
  const member = group.members.get(memberId);
  if (member !== undefined) return problemOfEpoch(member, request);
  return request.memberEpoch === 0 ? null : unknownMember(group, memberId);
}

function problemOfStatic(
  group: ConsumerGroup,
  request: Command['request'],
  memberId: string,
  instanceId: string,
): Refusal | null {
  const former = group.staticMember(instanceId);
  if (request.memberEpoch === 0) {
    if (former === undefined || former.subscription.classic !== null) return null;
    return former.ownership.memberEpoch === -2 ? null : unreleased(former, memberId, instanceId);
  }
  if (former === undefined) {
    return new Refusal(errors.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
  }
  return problemOfInstance(former, memberId, instanceId) ?? problemOfEpoch(former, request);
}

/** An expression that members have already is not compiled again. */
function problemOfRegex(group: ConsumerGroup, { request }: Command): Refusal | null {
  const pattern = request.subscribedTopicRegex ?? '';
  if (pattern === '' || group.topics.regexes.has(pattern)) return null;
  const regex = compileRegex(pattern);
  if (!('problem' in regex)) return null;
  const message = `SubscribedTopicRegex \`${pattern}\` is not a valid regular expression: ${regex.problem}.`;
  return new Refusal(errors.INVALID_REGULAR_EXPRESSION, message);
}
