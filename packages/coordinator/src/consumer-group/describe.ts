import { errors, type ResponseOf } from '@tidelog/protocol';
import type { TopicPartitions } from '../assignors/assignor.ts';
import type { CommandOf } from '../group/commands.ts';
import type { TopicsView } from '../group/topics-view.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { AssignmentEpochs, ConsumerMember } from './consumer-member.ts';

type Described = ResponseOf<'ConsumerGroupDescribe'>['groups'][number];
type DescribedMember = Described['members'][number];

const CLASSIC_MEMBER = 0;
const CONSUMER_MEMBER = 1;

/** ConsumerGroupDescribe. */
export function consumerGroupDescribe(
  turn: Turn,
  id: number,
  { groupIds }: CommandOf<'ConsumerGroupDescribe'>,
): void {
  turn.settled = true;
  turn.reply(
    id,
    groupIds.map((groupId) => {
      const group = turn.table.groups.get(groupId);
      if (group?.type === 'consumer') return describe(turn, group);
      const message = group === undefined ? 'not found' : 'is not a consumer group';
      const { code } = errors.GROUP_ID_NOT_FOUND;
      return undescribedConsumer(groupId, code, `Group ${groupId} ${message}.`);
    }),
  );
}

/** A group of which nothing can be told. */
export function undescribedConsumer(
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

function describe(turn: Turn, group: ConsumerGroup): Described {
  const [byDefault] = turn.assignors.keys();
  return {
    errorCode: errors.NONE.code,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.preferredAssignor() ?? byDefault ?? '',
    members: [...group.members.values()].map((member) => describeMember(turn, group, member)),
  };
}

function describeMember(
  { topics }: Turn,
  group: ConsumerGroup,
  { memberId, subscription, ownership }: ConsumerMember,
): DescribedMember {
  const { instanceId, rackId, clientId, clientHost, topicNames, topicRegex } = subscription;
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch: ownership.memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    // What it is giving up is its own until it has done so.
    assignment: assignmentOf([ownership.assigned, ownership.revoking], topics),
    targetAssignment: assignmentOf([group.target.get(memberId) ?? new Map()], topics),
    memberType: subscription.classic === null ? CONSUMER_MEMBER : CLASSIC_MEMBER,
  };
}

/** Topics that are not there any more are left out. */
function assignmentOf(parts: readonly (AssignmentEpochs | TopicPartitions)[], topics: TopicsView) {
  const found = new Map<string, { topicId: string; topicName: string; partitions: number[] }>();
  for (const part of parts) {
    for (const [topicId, partitions] of part) {
      const topic = topics.byId(topicId);
      if (topic === undefined) continue;
      const entry = found.get(topicId) ?? { topicId, topicName: topic.name, partitions: [] };
      entry.partitions.push(...partitions.keys());
      found.set(topicId, entry);
    }
  }
  return { topicPartitions: [...found.values()] };
}
