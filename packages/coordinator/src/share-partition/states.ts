/**
 * What becomes of a record of a share group (KIP-932). The numbers are those of the share state records.
 *
 *     AVAILABLE ── acquire ──► ACQUIRED ── accept ──► ACKNOWLEDGED
 *         ▲  │                  │  │ └─── reject ───► ARCHIVED
 *         │  └── archive ───────┼──┼────────────────► ARCHIVED
 *         └── release, expire ──┘  └── archive ─────► ARCHIVED
 *
 * A record that has been delivered as often as it may be is archived where it would become available.
 */
export const RECORD_STATE = { AVAILABLE: 0, ACQUIRED: 1, ACKNOWLEDGED: 2, ARCHIVED: 4 } as const;
export type RecordState = (typeof RECORD_STATE)[keyof typeof RECORD_STATE];

/** `expire`: the acquisition lock; `archive`: the record is gone from the log, or aborted. */
export type RecordEvent = 'acquire' | 'accept' | 'release' | 'reject' | 'expire' | 'archive';

const { AVAILABLE, ACQUIRED, ACKNOWLEDGED, ARCHIVED } = RECORD_STATE;
const final = {
  acquire: null,
  accept: null,
  release: null,
  reject: null,
  expire: null,
  archive: null,
} as const;

/** Null: the event does not apply in that state. */
export const recordTransitions: Readonly<
  Record<RecordState, Readonly<Record<RecordEvent, RecordState | null>>>
> = {
  [AVAILABLE]: { ...final, acquire: ACQUIRED, archive: ARCHIVED },
  [ACQUIRED]: {
    acquire: null,
    accept: ACKNOWLEDGED,
    release: AVAILABLE,
    reject: ARCHIVED,
    expire: AVAILABLE,
    archive: ARCHIVED,
  },
  [ACKNOWLEDGED]: final,
  [ARCHIVED]: final,
};

export function isTerminal(state: RecordState): boolean {
  return state === ACKNOWLEDGED || state === ARCHIVED;
}

/** How a consumer acknowledges a record; `gap` says that there is no record at the offset. */
export const ACKNOWLEDGE_TYPE = { GAP: 0, ACCEPT: 1, RELEASE: 2, REJECT: 3, RENEW: 4 } as const;

/** What each type of acknowledgement does to the record; `renew` changes its lock only (KIP-1222). */
export const acknowledgeEvents: ReadonlyMap<number, RecordEvent | 'renew'> = new Map([
  [ACKNOWLEDGE_TYPE.GAP, 'reject'],
  [ACKNOWLEDGE_TYPE.ACCEPT, 'accept'],
  [ACKNOWLEDGE_TYPE.RELEASE, 'release'],
  [ACKNOWLEDGE_TYPE.REJECT, 'reject'],
  [ACKNOWLEDGE_TYPE.RENEW, 'renew'],
]);
