import type { Alarm } from '../host/alarms.ts';
import { OFF } from '../group/group-alarm.ts';
import { type HeldTasks, NO_TASKS } from './tasks.ts';

/** Deadlines of the members of a streams group, and of the group itself (no member). */
export interface StreamsAlarm extends Alarm {
  readonly type: 'streams';
  /** `initial`: a new group has waited for more members for long enough. */
  readonly about: 'session' | 'rebalance' | 'initial';
  readonly groupId: string;
  readonly memberId: string;
}

/**
 * Where a member is on its way from the tasks that it has to those it shall have:
 *
 *               must give tasks up
 *   STABLE ────────────────────────────► UNREVOKED_TASKS
 *     ▲  ▲                                     │
 *     │  └──────── has given up, gets all ─────┤ has given up, waits for others
 *     │                                        ▼
 *     └────────── others gave up ───── UNRELEASED_TASKS
 *
 * UNKNOWN is what a newer release may have written: such a member must begin anew.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_TASKS' | 'UNRELEASED_TASKS' | 'UNKNOWN';

/** States as records have them. */
export const memberStateCodes: Readonly<Record<MemberState, number>> = {
  STABLE: 0,
  UNREVOKED_TASKS: 1,
  UNRELEASED_TASKS: 2,
  UNKNOWN: 127,
};

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Who a member is; replaced as a whole. */
export interface Profile {
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly topologyEpoch: number;
  /** Members of one process share local state. */
  readonly processId: string;
  /** Where its state can be queried. */
  readonly userEndpoint: Endpoint | null;
  /** In the order of their keys. */
  readonly clientTags: readonly { readonly key: string; readonly value: string }[];
}

/** What a member has; replaced as a whole. */
export interface Ownership {
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly state: MemberState;
  readonly assigned: HeldTasks;
  /** What it has been told to give up, and may still run. */
  readonly revoking: HeldTasks;
}

export const noProfile: Profile = {
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  rebalanceTimeoutMs: -1,
  topologyEpoch: -1,
  processId: '',
  userEndpoint: null,
  clientTags: [],
};

export const noOwnership: Ownership = {
  memberEpoch: 0,
  previousMemberEpoch: 0,
  state: 'STABLE',
  assigned: NO_TASKS,
  revoking: NO_TASKS,
};

/** A member of a streams group: as the records tell it, and its deadlines. */
export class StreamsMember {
  readonly memberId: string;
  profile: Profile = noProfile;
  ownership: Ownership = noOwnership;
  readonly session: StreamsAlarm;
  /** It must have given tasks up by then. */
  readonly rebalance: StreamsAlarm;

  constructor(groupId: string, memberId: string) {
    this.memberId = memberId;
    this.session = { type: 'streams', about: 'session', groupId, memberId, ...OFF };
    this.rebalance = { type: 'streams', about: 'rebalance', groupId, memberId, ...OFF };
  }

  isReconciledTo(targetEpoch: number): boolean {
    return this.ownership.state === 'STABLE' && this.ownership.memberEpoch === targetEpoch;
  }
}

export function sameProfile(a: Profile, b: Profile): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.topologyEpoch === b.topologyEpoch &&
    a.processId === b.processId &&
    a.userEndpoint?.host === b.userEndpoint?.host &&
    a.userEndpoint?.port === b.userEndpoint?.port &&
    a.clientTags.length === b.clientTags.length &&
    a.clientTags.every(({ key, value }, i) => {
      const other = b.clientTags[i]!;
      return key === other.key && value === other.value;
    })
  );
}
