import type { AssignedMember, GroupSpec, TopicDescriber, TopicPartitions } from './assignor.ts';

export type PlainAssignment = Readonly<Record<string, readonly number[]>>;

export interface PlainMember {
  readonly instanceId?: string | null;
  readonly topics: readonly string[];
  readonly assignment?: PlainAssignment;
}

export interface PlainGroup {
  readonly homogeneous: boolean;
  readonly topics: Readonly<Record<string, number>>;
  readonly members: Readonly<Record<string, PlainMember>>;
}

export function describer({ topics }: PlainGroup): TopicDescriber {
  return { partitionCount: (topicId) => topics[topicId] ?? -1, racks: () => [] };
}

export function specOf({ homogeneous, members }: PlainGroup): GroupSpec {
  const owners = new Map<string, string>();
  const spec = new Map<string, AssignedMember>();
  for (const [memberId, { instanceId, topics, assignment }] of Object.entries(members)) {
    const owned = fromPlain(assignment ?? {});
    for (const [topicId, partitions] of owned) {
      for (const partition of partitions) owners.set(`${topicId}/${partition}`, memberId);
    }
    spec.set(memberId, {
      instanceId: instanceId ?? null,
      rackId: null,
      subscribedTopicIds: new Set(topics),
      assignment: owned,
    });
  }
  return {
    members: spec,
    homogeneous,
    ownerOf: (topicId, partition) => owners.get(`${topicId}/${partition}`),
    isAssignable: () => true,
  };
}

export function fromPlain(assignment: PlainAssignment): Map<string, Set<number>> {
  return new Map(Object.entries(assignment).map(([id, partitions]) => [id, new Set(partitions)]));
}

export function toPlain(assignment: TopicPartitions | undefined): PlainAssignment {
  return Object.fromEntries(
    [...(assignment ?? [])].map(([id, partitions]) => [
      id,
      [...partitions].toSorted((a, b) => a - b),
    ]),
  );
}
