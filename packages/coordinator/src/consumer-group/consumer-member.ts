import { OFF } from '../group/group-alarm.ts';
import type { ConsumerAlarm } from './consumer-alarm.ts';

/**
 * Where a member is on its way from what it has to what it shall have:
 *
 *                        must give partitions up
 *   STABLE ─────────────────────────────────────────► UNREVOKED_PARTITIONS
 *     ▲  ▲                                                    │
 *     │  └───────────── has given up, gets all ───────────────┤
 *     │                                                       │ has given up,
 *     │   the others have given up                            ▼ waits for others
 *     └──────────────────────────────────────────── UNRELEASED_PARTITIONS
 *
 * UNKNOWN is what a newer release may have written: such a member must begin anew.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_PARTITIONS' | 'UNRELEASED_PARTITIONS' | 'UNKNOWN';

/** States as records have them. */
export const memberStateCodes: Readonly<Record<MemberState, number>> = {
  STABLE: 0,
  UNREVOKED_PARTITIONS: 1,
  UNRELEASED_PARTITIONS: 2,
  UNKNOWN: 127,
};

/** By topic id and partition, the member epoch in which the partition was given to the member. */
export type AssignmentEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Who a member is and what it wants; replaced as a whole. */
export interface Subscription {
  /** Set for a static member. */
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, without repetition. */
  readonly topicNames: readonly string[];
  /** Empty or null: none. */
  readonly topicRegex: string | null;
  readonly rebalanceTimeoutMs: number;
  /** The assignor that it asks for. */
  readonly serverAssignor: string | null;
  /** Null for a member of the consumer protocol. */
  readonly classic: ClassicProtocols | null;
}

/** What makes a member of the classic protocol one of this group. */
export interface ClassicProtocols {
  readonly sessionTimeoutMs: number;
  /** In the order of the member's preference; their metadata is one and the same subscription. */
  readonly supportedProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/** What a member has; replaced as a whole. */
export interface Ownership {
  /** 0: it has joined and heard nothing yet. -2: a static member that is away for a while. */
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly state: MemberState;
  readonly assigned: AssignmentEpochs;
  /** What it has been told to give up, and may still consume. */
  readonly revoking: AssignmentEpochs;
}

export const NOTHING: AssignmentEpochs = new Map();

export const noSubscription: Subscription = {
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  topicNames: [],
  topicRegex: '',
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  classic: null,
};

export const noOwnership: Ownership = {
  memberEpoch: 0,
  previousMemberEpoch: -1,
  state: 'STABLE',
  assigned: NOTHING,
  revoking: NOTHING,
};

/** A member of a consumer group: as the records tell it, and its deadlines. */
export class ConsumerMember {
  readonly memberId: string;
  subscription: Subscription = noSubscription;
  ownership: Ownership = noOwnership;
  readonly session: ConsumerAlarm;
  /** It must have given partitions up by then. */
  readonly rebalance: ConsumerAlarm;
  /** A classic member must have joined again by then. */
  readonly join: ConsumerAlarm;
  /** A classic member must have fetched its assignment by then. */
  readonly sync: ConsumerAlarm;

  constructor(groupId: string, memberId: string) {
    this.memberId = memberId;
    const alarm = (about: ConsumerAlarm['about']): ConsumerAlarm => ({
      type: 'consumer',
      about,
      groupId,
      memberId,
      ...OFF,
    });
    this.session = alarm('session');
    this.rebalance = alarm('rebalance');
    this.join = alarm('join');
    this.sync = alarm('sync');
  }

  *alarms(): Generator<ConsumerAlarm> {
    yield this.session;
    yield this.rebalance;
    yield this.join;
    yield this.sync;
  }

  /** It has what the target assignment of that epoch gives it. */
  isReconciledTo(targetEpoch: number): boolean {
    return this.ownership.state === 'STABLE' && this.ownership.memberEpoch === targetEpoch;
  }

  /** The epoch in which it got a partition that it has, or is giving up. */
  epochOf(topicId: string, partition: number): number | undefined {
    const { assigned, revoking } = this.ownership;
    return assigned.get(topicId)?.get(partition) ?? revoking.get(topicId)?.get(partition);
  }
}

export function hasRegex({ topicRegex }: Subscription): boolean {
  return topicRegex !== null && topicRegex !== '';
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]));
}

export function sameSubscription(a: Subscription, b: Subscription): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.topicRegex === b.topicRegex &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.serverAssignor === b.serverAssignor &&
    sameNames(a.topicNames, b.topicNames) &&
    sameProtocols(a.classic, b.classic)
  );
}

function sameProtocols(a: ClassicProtocols | null, b: ClassicProtocols | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.supportedProtocols.length === b.supportedProtocols.length &&
    a.supportedProtocols.every(({ name, metadata }, i) => {
      const other = b.supportedProtocols[i]!;
      return name === other.name && metadata.equals(other.metadata);
    })
  );
}

export function sameAssignment(a: AssignmentEpochs, b: AssignmentEpochs): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others?.size !== partitions.size) return false;
    for (const [partition, epoch] of partitions) {
      if (others.get(partition) !== epoch) return false;
    }
  }
  return true;
}

export function sameOwnership(a: Ownership, b: Ownership): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    sameAssignment(a.assigned, b.assigned) &&
    sameAssignment(a.revoking, b.revoking)
  );
}
