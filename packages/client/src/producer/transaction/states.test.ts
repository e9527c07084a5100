import { describe, expect, it } from 'vitest';
import { type TransactionEvent, type TransactionState, transactionAfter } from './states.ts';

const events: readonly TransactionEvent[] = [
  'initialize',
  'initialized',
  'not initialized',
  'begin',
  'commit',
  'abort',
  'ended',
  'ended, new epoch due',
  'spoil',
  'fail',
];

/** A row for each state, a column for each event in the order above; `-` is not allowed. */
const table: Readonly<Record<TransactionState, string>> = {
  unidentified: 'initializing - - - - - - - unidentified fatal',
  initializing: '- ready unidentified - - - - - initializing fatal',
  ready: '- - - open - - - - ready fatal',
  open: '- - - - committing aborting - - spoiled fatal',
  committing: '- - - - committing - ready unidentified spoiled fatal',
  aborting: '- - - - - aborting ready unidentified aborting fatal',
  spoiled: '- - - - - aborting - - spoiled fatal',
  fatal: '- fatal fatal - - - fatal fatal fatal fatal',
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  row.split(' ').map((next, i) => [state as TransactionState, events[i]!, next] as const),
);

describe('the states of a transaction', () => {
  it('are all in the table', () => {
    expect(cells).toHaveLength(Object.keys(table).length * events.length);
  });

  it.each(cells)('%s, %s: %s', (state, event, next) => {
    expect(transactionAfter(state, event)).toBe(next === '-' ? null : next);
  });
});
