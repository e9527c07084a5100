import type { TopicPartition } from '../../topic-partition.ts';

/** A member of a group, as its leader sees it. */
export interface GroupMember {
  readonly memberId: string;
  /** Of static members (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  /** What it says that it owns; only cooperative members keep partitions while they join. */
  readonly owned: readonly TopicPartition[];
  /** Of what it owns; -1 where it does not tell. */
  readonly generationId: number;
  /** What its assignor sent along with the subscription. */
  readonly userData: Uint8Array | null;
}

/** Who gets what, by member id; every member has an entry. */
export type GroupAssignment = Map<string, TopicPartition[]>;

/** Hands out the partitions of a group. */
export interface Assignor {
  /** As members and brokers know it: all members of a group must have one in common. */
  readonly name: string;
  /** Cooperative members keep what they own during a rebalance (KIP-429). */
  readonly protocol: 'eager' | 'cooperative';
  /**
   * What goes along with a subscription, for the assignor of the group's leader. `before`: what the member
   * was assigned last, in `generationId`.
   */
  userData?(generationId: number, before: readonly TopicPartition[]): Uint8Array;
  /** `partitionCounts`: of all topics that exist. Only the group's leader is asked. */
  assign(
    members: readonly GroupMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): GroupAssignment | Promise<GroupAssignment>;
}

/** One whose assignment depends on nothing but what it is given. */
export interface PureAssignor extends Assignor {
  assign(
    members: readonly GroupMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): GroupAssignment;
}

/** Java's order: static members first, by their instance ids, then the others by their member ids. */
export function sortedMembers(members: readonly GroupMember[]): GroupMember[] {
  return members.toSorted((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
      return compareText(a.groupInstanceId, b.groupInstanceId);
    }
    if (a.groupInstanceId !== null) return -1;
    if (b.groupInstanceId !== null) return 1;
    return compareText(a.memberId, b.memberId);
  });
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function emptyAssignment(members: readonly GroupMember[]): GroupAssignment {
  return new Map(members.map(({ memberId }) => [memberId, []]));
}

/** All partitions that someone subscribes to, by topic and number. */
export function subscribedPartitions(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): TopicPartition[] {
  const topics = [...new Set(members.flatMap(({ topics }) => topics))].sort(compareText);
  return topics.flatMap((topic) =>
    Array.from({ length: partitionCounts.get(topic) ?? 0 }, (_, partition) => ({
      topic,
      partition,
    })),
  );
}
