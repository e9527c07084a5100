import { describe, expect, it } from 'vitest';
import { type TransactionState, transactionStates } from '../transaction/states.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type Producer, TransactionScript } from './script.test-transaction.ts';

/** Producer 7 had epoch 4 before it got 5. */
const CURRENT: Producer = { producerId: 7, producerEpoch: 5 };
const RETRIED: Producer = { producerId: 7, producerEpoch: 4 };
const NEWER: Producer = { producerId: 7, producerEpoch: 6 };
const OTHER: Producer = { producerId: 8, producerEpoch: 5 };

function inState(state: TransactionState): Transaction {
  const open = state === 'Ongoing' || state === 'PrepareCommit' || state === 'PrepareAbort';
  return {
    state,
    ...CURRENT,
    previousProducerId: 7,
    nextProducerId: -1,
    lastProducerEpoch: 4,
    timeoutMs: 60_000,
    partitions: new Map(open ? [['a', new Set([0])]] : []),
    startTimestampMs: 1_700_000_000_000,
    lastUpdateTimestampMs: 1_700_000_000_000,
    clientVersion: 2,
  };
}

type Ask = (script: TransactionScript) => Promise<string | Producer>;

const requests = {
  init: (script) => script.init(),
  'init as current': (script) => script.init(CURRENT),
  'init as other': (script) => script.init(OTHER),
  'add as current': (script) => script.add(CURRENT),
  'add as retried': (script) => script.add(RETRIED),
  'add as other': (script) => script.add(OTHER),
  'verify as current': (script) => script.add(CURRENT, { a: [0] }, { verifyOnly: true }),
  'verify as retried': (script) => script.add(RETRIED, { a: [0] }, { verifyOnly: true }),
  'commit as current': (script) => script.commit(CURRENT),
  'commit as retried': (script) => script.commit(RETRIED),
  'commit as newer': (script) => script.commit(NEWER),
  'commit as other': (script) => script.commit(OTHER),
  'abort as current': (script) => script.abort(CURRENT),
  'abort as retried': (script) => script.abort(RETRIED),
  'abort as other': (script) => script.abort(OTHER),
  'commit v4 as current': (script) => script.commit(CURRENT, 4),
  'commit v4 as retried': (script) => script.commit(RETRIED, 4),
  'abort v4 as current': (script) => script.abort(CURRENT, 4),
  'abort v4 as other': (script) => script.abort(OTHER, 4),
} satisfies Record<string, Ask>;

const MAPPING = 'INVALID_PRODUCER_ID_MAPPING';
const FENCED = 'PRODUCER_FENCED';
const STATE = 'INVALID_TXN_STATE';
const WAIT = 'CONCURRENT_TRANSACTIONS';
const ABORTABLE = 'TRANSACTION_ABORTABLE';
const UNUSABLE = 'UNKNOWN_SERVER_ERROR';
/** The producer as it is answered: `id/epoch`. */
const NEXT = '7/6';
const SAME = '7/5';
const NOBODY = '-1/-1';

/** Columns: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, Dead, PrepareEpochFence. */
const answers: Record<keyof typeof requests, string[]> = {
  init: [NEXT, WAIT, WAIT, WAIT, NEXT, NEXT, UNUSABLE, UNUSABLE],
  'init as current': [NEXT, WAIT, WAIT, WAIT, NEXT, NEXT, UNUSABLE, UNUSABLE],
  'init as other': [FENCED, FENCED, WAIT, WAIT, FENCED, FENCED, UNUSABLE, UNUSABLE],
  'add as current': ['NONE', 'NONE', WAIT, WAIT, 'NONE', 'NONE', UNUSABLE, UNUSABLE],
  'add as retried': [FENCED, FENCED, WAIT, WAIT, FENCED, FENCED, FENCED, FENCED],
  'add as other': [MAPPING, MAPPING, WAIT, WAIT, MAPPING, MAPPING, MAPPING, MAPPING],
  'verify as current': [ABORTABLE, 'NONE', WAIT, WAIT, ABORTABLE, ABORTABLE, ABORTABLE, ABORTABLE],
  'verify as retried': Array(8).fill(FENCED),
  'commit as current': [STATE, NEXT, WAIT, WAIT, STATE, STATE, UNUSABLE, UNUSABLE],
  'commit as retried': [FENCED, FENCED, WAIT, WAIT, SAME, STATE, FENCED, FENCED],
  'commit as newer': [FENCED, FENCED, WAIT, WAIT, FENCED, FENCED, FENCED, FENCED],
  'commit as other': [MAPPING, MAPPING, WAIT, WAIT, MAPPING, MAPPING, MAPPING, MAPPING],
  'abort as current': [NEXT, NEXT, WAIT, WAIT, NEXT, NEXT, UNUSABLE, UNUSABLE],
  'abort as retried': [FENCED, FENCED, WAIT, WAIT, STATE, SAME, FENCED, FENCED],
  'abort as other': [MAPPING, MAPPING, WAIT, WAIT, MAPPING, MAPPING, MAPPING, MAPPING],
  'commit v4 as current': [STATE, NOBODY, WAIT, WAIT, NOBODY, STATE, UNUSABLE, UNUSABLE],
  'commit v4 as retried': Array(8).fill(FENCED),
  'abort v4 as current': [STATE, NOBODY, WAIT, WAIT, STATE, NOBODY, UNUSABLE, UNUSABLE],
  'abort v4 as other': Array(8).fill(MAPPING),
};

/** What is written where it is not what the answer says: nothing with an error, or with a retry. */
const silent = new Set([
  'add as current in Ongoing',
  'verify as current in Ongoing',
  'commit as retried in CompleteCommit',
  'abort as retried in CompleteAbort',
  'commit v4 as current in CompleteCommit',
  'abort v4 as current in CompleteAbort',
]);
const aborting = new Set(['init in Ongoing', 'init as current in Ongoing']);

function text(answer: string | Producer): string {
  return typeof answer === 'string' ? answer : `${answer.producerId}/${answer.producerEpoch}`;
}

const cells = Object.keys(requests).flatMap((request) =>
  transactionStates.map(
    (state, at) => [request, state, answers[request as keyof typeof requests][at]!] as const,
  ),
);

describe('what is asked in each state', () => {
  it.each(cells)('%s in %s: %s', async (request, state, answer) => {
    const script = await TransactionScript.loaded(inState(state), { silent: true });
    const ask: Ask = requests[request as keyof typeof requests];
    expect(text(await ask(script))).toBe(answer);
    const cell = `${request} in ${state}`;
    const says = /^(NONE|-?\d+\/-?\d+)$/.test(answer) && !silent.has(cell);
    const written = script.log.records().length > 1;
    expect(written).toBe(says || aborting.has(cell));
  });
});
