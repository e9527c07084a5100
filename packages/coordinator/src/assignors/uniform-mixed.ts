import type { AssignedMember, GroupSpec, TopicDescriber, TopicPartitions } from './assignor.ts';
import { Draft, resultOf } from './draft.ts';
import { LoadBalancer } from './load-balancer.ts';

/**
 * Subscriptions that overlap without being the same may need many rounds; each about halves what is
 * left to gain.
 */
const MOST_ROUNDS = 16;

/** Balances partitions over members that subscribe to different topics. */
export function assignMixed(
  group: GroupSpec,
  topics: TopicDescriber,
): ReadonlyMap<string, TopicPartitions> {
  const assignment = new MixedAssignment(group, topics);
  if (assignment.topics.length === 0) return new Map();
  assignment.handOut();
  assignment.balance();
  return resultOf(assignment.drafts);
}

interface Topic {
  readonly id: string;
  /** In rising order. Members are numbers, in the order of the group. */
  readonly subscribers: number[];
  /** The owner of each partition, -1 for none. */
  readonly owners: Int32Array;
}

class MixedAssignment {
  readonly drafts = new Map<string, Draft>();
  /** In the order in which they are balanced. */
  readonly topics: readonly Topic[];
  readonly #byNumber: Draft[] = [];
  readonly #loads: Int32Array;
  readonly #balancer: LoadBalancer;

  constructor({ members }: GroupSpec, describer: TopicDescriber) {
    this.#loads = new Int32Array(members.size);
    this.#balancer = new LoadBalancer(this.#loads);
    const topics = new Map<string, Topic>();
    let number = 0;
    for (const { subscribedTopicIds } of members.values()) {
      for (const id of subscribedTopicIds) {
        let topic = topics.get(id);
        if (topic === undefined) {
          const owners = new Int32Array(Math.max(0, describer.partitionCount(id))).fill(-1);
          topics.set(id, (topic = { id, subscribers: [], owners }));
        }
        topic.subscribers.push(number);
      }
      number++;
    }
    for (const [memberId, member] of members) this.#keep(memberId, member, topics);
    this.topics = [...topics.values()].toSorted(hardestFirst);
  }

  /** Members keep what they have of topics that they still subscribe to. */
  #keep(memberId: string, member: AssignedMember, topics: ReadonlyMap<string, Topic>): void {
    const draft = new Draft(member.assignment);
    const number = this.#byNumber.push(draft) - 1;
    this.drafts.set(memberId, draft);
    for (const [topicId, partitions] of member.assignment) {
      if (!member.subscribedTopicIds.has(topicId)) {
        draft.removeTopic(topicId);
        continue;
      }
      const { owners } = topics.get(topicId)!;
      for (const partition of partitions) owners[partition] = number;
      this.#loads[number]! += partitions.size;
    }
  }

  /** Gives what nobody owns to whoever has the least. */
  handOut(): void {
    for (const topic of this.topics) {
      let begun = false;
      for (const [partition, owner] of topic.owners.entries()) {
        if (owner !== -1) continue;
        if (!begun) this.#balancer.begin(topic.subscribers);
        begun = true;
        this.#give(topic, partition, this.#balancer.nextReceiver());
      }
    }
  }

  /** Moves partitions until none would make the balance better, or the rounds are used up. */
  balance(): void {
    const movable = this.topics.filter(({ subscribers }) => subscribers.length > 1);
    let lastMoved = -1;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      for (const [at, topic] of movable.entries()) {
        // All topics were looked at since something was moved.
        if (at === lastMoved) return;
        if (this.#balanceTopic(topic) || lastMoved === -1) lastMoved = at;
      }
    }
  }

  #balanceTopic(topic: Topic): boolean {
    const balancer = this.#balancer;
    balancer.begin(topic.subscribers);
    if (balancer.imbalance <= 1) return false;
    const owned = new Map<number, number[]>();
    for (const [partition, owner] of topic.owners.entries()) {
      const partitions = owned.get(owner);
      if (partitions === undefined) owned.set(owner, [partition]);
      else partitions.push(partition);
    }
    let moved = false;
    while (!balancer.balanced) {
      const giver = balancer.nextGiver();
      if (giver === -1) break;
      const partition = owned.get(giver)?.pop();
      if (partition === undefined) {
        balancer.dropGiver();
        continue;
      }
      const receiver = balancer.nextReceiver();
      if (balancer.balanced) break;
      this.#byNumber[giver]!.remove(topic.id, partition);
      this.#loads[giver]!--;
      this.#give(topic, partition, receiver);
      moved = true;
    }
    return moved;
  }

  #give(topic: Topic, partition: number, member: number): void {
    this.#byNumber[member]!.add(topic.id, partition);
    topic.owners[partition] = member;
    this.#loads[member]!++;
  }
}

/** Many partitions for each subscriber, then few subscribers: such leave the least choice. */
function hardestFirst(a: Topic, b: Topic): number {
  return (
    b.owners.length / b.subscribers.length - a.owners.length / a.subscribers.length ||
    a.subscribers.length - b.subscribers.length ||
    compareIds(a.id, b.id)
  );
}

/** As Java compares them: the halves of 64 bits, with their signs. */
function compareIds(a: string, b: string): number {
  const [left, right] = [Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url')];
  for (const at of [0, 8]) {
    const order = left.readBigInt64BE(at) - right.readBigInt64BE(at);
    if (order !== 0n) return order < 0n ? -1 : 1;
  }
  return 0;
}
