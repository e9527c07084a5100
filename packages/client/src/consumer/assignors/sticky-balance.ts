import { comparePartitions, keyOf, type TopicPartition } from '../../topic-partition.ts';
import {
  compareText,
  type GroupAssignment,
  type GroupMember,
  subscribedPartitions,
} from './assignor.ts';

/**
 * A balanced assignment that moves as little as possible: members keep what they own, what nobody owns
 * goes to those with the least, and partitions move only where that brings two members closer together.
 * Where all subscribe to the same topics no member has two partitions more than another.
 */
export function balanceStickily(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): GroupAssignment {
  const sorted = members.toSorted((a, b) => compareText(a.memberId, b.memberId));
  const subscribers = new Map<string, string[]>();
  for (const { memberId, topics } of sorted) {
    for (const topic of new Set(topics)) {
      const list = subscribers.get(topic);
      if (list === undefined) subscribers.set(topic, [memberId]);
      else list.push(memberId);
    }
  }
  const partitions = subscribedPartitions(members, partitionCounts);
  const owners = validOwners(members, partitionCounts);
  const load = new Map(sorted.map(({ memberId }) => [memberId, 0]));
  const change = (memberId: string, by: number): unknown =>
    load.set(memberId, load.get(memberId)! + by);
  for (const owner of owners.values()) change(owner, 1);

  const leastLoaded = (topic: string): string => {
    const [first, ...others] = subscribers.get(topic)!;
    let least = first!;
    for (const memberId of others) if (load.get(memberId)! < load.get(least)!) least = memberId;
    return least;
  };
  // Those with the fewest possible owners first: the others can still be placed around them.
  const choices = ({ topic }: TopicPartition): number => subscribers.get(topic)!.length;
  const unowned = partitions
    .filter((partition) => !owners.has(keyOf(partition)))
    .sort((a, b) => choices(a) - choices(b) || comparePartitions(a, b));
  for (const partition of unowned) {
    const memberId = leastLoaded(partition.topic);
    owners.set(keyOf(partition), memberId);
    change(memberId, 1);
  }
  // Each move makes the sum of the squared loads smaller, so this ends.
  for (let moved = true; moved; ) {
    moved = false;
    for (const partition of partitions.toReversed()) {
      const from = owners.get(keyOf(partition))!;
      const to = leastLoaded(partition.topic);
      if (load.get(to)! + 1 >= load.get(from)!) continue;
      owners.set(keyOf(partition), to);
      change(from, -1);
      change(to, 1);
      moved = true;
    }
  }
  const assignment: GroupAssignment = new Map(members.map(({ memberId }) => [memberId, []]));
  for (const partition of partitions) {
    assignment.get(owners.get(keyOf(partition))!)!.push(partition);
  }
  return assignment;
}

/**
 * Who owns what of all that still exists and is subscribed to. A claim of a later generation wins; of
 * two in the same generation neither can be trusted.
 */
function validOwners(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, string> {
  const claims = new Map<string, { memberId: string | null; generationId: number }>();
  for (const { memberId, topics, owned, generationId } of members) {
    for (const partition of owned) {
      const exists = partition.partition < (partitionCounts.get(partition.topic) ?? 0);
      if (!exists || !topics.includes(partition.topic)) continue;
      const other = claims.get(keyOf(partition));
      if (other === undefined || generationId > other.generationId) {
        claims.set(keyOf(partition), { memberId, generationId });
      } else if (generationId === other.generationId) {
        claims.set(keyOf(partition), { memberId: null, generationId });
      }
    }
  }
  const owners = new Map<string, string>();
  for (const [key, { memberId }] of claims) if (memberId !== null) owners.set(key, memberId);
  return owners;
}
