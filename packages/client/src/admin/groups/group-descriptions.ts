import { errors, type ResponseOutput } from '@tidelog/protocol';
import { KafkaClientError } from '../../client-error.ts';
import { decodeAssignment, decodeSubscription } from '../../consumer/group/group-protocol.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import { type AclOperation, authorizedOperations } from '../acl-operations.ts';
import type { AdminCalls, Heard, ItemOptions } from '../admin-calls.ts';
import { type Target, toCoordinator } from '../routes.ts';

export interface MemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  /** Null for members of the classic protocol, which do not tell. */
  readonly rackId: string | null;
  /** Null for members of the classic protocol. */
  readonly memberEpoch: number | null;
  /** Of a consumer; empty where another protocol than that of consumers is used. */
  readonly subscribedTopics: readonly string[];
  readonly subscribedTopicRegex: string | null;
  readonly assignment: readonly TopicPartition[];
  /** What the member will have when it has given up and taken over all; null in classic groups. */
  readonly targetAssignment: readonly TopicPartition[] | null;
  /** Speaks the new protocol; false also for a classic member of a group that is on its way there. */
  readonly isUpgraded: boolean;
}

export interface GroupDescription {
  readonly groupId: string;
  readonly type: 'Classic' | 'Consumer';
  readonly state: string;
  readonly protocolType: string;
  /** The assignor that the members agreed on, or that the broker uses. */
  readonly assignor: string;
  /** Of a group of the new protocol (KIP-848): counts its changes; null in classic groups. */
  readonly groupEpoch: number | null;
  /** The group epoch that the target assignments were made for. */
  readonly targetAssignmentEpoch: number | null;
  /** The broker that coordinates it. */
  readonly coordinator: number;
  readonly members: readonly MemberDescription[];
  /** Null unless they were asked for. */
  readonly authorizedOperations: readonly AclOperation[] | null;
}

export interface DescribeGroupsOptions extends ItemOptions<string> {
  readonly includeAuthorizedOperations?: boolean | undefined;
}

/**
 * Describes groups of the classic and of the new consumer protocol (KIP-848). A coordinator is asked for
 * the new kind first, and then for those that it does not find, as classic ones.
 */
export function describeGroups(
  calls: AdminCalls,
  groupIds: readonly string[],
  options: DescribeGroupsOptions = {},
): Promise<GroupDescription[]> {
  const includeAuthorizedOperations = options.includeAuthorizedOperations ?? false;
  return calls.each<string, GroupDescription>(
    groupIds,
    {
      route: toCoordinator(calls.cluster, 'group', (groupId) => groupId),
      keyOf: (groupId) => groupId,
      subjectOf: (groupId) => `group ${groupId}`,
      ask: async (target, groupIds, heard) => {
        const question = { target, includeAuthorizedOperations, heard };
        const others = await describeConsumerGroups(groupIds, question);
        if (others.length > 0) await describeClassicGroups(others, question);
      },
    },
    options,
  );
}

/** What brokers before Kafka 4.0 say of a group that does not exist (KIP-1043). */
const DEAD = 'Dead';

interface Question {
  readonly target: Target;
  readonly includeAuthorizedOperations: boolean;
  readonly heard: Heard<GroupDescription>;
}

/** Gives those that are not of this kind. */
async function describeConsumerGroups(
  groupIds: readonly string[],
  { target, includeAuthorizedOperations, heard }: Question,
): Promise<readonly string[]> {
  try {
    const request = { groupIds: [...groupIds], includeAuthorizedOperations };
    const { groups } = await target.send('ConsumerGroupDescribe', request);
    const isOther = (group: (typeof groups)[number]): boolean =>
      group.errorCode === errors.GROUP_ID_NOT_FOUND.code ||
      group.errorCode === errors.UNSUPPORTED_VERSION.code;
    for (const group of groups) {
      if (!isOther(group)) heard(group.groupId, group, consumerGroup(group, target.node!));
    }
    return groups.filter(isOther).map(({ groupId }) => groupId);
  } catch (error) {
    const isOld = error instanceof KafkaClientError && error.code === 'UNSUPPORTED_VERSION';
    if (!isOld) throw error;
    return groupIds;
  }
}

async function describeClassicGroups(
  groupIds: readonly string[],
  { target, includeAuthorizedOperations, heard }: Question,
): Promise<void> {
  const request = { groups: [...groupIds], includeAuthorizedOperations };
  const { groups } = await target.send('DescribeGroups', request);
  for (const group of groups) {
    const isUnknown = group.errorCode === errors.NONE.code && group.groupState === DEAD;
    const answer = isUnknown ? { errorCode: errors.GROUP_ID_NOT_FOUND.code } : group;
    heard(group.groupId, answer, classicGroup(group, target.node!));
  }
}

function consumerGroup(
  group: ResponseOutput<'ConsumerGroupDescribe'>['groups'][number],
  coordinator: number,
): GroupDescription {
  return {
    groupId: group.groupId,
    type: 'Consumer',
    state: group.groupState,
    protocolType: 'consumer',
    assignor: group.assignorName,
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    coordinator,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      subscribedTopics: member.subscribedTopicNames,
      subscribedTopicRegex: member.subscribedTopicRegex || null,
      assignment: partitionsOf(member.assignment),
      targetAssignment: partitionsOf(member.targetAssignment),
      isUpgraded: member.memberType !== 0,
    })),
  };
}

function classicGroup(
  group: ResponseOutput<'DescribeGroups'>['groups'][number],
  coordinator: number,
): GroupDescription {
  const isOfConsumers = group.protocolType === 'consumer';
  return {
    groupId: group.groupId,
    type: 'Classic',
    state: group.groupState,
    protocolType: group.protocolType,
    assignor: group.protocolData,
    groupEpoch: null,
    targetAssignmentEpoch: null,
    coordinator,
    authorizedOperations: authorizedOperations(group.authorizedOperations),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: null,
      memberEpoch: null,
      subscribedTopics: isOfConsumers
        ? (decodeSubscription(member.memberMetadata)?.topics ?? [])
        : [],
      subscribedTopicRegex: null,
      assignment: isOfConsumers ? (decodeAssignment(member.memberAssignment) ?? []) : [],
      targetAssignment: null,
      isUpgraded: false,
    })),
  };
}

/** Partitions as the descriptions of the new groups give them. */
export function partitionsOf(assignment: {
  readonly topicPartitions: readonly {
    readonly topicName: string;
    readonly partitions: readonly number[];
  }[];
}): TopicPartition[] {
  return assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  );
}
