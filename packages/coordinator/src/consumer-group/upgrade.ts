import { errors } from '@tidelog/protocol';
import type { TopicPartitions } from '../assignors/assignor.ts';
import type { ClassicGroup } from '../classic-group/classic-group.ts';
import type { ClassicMember } from '../classic-group/classic-member.ts';
import { failSyncs } from '../classic-group/rebalance.ts';
import { joinError } from '../classic-group/replies.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { Ownership, Subscription } from './consumer-member.ts';
import { byTopicId, readAssignment, readSubscription } from './embedded-protocol.ts';
import {
  assignmentEpochIs,
  groupEpochIs,
  memberOwns,
  memberShallOwn,
  memberSubscribes,
} from './events.ts';
import { Refusal } from './refusal.ts';

interface Upgraded {
  readonly memberId: string;
  readonly subscription: Subscription;
  readonly partitions: TopicPartitions;
}

export type UpgradePlan = readonly Upgraded[];

/**
 * Whether a living classic group can become one of the consumer protocol
 * (`group.consumer.migration.policy`): its members are consumers, and what they tell each other can
 * be read, and says nothing that would be lost.
 */
export function checkUpgrade(turn: Turn, classic: ClassicGroup): UpgradePlan | Refusal {
  const { migrationPolicy, maxConsumerGroupSize } = turn.config;
  const refuse = (why: string) =>
    new Refusal(
      errors.GROUP_ID_NOT_FOUND,
      `Cannot upgrade classic group ${classic.groupId} to consumer group because ${why}.`,
    );
  if (migrationPolicy !== 'upgrade' && migrationPolicy !== 'bidirectional') {
    return refuse('online upgrade is disabled');
  }
  if (!classic.isConsumerGroup) {
    return refuse('the group does not use the consumer embedded protocol');
  }
  if (classic.members.size > maxConsumerGroupSize) {
    return refuse('the group size exceeds the consumer group maximum size');
  }
  const plan: Upgraded[] = [];
  const protocol = classic.protocolName ?? classic.selectProtocol();
  for (const member of classic.members.values()) {
    const upgraded = upgradeMember(turn, member, protocol);
    if (typeof upgraded === 'string') return refuse(upgraded);
    plan.push(upgraded);
  }
  return plan;
}

function upgradeMember(turn: Turn, member: ClassicMember, protocol: string): Upgraded | string {
  const subscription = readSubscription(member.metadata(protocol));
  const assignment = readAssignment(member.assignment);
  if (subscription === null || assignment === null) {
    return 'the embedded consumer protocol is malformed';
  }
  if (assignment.userData !== null && assignment.userData.length > 0) {
    return (
      'an unsupported custom assignor is in use. Please refer to the documentation or switch to ' +
      'a default assignor before re-attempting the upgrade'
    );
  }
  const partitions = byTopicId(assignment.assignedPartitions, turn.topics);
  return {
    memberId: member.memberId,
    subscription: {
      instanceId: member.instanceId,
      rackId: subscription.rackId === '' ? null : subscription.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      topicNames: [...new Set(subscription.topics)].toSorted(),
      topicRegex: '',
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: null,
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, supportedProtocols: member.protocols },
    },
    partitions: new Map(partitions.map(({ topicId, partitions: p }) => [topicId, new Set(p)])),
  };
}

/**
 * The classic group goes, and one of the consumer protocol with the same members and partitions takes
 * its place. Members that wait for a rebalance are told to come again.
 */
export function upgrade(turn: Turn, classic: ClassicGroup, plan: UpgradePlan): ConsumerGroup {
  const { groupId, generation } = classic;
  for (const member of classic.members.values()) {
    const again = joinError(member.memberId, errors.REBALANCE_IN_PROGRESS);
    turn.reply(member.joinRequest, again);
  }
  failSyncs(turn, classic, errors.REBALANCE_IN_PROGRESS);
  turn.emitAll(classic.tombstones());
  for (const { memberId, subscription } of plan) {
    turn.emit(memberSubscribes(groupId, memberId, subscription));
  }
  turn.emit(groupEpochIs(groupId, generation, 0n));
  for (const { memberId, partitions } of plan) {
    turn.emit(memberShallOwn(groupId, memberId, partitions));
  }
  turn.emit(assignmentEpochIs(groupId, generation, 0));
  for (const { memberId, partitions } of plan) {
    turn.emit(memberOwns(groupId, memberId, ownershipOf(partitions, generation)));
  }
  const group = turn.table.find(groupId, 'consumer')!;
  for (const { session, subscription } of group.members.values()) {
    const { sessionTimeoutMs } = subscription.classic!;
    turn.table.alarms.set(session, turn.now.monotonicMs + sessionTimeoutMs);
  }
  return group;
}

function ownershipOf(partitions: TopicPartitions, generation: number): Ownership {
  return {
    memberEpoch: generation,
    previousMemberEpoch: generation,
    state: 'STABLE',
    assigned: new Map(
      [...partitions].map(([topicId, ids]) => [
        topicId,
        new Map([...ids].map((partition) => [partition, generation])),
      ]),
    ),
    revoking: new Map(),
  };
}
