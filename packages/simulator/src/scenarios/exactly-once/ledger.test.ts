import { describe, expect, it } from 'vitest';
import { type Findings, Ledger } from './ledger.ts';

/** Two records copied and told so, one tried, one aborted. */
function ledger(): Ledger {
  const story = new Ledger();
  for (const [offset, value] of ['a', 'b', 'c'].entries()) story.produced(0, offset, value);
  story.settle(story.begin(0, 0, ['a', 'b']), 'committed');
  story.settle(story.begin(0, 2, ['c']), 'aborted');
  story.begin(0, 2, ['c']);
  return story;
}

const findings = (change: Partial<Findings> = {}): Findings => ({
  outputs: ['a #0', 'b #0'],
  latest: new Map([['0', '0']]),
  offsets: new Map([[0, 2]]),
  inputs: new Map([[0, ['a', 'b', 'c']]]),
  ...change,
});

describe('the ledger of transactions', () => {
  it('takes what was promised, and what was tried and not answered', () => {
    ledger().check(findings());
    const outputs = ['a #0', 'b #0', 'c #2'];
    const latest = new Map([['0', '2']]);
    ledger().check(findings({ outputs, latest, offsets: new Map([[0, 3]]) }));
  });

  it.each<[string, Partial<Findings>]>([
    ['transaction 0 is torn', { outputs: ['a #0'] }],
    ['transaction 0 was committed, and is aborted', { outputs: [] }],
    ['transaction 1 was aborted, and is committed', { outputs: ['a #0', 'b #0', 'c #1'] }],
    ["'b #0' of transaction 0 is there twice", { outputs: ['a #0', 'b #0', 'b #0'] }],
    ["'x' was never written", { outputs: ['a #0', 'b #0', 'x'] }],
    ['copied to 2, the group is at 1', { offsets: new Map([[0, 1]]) }],
    ['the latest of 0 is 2, not 0', { latest: new Map([['0', '2']]) }],
    ['the latest of 0 is undefined', { latest: new Map() }],
    ["input 0 at 1: 'x', not 'b'", { inputs: new Map([[0, ['a', 'x', 'c']]]) }],
    ['input 0 at 2', { inputs: new Map([[0, ['a', 'b']]]) }],
    ['holds a record twice', { inputs: new Map([[0, ['a', 'b', 'c', 'a']]]) }],
  ])('notices: %s', (complaint, change) => {
    expect(() => ledger().check(findings(change))).toThrow(complaint);
  });

  it('notices that a record is copied by two transactions', () => {
    const story = ledger();
    story.settle(story.begin(0, 0, ['a']), 'committed');
    const outputs = ['a #0', 'b #0', 'a #3'];
    expect(() => story.check(findings({ outputs }))).toThrow('copied input 0 from 0, not 2');
  });

  it('holds what it found against what it finds later', () => {
    const story = ledger();
    story.check(findings());
    const outputs = ['a #0', 'b #0', 'c #2'];
    expect(() => story.check(findings({ outputs }))).toThrow('was aborted, and is committed now');
  });
});
