/**
 * The life of a classic group:
 *
 *             join                 all joined              leader syncs
 *   Empty ──────────► Preparing ───────────────► Completing ────────────► Stable
 *     ▲                Rebalance ◄─────────────── Rebalance                 │
 *     └──── all left ──┘  ▲  ▲     join, leave, expiry                      │
 *                         │  └──────────────────────────────────────────────┘
 *
 * and from anywhere `removed` leads to Dead, which is final: a dead group is in no map any more.
 */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export type GroupTransition =
  /** Members must join again. */
  | 'rebalance'
  /** The join phase ended with members; the leader is to hand out assignments. */
  | 'joined'
  /** The join phase ended without members. */
  | 'emptied'
  /** The assignments were written. */
  | 'assigned'
  /** The group's tombstone was written. */
  | 'removed';

/** Null: cannot happen, and is a bug when it does. */
const transitions: Record<GroupState, Record<GroupTransition, GroupState | null>> = {
  Empty: {
    rebalance: 'PreparingRebalance',
    joined: null,
    emptied: null,
    assigned: null,
    removed: 'Dead',
  },
  PreparingRebalance: {
    rebalance: null,
    joined: 'CompletingRebalance',
    emptied: 'Empty',
    assigned: null,
    removed: 'Dead',
  },
  CompletingRebalance: {
    rebalance: 'PreparingRebalance',
    joined: null,
    emptied: null,
    assigned: 'Stable',
    removed: 'Dead',
  },
  Stable: {
    rebalance: 'PreparingRebalance',
    joined: null,
    emptied: null,
    // A static member took the place of its former self: the group is written again.
    assigned: 'Stable',
    removed: 'Dead',
  },
  Dead: { rebalance: null, joined: null, emptied: null, assigned: null, removed: 'Dead' },
};

export function nextState(state: GroupState, transition: GroupTransition): GroupState {
  const next = transitions[state][transition];
  if (next === null) throw new Error(`a group that is ${state} cannot be ${transition}`);
  return next;
}

/** Whether a rebalance may begin: it has not begun yet, and the group lives. */
export function canRebalance(state: GroupState): boolean {
  return transitions[state].rebalance !== null;
}
