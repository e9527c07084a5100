/**
 * The life of a transactional id:
 *
 *             partitions are added             commit, abort              all markers written
 *   Empty ───────────────────────► Ongoing ───────────────► PrepareCommit ─────────────────► CompleteCommit
 *     ▲                             ▲                       PrepareAbort  ─────────────────► CompleteAbort
 *     │                             │                         ▲                                   │
 *     │                             └───── added ─────────────┼───────────────────────────────────┤
 *     │                                                       └──── abort of nothing (KIP-890) ───┤
 *     └──────────────────── a producer is initialized ────────────────────────────────────────────┘
 *
 * Where no transaction is open the id expires. Dead and PrepareEpochFence have names and numbers, but
 * Apache Kafka never writes them either: a record that has one of them takes part in nothing.
 */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const;

/** The place in the list is the `transaction_status` of a record. */
export type TransactionState = (typeof transactionStates)[number];

export type TransactionTransition =
  /** A producer was given its id and epoch. */
  | 'initialized'
  /** Partitions were added. */
  | 'added'
  /** It is decided, and the markers can be written. */
  | 'committing'
  | 'aborting'
  /** The markers are in all partitions. */
  | 'completed';

type Row = Record<TransactionTransition, TransactionState | null>;

const closed: Row = {
  initialized: 'Empty',
  added: 'Ongoing',
  committing: null,
  aborting: 'PrepareAbort',
  completed: null,
};
const nothing: Row = {
  initialized: null,
  added: null,
  committing: null,
  aborting: null,
  completed: null,
};

/** Null: cannot happen, and is a bug when it does. */
const transitions: Record<TransactionState, Row> = {
  Empty: closed,
  Ongoing: {
    ...nothing,
    added: 'Ongoing',
    committing: 'PrepareCommit',
    aborting: 'PrepareAbort',
  },
  PrepareCommit: { ...nothing, completed: 'CompleteCommit' },
  PrepareAbort: { ...nothing, completed: 'CompleteAbort' },
  CompleteCommit: closed,
  CompleteAbort: closed,
  Dead: nothing,
  PrepareEpochFence: nothing,
};

export function nextState(
  state: TransactionState,
  transition: TransactionTransition,
): TransactionState {
  const next = transitions[state][transition];
  if (next === null) throw new Error(`a transaction that is ${state} cannot be ${transition}`);
  return next;
}

/** What can be done with a transactional id. */
export type TransactionPhase = 'closed' | 'open' | 'ending' | 'unusable';

const phases: Record<TransactionState, TransactionPhase> = {
  Empty: 'closed',
  Ongoing: 'open',
  PrepareCommit: 'ending',
  PrepareAbort: 'ending',
  CompleteCommit: 'closed',
  CompleteAbort: 'closed',
  Dead: 'unusable',
  PrepareEpochFence: 'unusable',
};

/**
 * closed: no transaction is open; open: one is; ending: its end is decided, and its markers are being
 * written; unusable: a state that nobody writes.
 */
export function phaseOf({ state }: { readonly state: TransactionState }): TransactionPhase {
  return phases[state];
}
