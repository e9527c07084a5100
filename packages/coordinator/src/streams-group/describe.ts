import { errors, type ResponseOf } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { StreamsGroup } from './streams-group.ts';
import type { StreamsMember } from './streams-member.ts';
import { compare, listTasks, NO_TARGET, type HeldTasks, type TargetTasks } from './tasks.ts';
import type { TopicInfo } from './topology.ts';

type Described = ResponseOf<'StreamsGroupDescribe'>['groups'][number];

/** StreamsGroupDescribe. */
export function streamsGroupDescribe(
  turn: Turn,
  id: number,
  { groupIds }: CommandOf<'StreamsGroupDescribe'>,
): void {
  turn.settled = true;
  turn.reply(
    id,
    groupIds.map((groupId) => {
      const group = turn.table.groups.get(groupId);
      if (group?.type === 'streams') return describe(group);
      const message =
        group === undefined
          ? `Streams group ${groupId} not found.`
          : `Group ${groupId} is not a streams group.`;
      return undescribedStreams(groupId, errors.GROUP_ID_NOT_FOUND.code, message);
    }),
  );
}

/** A group of which nothing can be told. */
export function undescribedStreams(
  groupId: string,
  errorCode: number,
  errorMessage: string | null,
): Described {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    topology: null,
    members: [],
  };
}

function describe(group: StreamsGroup): Described {
  return {
    errorCode: errors.NONE.code,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: topologyOf(group),
    members: [...group.members.values()].map((member) =>
      describeMember(member, group.target.get(member.memberId) ?? NO_TARGET),
    ),
  };
}

/** As it runs, with numbers of partitions; as members brought it where it cannot run yet. */
function topologyOf({ topology, configured }: StreamsGroup): Described['topology'] {
  if (topology === null) return null;
  const running = configured?.problem === null ? configured.subtopologies : null;
  const parts =
    running ?? topology.subtopologies.map((part) => ({ ...part, id: part.subtopologyId }));
  return {
    epoch: topology.epoch,
    subtopologies: parts
      .map((part) => ({
        subtopologyId: part.id,
        sourceTopics: part.sourceTopics.toSorted(compare),
        repartitionSinkTopics: part.repartitionSinkTopics.toSorted(compare),
        stateChangelogTopics: part.stateChangelogTopics.toSorted(byName),
        repartitionSourceTopics: part.repartitionSourceTopics.toSorted(byName),
      }))
      .toSorted((a, b) => compare(a.subtopologyId, b.subtopologyId)),
  };
}

const byName = (a: TopicInfo, b: TopicInfo) => compare(a.name, b.name);

function describeMember(
  { memberId, profile, ownership }: StreamsMember,
  target: TargetTasks,
): Described['members'][number] {
  return {
    memberId,
    memberEpoch: ownership.memberEpoch,
    instanceId: profile.instanceId,
    rackId: profile.rackId,
    clientId: profile.clientId,
    clientHost: profile.clientHost,
    topologyEpoch: profile.topologyEpoch,
    processId: profile.processId,
    userEndpoint: profile.userEndpoint,
    clientTags: profile.clientTags,
    taskOffsets: [],
    taskEndOffsets: [],
    assignment: listed(ownership.assigned),
    targetAssignment: listed(target),
    isClassic: false,
  };
}

function listed({ active, standby, warmup }: HeldTasks | TargetTasks) {
  return {
    activeTasks: listTasks(active),
    standbyTasks: listTasks(standby),
    warmupTasks: listTasks(warmup),
  };
}
