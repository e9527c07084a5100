import type { ShareGroupEvent } from './records.ts';

/** Partitions of a topic that a share group has state of. */
export interface StatePartitionsOfTopic {
  readonly name: string;
  readonly partitions: ReadonlySet<number>;
}

export type StatePartitionsByTopic = ReadonlyMap<string, StatePartitionsOfTopic>;

/**
 * Which share partitions of a group have a state at the share coordinator, by topic id. It is noted
 * here before the share coordinator is asked, and after it has answered: what was begun is known
 * whatever happens in between.
 *
 *                 asked for                     answered
 *   (no state) ─────────────► initializing ─────────────► initialized
 *        ▲                                                     │ to be deleted
 *        └──────────────────── deleting ◄──────────────────────┘
 */
export interface StatePartitions {
  readonly initializing: StatePartitionsByTopic;
  /** Only these can be assigned. */
  readonly initialized: StatePartitionsByTopic;
  /** Topics by their id, with their name. */
  readonly deleting: ReadonlyMap<string, string>;
}

export const noStatePartitions: StatePartitions = {
  initializing: new Map(),
  initialized: new Map(),
  deleting: new Map(),
};

type Value = NonNullable<
  Extract<ShareGroupEvent, { kind: 'ShareGroupStatePartitionMetadata' }>['value']
>;

export function statePartitionsOf(value: Value): StatePartitions {
  return {
    initializing: byTopic(value.initializingTopics),
    initialized: byTopic(value.initializedTopics),
    deleting: new Map(value.deletingTopics.map(({ topicId, topicName }) => [topicId, topicName])),
  };
}

export function statePartitionsAre(groupId: string, state: StatePartitions): ShareGroupEvent {
  return {
    kind: 'ShareGroupStatePartitionMetadata',
    key: { groupId },
    value: {
      initializingTopics: toRecord(state.initializing),
      initializedTopics: toRecord(state.initialized),
      deletingTopics: [...state.deleting].map(([topicId, topicName]) => ({ topicId, topicName })),
    },
  };
}

/** All that is in one of them; names and order of the second where both have a topic. */
export function union(
  first: StatePartitionsByTopic,
  second: StatePartitionsByTopic,
): Map<string, StatePartitionsOfTopic> {
  const all = new Map(first);
  for (const [topicId, { name, partitions }] of second) {
    const before = first.get(topicId)?.partitions ?? [];
    all.set(topicId, { name, partitions: new Set([...before, ...partitions].toSorted(ascending)) });
  }
  return all;
}

/** What is left without these partitions; topics of which nothing is left are gone. */
export function without(
  all: StatePartitionsByTopic,
  gone: ReadonlyMap<string, ReadonlySet<number>>,
): Map<string, StatePartitionsOfTopic> {
  const left = new Map(all);
  for (const [topicId, partitions] of gone) {
    const topic = all.get(topicId);
    if (topic === undefined) continue;
    const rest = [...topic.partitions].filter((partition) => !partitions.has(partition));
    if (rest.length === 0) left.delete(topicId);
    else left.set(topicId, { name: topic.name, partitions: new Set(rest) });
  }
  return left;
}

const ascending = (a: number, b: number): number => a - b;

function byTopic(topics: Value['initializedTopics']): StatePartitionsByTopic {
  return new Map(
    topics.map(({ topicId, topicName, partitions }) => [
      topicId,
      { name: topicName, partitions: new Set(partitions) },
    ]),
  );
}

function toRecord(topics: StatePartitionsByTopic): Value['initializedTopics'] {
  return [...topics].map(([topicId, { name, partitions }]) => ({
    topicId,
    topicName: name,
    partitions: [...partitions],
  }));
}
