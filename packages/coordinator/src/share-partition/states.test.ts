import { describe, expect, it } from 'vitest';
import {
  acknowledgeEvents,
  isTerminal,
  RECORD_STATE,
  type RecordEvent,
  type RecordState,
  recordTransitions,
} from './states.ts';

const { AVAILABLE, ACQUIRED, ACKNOWLEDGED, ARCHIVED } = RECORD_STATE;

describe('the states of a record', () => {
  const events: RecordEvent[] = ['acquire', 'accept', 'release', 'reject', 'expire', 'archive'];
  const expected: [RecordState, (RecordState | null)[]][] = [
    [AVAILABLE, [ACQUIRED, null, null, null, null, ARCHIVED]],
    [ACQUIRED, [null, ACKNOWLEDGED, AVAILABLE, ARCHIVED, AVAILABLE, ARCHIVED]],
    [ACKNOWLEDGED, [null, null, null, null, null, null]],
    [ARCHIVED, [null, null, null, null, null, null]],
  ];

  it.each(expected)('from state %i', (state, to) => {
    expect(events.map((event) => recordTransitions[state][event])).toEqual(to);
    expect(isTerminal(state)).toBe(to.every((next) => next === null));
  });

  it('knows what each acknowledgement means', () => {
    expect([...acknowledgeEvents]).toEqual([
      [0, 'reject'],
      [1, 'accept'],
      [2, 'release'],
      [3, 'reject'],
      [4, 'renew'],
    ]);
  });
});
