import { errors, type KafkaError } from '@tidelog/protocol';
import type { TransactionState } from './states.ts';

/** `end`: the end is decided now; `done`: it was before, and nothing is left to do; or what is wrong. */
export type EndAnswer = 'end' | 'done' | KafkaError;

type Row = Readonly<Record<'commit' | 'abort', EndAnswer>>;

const { INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS, PRODUCER_FENCED } = errors;

const everything = (answer: EndAnswer): Row => ({ commit: answer, abort: answer });
const wait = everything(CONCURRENT_TRANSACTIONS);
const wrong = everything(INVALID_TXN_STATE);
const fencedOff = everything(PRODUCER_FENCED);
const unusable = everything(errors.UNKNOWN_SERVER_ERROR);

/**
 * What EndTxn of version 5 and later does (KIP-890). `current`: with the epoch of the producer;
 * `retried`: with the one before, which was given up when the end was decided. A client that does not
 * know what has happened may abort when no transaction is open: its epoch is bumped, as with any end.
 */
export const endAnswers: Readonly<
  Record<TransactionState, Readonly<Record<'current' | 'retried', Row>>>
> = {
  Empty: { current: { commit: INVALID_TXN_STATE, abort: 'end' }, retried: fencedOff },
  Ongoing: { current: everything('end'), retried: fencedOff },
  PrepareCommit: { current: wait, retried: wait },
  PrepareAbort: { current: wait, retried: wait },
  CompleteCommit: {
    current: { commit: INVALID_TXN_STATE, abort: 'end' },
    retried: { commit: 'done', abort: INVALID_TXN_STATE },
  },
  CompleteAbort: {
    current: { commit: INVALID_TXN_STATE, abort: 'end' },
    retried: { commit: INVALID_TXN_STATE, abort: 'done' },
  },
  Dead: { current: unusable, retried: fencedOff },
  PrepareEpochFence: { current: unusable, retried: fencedOff },
};

/** What EndTxn up to version 4 does: the epoch stays, and the state alone tells a retry. */
export const endAnswersBefore890: Readonly<Record<TransactionState, Row>> = {
  Empty: wrong,
  Ongoing: everything('end'),
  PrepareCommit: wait,
  PrepareAbort: wait,
  CompleteCommit: { commit: 'done', abort: INVALID_TXN_STATE },
  CompleteAbort: { commit: INVALID_TXN_STATE, abort: 'done' },
  Dead: unusable,
  PrepareEpochFence: unusable,
};
