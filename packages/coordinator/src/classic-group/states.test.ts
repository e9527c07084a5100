import { expect, it } from 'vitest';
import { canRebalance, nextState } from './states.ts';

it('a group goes round, and refuses what cannot be', () => {
  const round = ['rebalance', 'joined', 'assigned', 'rebalance', 'emptied', 'removed'] as const;
  let state: ReturnType<typeof nextState> = 'Empty';
  const states = round.map((transition) => (state = nextState(state, transition)));
  expect(states).toEqual([
    'PreparingRebalance',
    'CompletingRebalance',
    'Stable',
    'PreparingRebalance',
    'Empty',
    'Dead',
  ]);
  expect(() => nextState('Dead', 'rebalance')).toThrow('cannot be');
  expect(() => nextState('Empty', 'assigned')).toThrow('cannot be');
  expect(canRebalance('PreparingRebalance')).toBe(false);
  expect(canRebalance('Stable')).toBe(true);
});
