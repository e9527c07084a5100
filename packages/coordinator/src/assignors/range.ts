import type { Assignor, AssignedMember, TopicDescriber } from './assignor.ts';

/** Partitions of a topic, as they are handed out to its subscribers one after the other. */
class Ranges {
  readonly #count: number;
  #subscribers = 0;
  #served = 0;
  #next = 0;

  constructor(count: number) {
    this.#count = Math.max(0, count);
  }

  subscribe(): void {
    this.#subscribers++;
  }

  /** As many as everyone gets, and one more for the first few. */
  take(): Set<number> {
    const least = Math.floor(this.#count / this.#subscribers);
    const extra = this.#served++ < this.#count % this.#subscribers ? 1 : 0;
    const taken = new Set<number>();
    for (const end = this.#next + least + extra; this.#next < end; this.#next++) {
      taken.add(this.#next);
    }
    return taken;
  }
}

/**
 * Each topic's partitions in contiguous ranges. Members that subscribe to the same topics of the
 * same size get the same partitions of each, so that such topics can be joined. Static members come
 * first and by their instance ids: they keep what they have when they come back (KIP-848).
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign({ members }, topics) {
    const ordered = [...members].toSorted(staticFirst);
    const ranges = rangesOf(members.values(), topics);
    return new Map(
      ordered.map(([memberId, { subscribedTopicIds }]) => {
        const assignment = new Map<string, Set<number>>();
        for (const topicId of subscribedTopicIds) {
          const partitions = ranges.get(topicId)!.take();
          if (partitions.size > 0) assignment.set(topicId, partitions);
        }
        return [memberId, assignment];
      }),
    );
  },
};

function rangesOf(members: Iterable<AssignedMember>, topics: TopicDescriber): Map<string, Ranges> {
  const ranges = new Map<string, Ranges>();
  for (const { subscribedTopicIds } of members) {
    for (const topicId of subscribedTopicIds) {
      let range = ranges.get(topicId);
      if (range === undefined) {
        ranges.set(topicId, (range = new Ranges(topics.partitionCount(topicId))));
      }
      range.subscribe();
    }
  }
  return ranges;
}

type Named = readonly [memberId: string, member: AssignedMember];

function staticFirst([idA, { instanceId: a }]: Named, [idB, { instanceId: b }]: Named): number {
  if (a !== null && b !== null) return compare(a, b);
  if (a !== null) return -1;
  if (b !== null) return 1;
  return compare(idA, idB);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
