import type { AssignedMember, Assignor, GroupSpec, TopicDescriber } from './assignor.ts';
import { Draft, resultOf } from './draft.ts';

/**
 * Shares partitions out to the members of a share group (KIP-932): each partition to as many members
 * as any other, each member about as many as the others; what they have they keep up to that. Where
 * members subscribe to different topics, each topic is shared out on its own.
 */
export const simpleAssignor: Assignor = {
  name: 'simple',
  assign(group, topics) {
    const sharers = [...group.members].map(([memberId, member]) => ({
      memberId,
      member,
      draft: new Draft(member.assignment),
    }));
    const drafts = new Map(sharers.map(({ memberId, draft }) => [memberId, draft]));
    for (const { member, draft } of sharers) forgetTopics(member, draft);
    const subscribers = new Map<string, Sharer[]>();
    for (const sharer of sharers) {
      for (const topicId of sharer.member.subscribedTopicIds) {
        const present = subscribers.get(topicId);
        if (present === undefined) subscribers.set(topicId, [sharer]);
        else present.push(sharer);
      }
    }
    if (group.homogeneous) {
      const all = [...subscribers.keys()].flatMap((id) => targetsOf(group, topics, id));
      new Sharing(all, sharers).settle();
    } else {
      for (const [id, some] of subscribers) {
        new Sharing(targetsOf(group, topics, id), some).settle();
      }
    }
    return resultOf(drafts);
  },
};

interface Sharer {
  readonly member: AssignedMember;
  readonly draft: Draft;
}

interface Target {
  readonly topicId: string;
  readonly partition: number;
  /** The numbers of the members that have it. */
  readonly holders: Set<number>;
}

function forgetTopics({ assignment, subscribedTopicIds }: AssignedMember, draft: Draft): void {
  for (const topicId of assignment.keys()) {
    if (!subscribedTopicIds.has(topicId)) draft.removeTopic(topicId);
  }
}

function targetsOf(group: GroupSpec, topics: TopicDescriber, topicId: string): Target[] {
  const targets: Target[] = [];
  const count = topics.partitionCount(topicId);
  for (let partition = 0; partition < count; partition++) {
    if (group.isAssignable(topicId, partition)) {
      targets.push({ topicId, partition, holders: new Set() });
    }
  }
  return targets;
}

/** Some partitions, and the members among whom they are shared. */
class Sharing {
  readonly #targets: readonly Target[];
  readonly #drafts: readonly Draft[];
  /** How many members shall have each partition. */
  readonly #sharing: number;
  /** How many partitions each member shall have. */
  readonly #wanted: readonly number[];
  readonly #held: readonly Set<Target>[];

  constructor(targets: readonly Target[], sharers: readonly Sharer[]) {
    this.#targets = targets;
    this.#drafts = sharers.map(({ draft }) => draft);
    this.#sharing = targets.length === 0 ? 0 : Math.ceil(sharers.length / targets.length);
    const each = (this.#sharing * targets.length) / sharers.length;
    this.#wanted = sharers.map((_, i) => Math.ceil(each * (i + 1)) - Math.ceil(each * i));
    this.#held = this.#hold(sharers);
  }

  settle(): void {
    for (const [member, held] of this.#held.entries()) {
      for (const target of held) {
        if (held.size <= this.#wanted[member]!) break;
        this.#takeAway(target, member);
      }
    }
    for (const target of this.#targets) {
      for (const member of target.holders) {
        if (target.holders.size <= this.#sharing) break;
        this.#takeAway(target, member);
      }
    }
    this.#handOut();
  }

  /** What members have of these partitions. What cannot be assigned they lose. */
  #hold(sharers: readonly Sharer[]): Set<Target>[] {
    const byId = new Map<string, Map<number, Target>>();
    for (const target of this.#targets) {
      const partitions = byId.get(target.topicId);
      if (partitions === undefined) {
        byId.set(target.topicId, new Map([[target.partition, target]]));
      } else {
        partitions.set(target.partition, target);
      }
    }
    return sharers.map(({ draft }, member) => {
      const held = new Set<Target>();
      for (const [topicId, targets] of byId) {
        for (const partition of draft.former.get(topicId) ?? []) {
          const target = targets.get(partition);
          if (target === undefined) {
            draft.remove(topicId, partition);
            continue;
          }
          held.add(target);
          target.holders.add(member);
        }
      }
      return held;
    });
  }

  #takeAway(target: Target, member: number): void {
    this.#held[member]!.delete(target);
    target.holders.delete(member);
    this.#drafts[member]!.remove(target.topicId, target.partition);
  }

  /** Goes round the members that want more; one that has the partition already is passed over. */
  #handOut(): void {
    let wanting = [...this.#held.keys()].filter((member) => this.#wants(member));
    let next = 0;
    for (const target of this.#targets) {
      for (let passed = 0; target.holders.size < this.#sharing && passed < wanting.length; ) {
        if (next >= wanting.length) {
          wanting = wanting.filter((member) => this.#wants(member));
          next = 0;
          if (wanting.length === 0) return;
        }
        const member = wanting[next++]!;
        if (target.holders.has(member) || !this.#wants(member)) {
          passed++;
          continue;
        }
        this.#held[member]!.add(target);
        target.holders.add(member);
        this.#drafts[member]!.add(target.topicId, target.partition);
        passed = 0;
      }
    }
  }

  #wants(member: number): boolean {
    return this.#held[member]!.size < this.#wanted[member]!;
  }
}
