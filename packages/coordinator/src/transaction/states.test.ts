import { describe, expect, it } from 'vitest';
import {
  nextState,
  phaseOf,
  type TransactionState,
  transactionStates,
  type TransactionTransition,
} from './states.ts';

/** Columns: initialized, added, committing, aborting, completed. */
const table: Record<TransactionState, (TransactionState | '')[]> = {
  Empty: ['Empty', 'Ongoing', '', 'PrepareAbort', ''],
  Ongoing: ['', 'Ongoing', 'PrepareCommit', 'PrepareAbort', ''],
  PrepareCommit: ['', '', '', '', 'CompleteCommit'],
  PrepareAbort: ['', '', '', '', 'CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing', '', 'PrepareAbort', ''],
  CompleteAbort: ['Empty', 'Ongoing', '', 'PrepareAbort', ''],
  Dead: ['', '', '', '', ''],
  PrepareEpochFence: ['', '', '', '', ''],
};
const transitions: TransactionTransition[] = [
  'initialized',
  'added',
  'committing',
  'aborting',
  'completed',
];

const cells = transactionStates.flatMap((state) =>
  transitions.map((transition, at) => [state, transition, table[state][at]!] as const),
);

describe('the states of a transaction', () => {
  it.each(cells)('%s, %s: %s', (state, transition, next) => {
    const go = () => {
      try {
        return nextState(state, transition);
      } catch {
        return '';
      }
    };
    expect(go()).toBe(next);
  });

  it('have the numbers of the records', () => {
    expect(transactionStates.indexOf('CompleteAbort')).toBe(5);
    expect(transactionStates.indexOf('PrepareEpochFence')).toBe(7);
  });

  it('are in one of four phases', () => {
    expect(transactionStates.map((state) => phaseOf({ state }))).toEqual([
      'closed',
      'open',
      'ending',
      'ending',
      'closed',
      'closed',
      'unusable',
      'unusable',
    ]);
  });
});
