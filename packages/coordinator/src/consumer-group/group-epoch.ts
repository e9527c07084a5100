import { topicsHash } from '../group/topics-hash.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { groupEpochIs, noPartitionMetadata } from './events.ts';

/** The next group epoch: a new target assignment is called for. */
export function bumpGroupEpoch(turn: Turn, group: ConsumerGroup): void {
  const hash = subscribedHash(turn, group);
  turn.emit(groupEpochIs(group.groupId, group.groupEpoch + 1, hash));
}

/** The topics may have changed since the group was looked at: then it needs another assignment. */
export function checkTopics(turn: Turn, group: ConsumerGroup): void {
  const { view, subscribed } = group.checkedTopics;
  if (view === turn.table.topicChanges.version && subscribed === group.topics.version) return;
  if (subscribedHash(turn, group) !== group.metadataHash) bumpGroupEpoch(turn, group);
  if (group.hasPartitionMetadata) turn.emit(noPartitionMetadata(group.groupId));
}

/** The hash of all that assignments depend on of the topics that members subscribe to. */
function subscribedHash(turn: Turn, group: ConsumerGroup): bigint {
  group.checkedTopics = {
    view: turn.table.topicChanges.version,
    subscribed: group.topics.version,
  };
  return topicsHash(turn, [...group.topics.names()].toSorted());
}
