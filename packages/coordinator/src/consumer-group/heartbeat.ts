import { errors } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import { areStorable } from '../group/events.ts';
import type { Turn } from '../group/turn.ts';
import { admit, type Admitted } from './admission.ts';
import type { ConsumerGroupReplies } from './commands.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import {
  type ConsumerMember,
  noSubscription,
  sameAssignment,
  sameNames,
  sameOwnership,
  sameSubscription,
  type Subscription,
} from './consumer-member.ts';
import { memberOwns, memberSubscribes } from './events.ts';
import { bumpGroupEpoch, checkTopics } from './group-epoch.ts';
import { leave } from './leave.ts';
import { type OwnedPartitions, reconcile } from './reconcile.ts';
import { Refusal } from './refusal.ts';
import { noteRegex, type RegexChange } from './regexes.ts';
import { subscribedTo, updateTarget } from './target.ts';

type Command = CommandOf<'ConsumerGroupHeartbeat'>;
type Request = Command['request'];
type Reply = ConsumerGroupReplies['ConsumerGroupHeartbeat'];

/** Of a member that leaves for good. */
const LEAVES = -1;
/** Of a static member that leaves for a while. */
const LEAVES_FOR_A_WHILE = -2;

/**
 * ConsumerGroupHeartbeat (KIP-848): a member joins, says what it wants and has, hears what it gets,
 * leaves. Whatever it says, at most one member has a partition at a time.
 */
export function consumerGroupHeartbeat(turn: Turn, id: number, command: Command): void {
  // What a member hears must not be lost, even where this request changes nothing.
  turn.settled = true;
  const { memberEpoch } = command.request;
  const leaves = memberEpoch === LEAVES || memberEpoch === LEAVES_FOR_A_WHILE;
  const reply = leaves ? leave(turn, command.request) : beat(turn, command);
  turn.reply(id, reply instanceof Refusal ? refused(reply) : reply);
}

export function refused({ error, message }: Refusal): Reply {
  return { errorCode: error.code, errorMessage: message, memberEpoch: 0, heartbeatIntervalMs: 0 };
}

function beat(turn: Turn, command: Command): Reply | Refusal {
  const { request } = command;
  if (!isStorable(turn, command)) return new Refusal(errors.UNKNOWN_SERVER_ERROR);
  const admitted = admit(turn, command);
  if (admitted instanceof Refusal) return admitted;
  const { group, member } = admitted;
  const before = member.ownership.assigned;
  const changed = subscribe(turn, admitted, merged(member.subscription, command));
  updateTarget(turn, group);
  step(turn, group, member, { changed, owned: request.topicPartitions });
  const { sessionTimeoutMs, heartbeatIntervalMs } = turn.settings(group.groupId).consumer;
  const { alarms } = turn.table;
  alarms.set(member.session, turn.now.monotonicMs + sessionTimeoutMs);
  // It may have been a classic member until now, with deadlines that do not bind it any more.
  alarms.cancel(member.join);
  alarms.cancel(member.sync);
  const { memberEpoch, assigned } = member.ownership;
  const tell = request.memberEpoch === 0 || isFull(request) || !sameAssignment(before, assigned);
  return {
    errorCode: errors.NONE.code,
    memberId: member.memberId,
    memberEpoch,
    heartbeatIntervalMs,
    assignment: tell ? { topicPartitions: topicPartitionsOf(member) } : null,
  };
}

/** Members tell what has not changed only now and then: then they hear all, too. */
function isFull(request: Request): boolean {
  return (
    request.rebalanceTimeoutMs !== -1 &&
    (request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null) &&
    request.topicPartitions !== null
  );
}

function topicPartitionsOf({ ownership }: ConsumerMember) {
  return [...ownership.assigned].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()],
  }));
}

/** What a request leaves out has not changed. */
function merged(former: Subscription, { request, sender }: Command): Subscription {
  const names = request.subscribedTopicNames;
  const topicNames = names === null ? former.topicNames : [...new Set(names)].toSorted();
  return {
    instanceId: request.instanceId ?? former.instanceId,
    rackId: request.rackId ?? former.rackId,
    clientId: sender.clientId,
    clientHost: sender.clientHost,
    topicNames: sameNames(former.topicNames, topicNames) ? former.topicNames : topicNames,
    topicRegex: request.subscribedTopicRegex ?? former.topicRegex,
    rebalanceTimeoutMs:
      request.rebalanceTimeoutMs === -1 ? former.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? former.serverAssignor,
    classic: null,
  };
}

/** Takes on what the member wants now; true when that calls for other partitions. */
export function subscribe(
  turn: Turn,
  { group, member, isNew }: Admitted,
  subscription: Subscription,
): boolean {
  const former = member.subscription;
  const namesChanged = !sameNames(former.topicNames, subscription.topicNames);
  const refreshed = group.topics.lastResolved();
  if (isNew || !sameSubscription(former, subscription)) {
    turn.emit(memberSubscribes(group.groupId, member.memberId, subscription));
  }
  const regex: RegexChange = noteRegex(turn, group, { former, subscription, refreshed });
  if (namesChanged || regex === 'resolved') bumpGroupEpoch(turn, group);
  else checkTopics(turn, group);
  return namesChanged || regex !== 'none';
}

interface Step {
  /** What the member wants has changed. */
  readonly changed: boolean;
  readonly owned: OwnedPartitions | null;
}

/** Brings the member a step nearer to its target. */
export function step(
  turn: Turn,
  group: ConsumerGroup,
  member: ConsumerMember,
  { changed, owned }: Step,
): void {
  if (!changed && member.isReconciledTo(group.assignmentEpoch)) return;
  const { groupId } = group;
  const { memberId, subscription } = member;
  const names = subscribedTo(group, subscription);
  const next = reconcile({
    member,
    targetEpoch: group.assignmentEpoch,
    target: group.target.get(memberId) ?? new Map(),
    subscriptionChanged: changed,
    isSubscribed: (topicId) => names.has(turn.topics.byId(topicId)?.name ?? ''),
    isOwned: (topicId, partition) => group.owners.of(topicId, partition) !== undefined,
    owned,
  });
  if (sameOwnership(member.ownership, next)) return;
  turn.emit(memberOwns(groupId, memberId, next));
  // Classic members have deadlines of their own, for joining and syncing.
  if (subscription.classic !== null) return;
  if (next.state !== 'UNREVOKED_PARTITIONS') turn.table.alarms.cancel(member.rebalance);
  else {
    const { rebalanceTimeoutMs } = subscription;
    turn.table.alarms.set(member.rebalance, turn.now.monotonicMs + rebalanceTimeoutMs);
  }
}

/** Whether what the member says can stand in a record, and the record in a batch. */
function isStorable(turn: Turn, command: Command): boolean {
  const { groupId, memberId, subscribedTopicNames } = command.request;
  if (!areStorable(textsOf(command))) return false;
  if (subscribedTopicNames === null) return true;
  return turn.fits([memberSubscribes(groupId, memberId, merged(noSubscription, command))]);
}

function textsOf({ request, sender }: Command): (string | null)[] {
  const { groupId, memberId, instanceId, rackId, subscribedTopicRegex, serverAssignor } = request;
  const names = request.subscribedTopicNames ?? [];
  const own = [groupId, memberId, instanceId, rackId, subscribedTopicRegex, serverAssignor];
  return [...own, sender.clientId, ...names];
}
