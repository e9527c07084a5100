import type { Alarm } from '../host/alarms.ts';
import type { RequestId } from '../host/machine.ts';
import { OFF } from '../group/group-alarm.ts';
import type { ClassicGroup } from './classic-group.ts';

export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export type ClassicAlarm = Alarm & { readonly type: 'classic'; readonly group: ClassicGroup } & (
    | { readonly about: 'session'; readonly memberId: string }
    | { readonly about: 'join' | 'sync' }
  );

/** No request waits. */
export const NOBODY: RequestId = 0;
export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

export interface MemberOptions {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
  readonly assignment: Buffer;
}

/** A member of a classic group. */
export class ClassicMember {
  readonly memberId: string;
  /** Set for a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  /** In the order of the member's preference; only the chosen one after loading. */
  protocols: readonly MemberProtocol[];
  assignment: Buffer;
  /** The join that waits for the end of the join phase. */
  joinRequest: RequestId = NOBODY;
  /** The sync that waits for the assignments. */
  syncRequest: RequestId = NOBODY;
  /** It has not been through a rebalance yet, so it does not know its id and cannot heartbeat. */
  isNew = false;
  readonly session: ClassicAlarm;

  constructor(group: ClassicGroup, options: MemberOptions) {
    this.memberId = options.memberId;
    this.instanceId = options.instanceId;
    this.clientId = options.clientId;
    this.clientHost = options.clientHost;
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs;
    this.sessionTimeoutMs = options.sessionTimeoutMs;
    this.protocols = options.protocols;
    this.assignment = options.assignment;
    this.session = sessionAlarm(group, options.memberId);
  }

  /** Itself under another id, waiting for nothing. */
  renamed(group: ClassicGroup, memberId: string): ClassicMember {
    const { instanceId, clientId, clientHost, protocols, assignment } = this;
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this;
    const timeouts = { rebalanceTimeoutMs, sessionTimeoutMs };
    const identity = { memberId, instanceId, clientId, clientHost };
    return new ClassicMember(group, { ...identity, ...timeouts, protocols, assignment });
  }

  /** The member's metadata for a protocol; empty when it does not offer it. */
  metadata(protocolName: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_ASSIGNMENT;
  }

  /** A member that waits for us need not heartbeat, unless it is new: then we doubt that it is there. */
  excusedFromHeartbeats(): boolean {
    return !this.isNew && (this.joinRequest !== NOBODY || this.syncRequest !== NOBODY);
  }

  offersTheSame(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(
        ({ name, metadata }, i) =>
          name === this.protocols[i]!.name && metadata.equals(this.protocols[i]!.metadata),
      )
    );
  }
}

export function sessionAlarm(group: ClassicGroup, memberId: string): ClassicAlarm {
  return { type: 'classic', about: 'session', group, memberId, ...OFF };
}
