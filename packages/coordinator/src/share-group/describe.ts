import { errors, type ResponseOf } from '@tidelog/protocol';
import { simpleAssignor } from '../assignors/simple.ts';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ShareGroup } from './share-group.ts';
import type { ShareMember } from './share-member.ts';

type Described = ResponseOf<'ShareGroupDescribe'>['groups'][number];

/** ShareGroupDescribe. */
export function shareGroupDescribe(
  turn: Turn,
  id: number,
  { groupIds }: CommandOf<'ShareGroupDescribe'>,
): void {
  turn.settled = true;
  const described = groupIds.map((groupId): Described => {
    const group = turn.table.groups.get(groupId);
    if (group?.type === 'share') return describe(turn, group);
    const message =
      group === undefined
        ? `Group ${groupId} not found.`
        : `Group ${groupId} is not a share group.`;
    return undescribedShare(groupId, errors.GROUP_ID_NOT_FOUND.code, message);
  });
  turn.reply(id, described);
}

/** A share group of which nothing is known. */
export function undescribedShare(
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
    assignorName: '',
    members: [],
  };
}

function describe(turn: Turn, group: ShareGroup): Described {
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: simpleAssignor.name,
    members: [...group.members.values()].map((member) => describeMember(turn, member)),
  };
}

function describeMember(
  turn: Turn,
  { memberId, subscription, assignment }: ShareMember,
): Described['members'][number] {
  const { rackId, clientId, clientHost, topicNames } = subscription;
  const topicPartitions = [...assignment.partitions].flatMap(([topicId, partitions]) => {
    const topic = turn.topics.byId(topicId);
    if (topic === undefined) return [];
    return [{ topicId, topicName: topic.name, partitions: [...partitions] }];
  });
  return {
    memberId,
    rackId,
    memberEpoch: assignment.memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: topicNames,
    assignment: { topicPartitions },
  };
}
