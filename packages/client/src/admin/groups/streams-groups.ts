import type { ResponseOutput } from '@tidelog/protocol';
import { type AclOperation, authorizedOperations } from '../acl-operations.ts';
import type { AdminCalls } from '../admin-calls.ts';
import { toCoordinator } from '../routes.ts';
import type { DescribeGroupsOptions } from './group-descriptions.ts';

/** A task: the partition of that number of all topics of a part of a topology. */
export interface StreamsTask {
  readonly subtopologyId: string;
  readonly partition: number;
}

export interface StreamsTaskOffset extends StreamsTask {
  readonly offset: number;
}

export interface StreamsAssignment {
  readonly activeTasks: readonly StreamsTask[];
  readonly standbyTasks: readonly StreamsTask[];
  readonly warmupTasks: readonly StreamsTask[];
}

export interface StreamsMemberDescription {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly groupInstanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly topologyEpoch: number;
  /** Members of one process share its state directory. */
  readonly processId: string;
  /** Where the process answers interactive queries. */
  readonly userEndpoint: { readonly host: string; readonly port: number } | null;
  readonly clientTags: ReadonlyMap<string, string>;
  readonly taskOffsets: readonly StreamsTaskOffset[];
  readonly taskEndOffsets: readonly StreamsTaskOffset[];
  readonly assignment: StreamsAssignment;
  readonly targetAssignment: StreamsAssignment;
  readonly isClassic: boolean;
}

/** A topic that the topology needs, as the broker creates it. */
export interface StreamsInternalTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

export interface SubtopologyDescription {
  readonly subtopologyId: string;
  readonly sourceTopics: readonly string[];
  readonly repartitionSinkTopics: readonly string[];
  readonly stateChangelogTopics: readonly StreamsInternalTopic[];
  readonly repartitionSourceTopics: readonly StreamsInternalTopic[];
}

export interface StreamsGroupDescription {
  readonly groupId: string;
  readonly state: string;
  readonly groupEpoch: number;
  readonly targetAssignmentEpoch: number;
  /** Null before a member has told it. */
  readonly topologyEpoch: number | null;
  readonly subtopologies: readonly SubtopologyDescription[];
  /** The broker that coordinates it. */
  readonly coordinator: number;
  readonly members: readonly StreamsMemberDescription[];
  /** Null unless they were asked for. */
  readonly authorizedOperations: readonly AclOperation[] | null;
}

/** What an admin does with streams groups alone (KIP-1071). */
export function streamsGroupOperations(calls: AdminCalls) {
  return {
    describeStreamsGroups: (
      groupIds: readonly string[],
      options: DescribeGroupsOptions = {},
    ): Promise<StreamsGroupDescription[]> =>
      calls.each<string, StreamsGroupDescription>(
        groupIds,
        {
          route: toCoordinator(calls.cluster, 'group', (groupId) => groupId),
          keyOf: (groupId) => groupId,
          subjectOf: (groupId) => `streams group ${groupId}`,
          ask: async ({ node, send }, groupIds, heard) => {
            const { groups } = await send('StreamsGroupDescribe', {
              groupIds: [...groupIds],
              includeAuthorizedOperations: options.includeAuthorizedOperations ?? false,
            });
            for (const group of groups) heard(group.groupId, group, streamsGroup(group, node!));
          },
        },
        options,
      ),
  };
}

type GroupAnswer = ResponseOutput<'StreamsGroupDescribe'>['groups'][number];
type MemberAnswer = GroupAnswer['members'][number];
type SubtopologyAnswer = NonNullable<NonNullable<GroupAnswer['topology']>['subtopologies']>[number];

function streamsGroup(group: GroupAnswer, coordinator: number): StreamsGroupDescription {
  return {
    groupId: group.groupId,
    state: group.groupState,
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    topologyEpoch: group.topology?.epoch ?? null,
    subtopologies: (group.topology?.subtopologies ?? []).map(subtopology),
    coordinator,
    members: group.members.map(memberDescription),
    authorizedOperations: authorizedOperations(group.authorizedOperations),
  };
}

function memberDescription(member: MemberAnswer): StreamsMemberDescription {
  return {
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    groupInstanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    host: member.clientHost,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: new Map(member.clientTags.map(({ key, value }) => [key, value])),
    taskOffsets: member.taskOffsets,
    taskEndOffsets: member.taskEndOffsets,
    assignment: assignment(member.assignment),
    targetAssignment: assignment(member.targetAssignment),
    isClassic: member.isClassic,
  };
}

function assignment(answer: MemberAnswer['assignment']): StreamsAssignment {
  return {
    activeTasks: tasks(answer.activeTasks),
    standbyTasks: tasks(answer.standbyTasks),
    warmupTasks: tasks(answer.warmupTasks),
  };
}

function tasks(answer: MemberAnswer['assignment']['activeTasks']): StreamsTask[] {
  return answer.flatMap(({ subtopologyId, partitions }) =>
    partitions.map((partition) => ({ subtopologyId, partition })),
  );
}

function subtopology(answer: SubtopologyAnswer): SubtopologyDescription {
  return {
    subtopologyId: answer.subtopologyId,
    sourceTopics: answer.sourceTopics,
    repartitionSinkTopics: answer.repartitionSinkTopics,
    stateChangelogTopics: answer.stateChangelogTopics.map(internalTopic),
    repartitionSourceTopics: answer.repartitionSourceTopics.map(internalTopic),
  };
}

function internalTopic(
  answer: SubtopologyAnswer['stateChangelogTopics'][number],
): StreamsInternalTopic {
  return {
    topic: answer.name,
    partitions: answer.partitions,
    replicationFactor: answer.replicationFactor,
    configs: new Map(answer.topicConfigs.map(({ key, value }) => [key, value])),
  };
}
