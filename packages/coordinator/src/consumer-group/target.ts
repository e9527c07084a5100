import type {
  AssignedMember,
  Assignor,
  GroupSpec,
  TopicDescriber,
  TopicPartitions,
} from '../assignors/assignor.ts';
import type { TopicsView } from '../group/topics-view.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { hasRegex, type Subscription } from './consumer-member.ts';
import { assignmentEpochIs, memberShallOwn } from './events.ts';

const NOTHING: TopicPartitions = new Map();

/**
 * Makes a target assignment for the group epoch, unless there is one, or the last was made less than
 * `consumer.assignment.interval.ms` ago: then a later heartbeat makes it. Only what changes is written.
 */
export function updateTarget(turn: Turn, group: ConsumerGroup): void {
  if (group.assignmentEpoch >= group.groupEpoch || !mayAssign(turn, group)) return;
  const assignment = assignorOf(turn, group).assign(specOf(turn, group), describer(turn.topics));
  for (const memberId of group.members.keys()) {
    const former = group.target.get(memberId);
    const target = assignment.get(memberId) ?? NOTHING;
    if (former === undefined || !samePartitions(former, target)) {
      turn.emit(memberShallOwn(group.groupId, memberId, target));
    }
  }
  // Last: were the log cut off before it, the target would be made again.
  turn.emit(assignmentEpochIs(group.groupId, group.groupEpoch, turn.now.timestampMs));
}

function mayAssign(turn: Turn, { groupId, assignmentTimestampMs }: ConsumerGroup): boolean {
  const { assignmentIntervalMs } = turn.settings(groupId).consumer;
  if (assignmentTimestampMs === 0 || assignmentIntervalMs === 0) return true;
  return turn.now.timestampMs >= assignmentTimestampMs + assignmentIntervalMs;
}

/** The one that most members ask for, or the first that the broker has. */
function assignorOf({ assignors }: Turn, group: ConsumerGroup): Assignor {
  const preferred = group.preferredAssignor();
  const [first] = assignors.values();
  return (preferred === null ? undefined : assignors.get(preferred)) ?? first!;
}

function specOf(turn: Turn, group: ConsumerGroup): GroupSpec {
  const topicIds = new SubscribedTopicIds(group, turn.topics);
  const members = new Map<string, AssignedMember>();
  for (const { memberId, subscription } of group.members.values()) {
    members.set(memberId, {
      instanceId: subscription.instanceId,
      rackId: subscription.rackId,
      subscribedTopicIds: topicIds.of(subscription),
      assignment: group.target.get(memberId) ?? NOTHING,
    });
  }
  return {
    members,
    homogeneous: group.topics.isHomogeneous(group.members.size),
    ownerOf: (topicId, partition) => group.targetOwners.of(topicId, partition),
    isAssignable: () => true,
  };
}

/** The topics of subscriptions by their ids; members that subscribe alike share one set. */
class SubscribedTopicIds {
  readonly #group: ConsumerGroup;
  readonly #topics: TopicsView;
  readonly #sets = new Map<string, ReadonlySet<string>>();

  constructor(group: ConsumerGroup, topics: TopicsView) {
    this.#group = group;
    this.#topics = topics;
  }

  of(subscription: Subscription): ReadonlySet<string> {
    const key = JSON.stringify([subscription.topicRegex, subscription.topicNames]);
    let ids = this.#sets.get(key);
    if (ids === undefined) {
      const found = new Set<string>();
      for (const name of subscribedNames(this.#group, subscription)) {
        const topic = this.#topics.byName(name);
        if (topic !== undefined) found.add(topic.id);
      }
      this.#sets.set(key, (ids = found));
    }
    return ids;
  }
}

function* subscribedNames(group: ConsumerGroup, subscription: Subscription): Generator<string> {
  yield* subscription.topicNames;
  if (hasRegex(subscription)) {
    yield* group.topics.resolved.get(subscription.topicRegex!)?.topics ?? [];
  }
}

/** The topics that a member subscribes to, by name or by an expression that has been matched. */
export function subscribedTo(group: ConsumerGroup, subscription: Subscription): Set<string> {
  return new Set(subscribedNames(group, subscription));
}

function describer(topics: TopicsView): TopicDescriber {
  return {
    partitionCount: (topicId) => topics.byId(topicId)?.partitionCount ?? -1,
    racks: (topicId, partition) => topics.byId(topicId)?.racks(partition) ?? [],
  };
}

function samePartitions(a: TopicPartitions, b: TopicPartitions): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others === partitions) continue;
    if (others?.size !== partitions.size) return false;
    for (const partition of partitions) if (!others.has(partition)) return false;
  }
  return true;
}
