import type { RequestOf } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ShareGroup } from './share-group.ts';
import {
  type StatePartitions,
  statePartitionsAre,
  type StatePartitionsByTopic,
  type StatePartitionsOfTopic,
  union,
  without,
} from './state-partitions.ts';

type Initialize = RequestOf<'InitializeShareGroupState'>;

/** The share coordinator finds the start offset itself, by the group's configuration. */
const NO_START_OFFSET = -1;

/**
 * Partitions of subscribed topics that have no state yet are noted as initializing; gives the request
 * to the share coordinator. One that was begun and not answered is repeated after
 * `group.share.initialize.retry.interval.ms`.
 */
export function initializeSubscribed(turn: Turn, group: ShareGroup): Initialize | null {
  const wanted = withoutState(turn, group);
  if (wanted.size === 0 || !noteInitializing(turn, group, wanted)) return null;
  const { groupId, groupEpoch } = group;
  const topics = [...wanted].map(([topicId, { partitions }]) => ({
    topicId,
    partitions: [...partitions].map((partition) => ({
      partition,
      stateEpoch: groupEpoch,
      startOffset: NO_START_OFFSET,
    })),
  }));
  return { groupId, topics };
}

function withoutState(turn: Turn, group: ShareGroup): StatePartitionsByTopic {
  const { initialized, initializing } = group.statePartitions;
  const sinceMs = turn.now.timestampMs - group.statePartitionsTimestampMs;
  const isUnderWay = sinceMs < turn.config.shareInitializeRetryIntervalMs;
  const wanted = new Map<string, StatePartitionsOfTopic>();
  for (const name of group.topicNames()) {
    const topic = turn.topics.byName(name);
    if (topic === undefined) continue;
    const known = initialized.get(topic.id)?.partitions;
    const asked = isUnderWay ? initializing.get(topic.id)?.partitions : undefined;
    const partitions = new Set<number>();
    for (let partition = 0; partition < topic.partitionCount; partition++) {
      const has = known?.has(partition) === true || asked?.has(partition) === true;
      if (!has) partitions.add(partition);
    }
    if (partitions.size > 0) wanted.set(topic.id, { name, partitions });
  }
  return wanted;
}

/** False where the record would not fit into a batch. */
export function noteInitializing(
  turn: Turn,
  group: ShareGroup,
  wanted: StatePartitionsByTopic,
): boolean {
  const { initializing, initialized, deleting } = group.statePartitions;
  const all = union(initializing, wanted);
  const stillDeleting = new Map([...deleting].filter(([topicId]) => !all.has(topicId)));
  return note(turn, group, { initializing: all, initialized, deleting: stillDeleting });
}

export function note(turn: Turn, group: ShareGroup, state: StatePartitions): boolean {
  const event = statePartitionsAre(group.groupId, state);
  if (!turn.fits([event])) return false;
  turn.emit(event);
  // The group may have come into being with this record.
  const noted = turn.table.find(group.groupId, 'share');
  if (noted !== undefined) noted.statePartitionsTimestampMs = turn.now.timestampMs;
  return true;
}

/** The share coordinator has answered: what has a state can be assigned; what has not is asked anew. */
export function stateInitialized(
  turn: Turn,
  id: number,
  { groupId, partitions, success }: CommandOf<'ShareStateInitialized'>,
): void {
  turn.reply(id, null);
  const group = turn.table.find(groupId, 'share');
  // Deleted meanwhile, with all that was known of its state.
  if (group === undefined || partitions.size === 0) return;
  const { initializing, initialized, deleting } = group.statePartitions;
  if (!success && initializing.size === 0) return;
  const state = {
    initializing: without(initializing, partitions),
    initialized: success ? union(initialized, named(turn, group, partitions)) : initialized,
    deleting,
  };
  note(turn, group, state);
}

function named(
  turn: Turn,
  group: ShareGroup,
  partitions: ReadonlyMap<string, ReadonlySet<number>>,
): StatePartitionsByTopic {
  const { initializing } = group.statePartitions;
  const topics = [...partitions].map(([topicId, indexes]) => {
    const name = turn.topics.byId(topicId)?.name ?? initializing.get(topicId)?.name ?? UNKNOWN;
    return [topicId, { name, partitions: indexes }] as const;
  });
  return new Map(topics);
}

/** What Kafka calls a topic that is gone. */
const UNKNOWN = '<UNKNOWN>';
