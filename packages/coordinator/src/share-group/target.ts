import type {
  Assignor,
  GroupSpec,
  TopicDescriber,
  TopicPartitions,
} from '../assignors/assignor.ts';
import type { Turn } from '../group/turn.ts';
import type { TopicsView } from '../group/topics-view.ts';
import { assignmentEpochIs, memberShallHave } from './events.ts';
import type { ShareGroup } from './share-group.ts';
import { samePartitions } from './share-member.ts';

const NOTHING: TopicPartitions = new Map();

/**
 * Makes a new target assignment where the group epoch asks for one, but not sooner after the last one
 * than the assignment interval (KIP-1263). Only partitions with a state are assigned.
 */
export function updateTarget(turn: Turn, group: ShareGroup, assignor: Assignor): void {
  if (group.assignmentEpoch >= group.groupEpoch) return;
  const { groupId, assignmentTimestampMs } = group;
  const { timestampMs } = turn.now;
  const { assignmentIntervalMs } = turn.settings(groupId).share;
  const isKnown = assignmentTimestampMs !== 0 && assignmentIntervalMs !== 0;
  if (isKnown && timestampMs - assignmentTimestampMs < assignmentIntervalMs) return;
  const target = assignor.assign(specOf(group, turn.topics), describer(turn.topics));
  for (const memberId of group.members.keys()) {
    const before = group.target.get(memberId);
    const after = target.get(memberId) ?? NOTHING;
    if (before !== undefined && samePartitions(before, after)) continue;
    turn.emit(memberShallHave(groupId, memberId, after));
  }
  turn.emit(assignmentEpochIs(groupId, group.groupEpoch, timestampMs));
}

/** There are partitions with a state that the target does not speak of, or the other way round. */
export function hasUnassignedState(group: ShareGroup): boolean {
  if (group.isEmpty) return false;
  const assigned = new Map<string, Set<number>>();
  for (const target of group.target.values()) {
    for (const [topicId, partitions] of target) {
      let known = assigned.get(topicId);
      if (known === undefined) assigned.set(topicId, (known = new Set()));
      for (const partition of partitions) known.add(partition);
    }
  }
  for (const [topicId, { name, partitions }] of group.statePartitions.initialized) {
    if (!group.isSubscribedTo(name)) continue;
    const known = assigned.get(topicId);
    if (known?.size !== partitions.size) return true;
    for (const partition of partitions) if (!known.has(partition)) return true;
  }
  return false;
}

/** The ids of the topics of these names, as far as there are such. */
export function topicIdsOf(names: readonly string[], topics: TopicsView): Set<string> {
  const ids = names.map((name) => topics.byName(name)?.id);
  return new Set(ids.filter((id) => id !== undefined));
}

function specOf(group: ShareGroup, topics: TopicsView): GroupSpec {
  const { initialized } = group.statePartitions;
  const members = [...group.members].map(
    ([memberId, { subscription }]) =>
      [
        memberId,
        {
          instanceId: null,
          rackId: subscription.rackId,
          subscribedTopicIds: topicIdsOf(subscription.topicNames, topics),
          assignment: group.target.get(memberId) ?? NOTHING,
        },
      ] as const,
  );
  return {
    members: new Map(members),
    homogeneous: group.isHomogeneous,
    // Share partitions have several owners, and no assignor of share groups asks.
    ownerOf: () => undefined,
    isAssignable: (topicId, partition) =>
      initialized.get(topicId)?.partitions.has(partition) ?? false,
  };
}

function describer(topics: TopicsView): TopicDescriber {
  return {
    partitionCount: (topicId) => topics.byId(topicId)?.partitionCount ?? -1,
    racks: (topicId, partition) => topics.byId(topicId)?.racks(partition) ?? [],
  };
}
