import type { TopicPartitions } from '../assignors/assignor.ts';
import { OFF } from '../group/group-alarm.ts';
import type { Alarm } from '../host/alarms.ts';

/** A member of a share group must be heard of by then. */
export interface ShareAlarm extends Alarm {
  readonly type: 'share';
  readonly groupId: string;
  readonly memberId: string;
}

/** Who a member is and what it wants; replaced as a whole. */
export interface ShareSubscription {
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, without repetition. */
  readonly topicNames: readonly string[];
}

/** What a member has; replaced as a whole. */
export interface ShareAssignment {
  /** That of the target assignment which the member has heard of; 0: of none. */
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly partitions: TopicPartitions;
}

const noSubscription: ShareSubscription = {
  rackId: null,
  clientId: '',
  clientHost: '',
  topicNames: [],
};

export const noAssignment: ShareAssignment = {
  memberEpoch: 0,
  previousMemberEpoch: -1,
  partitions: new Map(),
};

/**
 * A member of a share group. Partitions are shared, so nobody gives up what another waits for: with
 * its next heartbeat a member has its target.
 */
export class ShareMember {
  readonly memberId: string;
  subscription: ShareSubscription = noSubscription;
  assignment: ShareAssignment = noAssignment;
  readonly session: ShareAlarm;

  constructor(groupId: string, memberId: string) {
    this.memberId = memberId;
    this.session = { type: 'share', groupId, memberId, ...OFF };
  }
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}

export function sameSubscription(a: ShareSubscription, b: ShareSubscription): boolean {
  return (
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    sameNames(a.topicNames, b.topicNames)
  );
}

export function samePartitions(a: TopicPartitions, b: TopicPartitions): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others?.size !== partitions.size) return false;
    for (const partition of partitions) if (!others.has(partition)) return false;
  }
  return true;
}
