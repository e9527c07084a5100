import { errors, type RequestOf } from '@tidelog/protocol';
import type { CommandOf, GroupReplies } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import { note } from './initialize.ts';
import type { ShareGroup } from './share-group.ts';
import { type StatePartitionsOfTopic, union } from './state-partitions.ts';

/**
 * Before share groups are deleted their state is: all that is known of it is noted as deleting. Groups
 * of other kinds, and those that are not there, are passed over.
 */
export function deleteShareState(
  turn: Turn,
  id: number,
  { groupIds }: CommandOf<'DeleteShareState'>,
): void {
  turn.settled = true;
  turn.divisible = true;
  const results: GroupReplies['DeleteShareState'][number][] = [];
  for (const groupId of groupIds) {
    const group = turn.table.find(groupId, 'share');
    if (group === undefined) continue;
    const error = group.isEmpty ? null : errors.NON_EMPTY_GROUP;
    const remove = error === null ? beginDeletion(turn, group) : null;
    results.push({ groupId, error, remove });
  }
  turn.reply(id, results);
}

function beginDeletion(turn: Turn, group: ShareGroup): RequestOf<'DeleteShareGroupState'> | null {
  const { initialized, initializing, deleting } = group.statePartitions;
  const again = new Map<string, StatePartitionsOfTopic>();
  for (const topicId of deleting.keys()) {
    const topic = turn.topics.byId(topicId);
    if (topic === undefined) continue;
    const partitions = new Set(Array(topic.partitionCount).keys());
    again.set(topicId, { name: topic.name, partitions });
  }
  const all = union(union(initialized, initializing), again);
  if (all.size === 0) return null;
  const names = [...all].map(([topicId, { name }]) => [topicId, name] as const);
  note(turn, group, { initializing: new Map(), initialized: new Map(), deleting: new Map(names) });
  const topics = [...all].map(([topicId, { partitions }]) => ({
    topicId,
    partitions: [...partitions].map((partition) => ({ partition })),
  }));
  return { groupId: group.groupId, topics };
}

/** Topics are gone, and the share coordinator has deleted their state with them. */
export function shareTopicsDeleted(turn: Turn, topicIds: ReadonlySet<string>): void {
  for (const group of turn.table.groups.values()) {
    if (group.type !== 'share') continue;
    const { initializing, initialized, deleting } = group.statePartitions;
    const known = [initializing, initialized, deleting].flatMap((topics) => [...topics.keys()]);
    if (!known.some((topicId) => topicIds.has(topicId))) continue;
    note(turn, group, {
      initializing: withoutTopics(initializing, topicIds),
      initialized: withoutTopics(initialized, topicIds),
      deleting: withoutTopics(deleting, topicIds),
    });
  }
}

function withoutTopics<T>(
  topics: ReadonlyMap<string, T>,
  gone: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  return new Map([...topics].filter(([topicId]) => !gone.has(topicId)));
}
