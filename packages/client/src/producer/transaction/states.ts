/**
 * The life of a transactional producer:
 *
 *   unidentified ──► initializing ──► ready ──► open ──► committing ──► ready
 *        ▲                │             ▲        │ │          │
 *        │   no id came   │             │        │ └──────────┼──► spoiled    (an abortable error)
 *        ├────────────────┘             │        ▼            │       │
 *        │                              └──── aborting ◄──────────────┘
 *        │     a new epoch is due             │
 *        └────────────────────────────────────┘           anything ──► fatal
 *
 * `committing` is never left for `aborting` but through an error that says that nothing was committed:
 * a commit without an answer may have been carried out, so it can only be repeated.
 */
export const transactionStates = [
  'unidentified',
  'initializing',
  'ready',
  'open',
  'committing',
  'aborting',
  'spoiled',
  'fatal',
] as const;

export type TransactionState = (typeof transactionStates)[number];

export type TransactionEvent =
  /** An InitProducerId goes out, it gave an id and epoch, or failed. */
  | 'initialize'
  | 'initialized'
  | 'not initialized'
  /** The user's calls. */
  | 'begin'
  | 'commit'
  | 'abort'
  /** The end was carried out, the next transaction can begin; or only in a new epoch (KIP-360). */
  | 'ended'
  | 'ended, new epoch due'
  /** An error after which the transaction can only be aborted. */
  | 'spoil'
  /** An error after which this producer can do nothing. */
  | 'fail';

type Row = Readonly<Record<TransactionEvent, TransactionState | null>>;

const nothing: Row = {
  initialize: null,
  initialized: null,
  'not initialized': null,
  begin: null,
  commit: null,
  abort: null,
  ended: null,
  'ended, new epoch due': null,
  spoil: null,
  fail: 'fatal',
};

const ends = { ended: 'ready', 'ended, new epoch due': 'unidentified' } as const;

/** Null: the event may not happen in this state. */
const transitions: Readonly<Record<TransactionState, Row>> = {
  unidentified: { ...nothing, initialize: 'initializing', spoil: 'unidentified' },
  initializing: {
    ...nothing,
    initialized: 'ready',
    'not initialized': 'unidentified',
    spoil: 'initializing',
  },
  ready: { ...nothing, begin: 'open', spoil: 'ready' },
  open: { ...nothing, commit: 'committing', abort: 'aborting', spoil: 'spoiled' },
  committing: { ...nothing, ...ends, commit: 'committing', spoil: 'spoiled' },
  aborting: { ...nothing, ...ends, abort: 'aborting', spoil: 'aborting' },
  spoiled: { ...nothing, abort: 'aborting', spoil: 'spoiled' },
  // Answers that come late change nothing.
  fatal: {
    ...nothing,
    initialized: 'fatal',
    'not initialized': 'fatal',
    ended: 'fatal',
    'ended, new epoch due': 'fatal',
    spoil: 'fatal',
  },
};

export function transactionAfter(
  state: TransactionState,
  event: TransactionEvent,
): TransactionState | null {
  return transitions[state][event];
}
