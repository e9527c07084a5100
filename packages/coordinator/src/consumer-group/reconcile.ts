import type { TopicPartitions } from '../assignors/assignor.ts';
import {
  type AssignmentEpochs,
  type ConsumerMember,
  NOTHING,
  type Ownership,
} from './consumer-member.ts';

/** Partitions that a member says it has, as requests bring them. */
export type OwnedPartitions = readonly {
  readonly topicId: string;
  readonly partitions: readonly number[];
}[];

export interface Reconciliation {
  readonly member: ConsumerMember;
  readonly targetEpoch: number;
  readonly target: TopicPartitions;
  /** The member has changed what it wants: topics that it has left are taken at once. */
  readonly subscriptionChanged: boolean;
  readonly isSubscribed: (topicId: string) => boolean;
  /** Somebody has the partition, this member or another. */
  readonly isOwned: (topicId: string, partition: number) => boolean;
  /** What the member says it has; null when it says nothing. */
  readonly owned: OwnedPartitions | null;
}

/**
 * The next step of a member towards its target: first it gives up what is no longer its own, staying
 * in its epoch, and only when it has done so it moves to the target's epoch and gets what is free of
 * its new partitions. No partition is ever given before the one who had it has let go.
 */
export function reconcile(step: Reconciliation): Ownership {
  const { member, targetEpoch, subscriptionChanged } = step;
  const { ownership } = member;
  switch (ownership.state) {
    case 'STABLE':
      if (ownership.memberEpoch !== targetEpoch) return towardsTarget(step, ownership);
      return subscriptionChanged ? withoutLeftTopics(step, ownership) : ownership;
    case 'UNREVOKED_PARTITIONS':
      if (!stillOwns(step, ownership.revoking)) return towardsTarget(step, ownership);
      return subscriptionChanged ? withoutLeftTopics(step, ownership) : ownership;
    case 'UNRELEASED_PARTITIONS':
      return towardsTarget(step, ownership);
    case 'UNKNOWN':
      // It owns nothing, or it would have been fenced: it begins anew.
      return towardsTarget(step, { ...ownership, memberEpoch: targetEpoch });
  }
}

/** Who does not tell what it has is taken to have it still. */
function stillOwns({ owned }: Reconciliation, assignment: AssignmentEpochs): boolean {
  if (owned === null) return true;
  return owned.some(({ topicId, partitions }) => {
    const those = assignment.get(topicId);
    return those !== undefined && partitions.some((partition) => those.has(partition));
  });
}

/** Takes away the topics that the member no longer subscribes to, without waiting for a target. */
function withoutLeftTopics(step: Reconciliation, ownership: Ownership): Ownership {
  const left = [...ownership.assigned].filter(([topicId]) => !step.isSubscribed(topicId));
  if (left.length === 0) return ownership;
  const assigned = new Map(ownership.assigned);
  const revoking = new Map(ownership.revoking);
  for (const [topicId, partitions] of left) {
    assigned.delete(topicId);
    revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...partitions]));
  }
  const { memberEpoch } = ownership;
  const next = { ...ownership, assigned, previousMemberEpoch: memberEpoch };
  return stillOwns(step, revoking) ? { ...next, state: 'UNREVOKED_PARTITIONS', revoking } : next;
}

interface Difference {
  readonly kept: Map<string, Map<number, number>>;
  readonly revoked: Map<string, Map<number, number>>;
  /** New for the member, and free. */
  readonly free: Map<string, number[]>;
  /** Something new for the member is still held by another. */
  readonly waits: boolean;
}

function towardsTarget(step: Reconciliation, from: Ownership): Ownership {
  const { targetEpoch } = step;
  const { kept, revoked, free, waits } = difference(step, from);
  if (revoked.size > 0 && stillOwns(step, revoked)) {
    return {
      state: 'UNREVOKED_PARTITIONS',
      memberEpoch: from.memberEpoch,
      previousMemberEpoch: from.memberEpoch,
      assigned: kept,
      revoking: revoked,
    };
  }
  for (const [topicId, partitions] of free) {
    let epochs = kept.get(topicId);
    if (epochs === undefined) kept.set(topicId, (epochs = new Map()));
    for (const partition of partitions) epochs.set(partition, targetEpoch);
  }
  return {
    state: waits ? 'UNRELEASED_PARTITIONS' : 'STABLE',
    memberEpoch: targetEpoch,
    previousMemberEpoch: from.memberEpoch,
    assigned: kept,
    revoking: NOTHING,
  };
}

const NO_PARTITIONS: ReadonlySet<number> = new Set();

function difference(step: Reconciliation, { assigned, revoking }: Ownership): Difference {
  const kept = new Map<string, Map<number, number>>();
  const revoked = new Map<string, Map<number, number>>();
  const free = new Map<string, number[]>();
  let waits = false;
  for (const topicId of new Set([...step.target.keys(), ...assigned.keys()])) {
    const wanted = step.isSubscribed(topicId)
      ? (step.target.get(topicId) ?? NO_PARTITIONS)
      : NO_PARTITIONS;
    const had = assigned.get(topicId);
    for (const [partition, epoch] of had ?? []) {
      put(wanted.has(partition) ? kept : revoked, topicId, partition, epoch);
    }
    const own = revoking.get(topicId);
    const newHere: number[] = [];
    for (const partition of wanted) {
      if (had?.has(partition)) continue;
      // What the member itself is giving up is as good as free.
      if (step.isOwned(topicId, partition) && !own?.has(partition)) waits = true;
      else newHere.push(partition);
    }
    if (newHere.length > 0) free.set(topicId, newHere);
  }
  return { kept, revoked, free, waits };
}

function put(
  into: Map<string, Map<number, number>>,
  topicId: string,
  partition: number,
  epoch: number,
): void {
  const partitions = into.get(topicId);
  if (partitions === undefined) into.set(topicId, new Map([[partition, epoch]]));
  else partitions.set(partition, epoch);
}
