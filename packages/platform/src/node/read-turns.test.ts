import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadTurns } from './read-turns.ts';

const KIB = 1024;

it('lets those that have read their share go on in the next turn, in their order', () => {
  const turns = new ReadTurns<string>();
  expect([turns.wait('a'), turns.wait('b'), turns.wait('c')]).toEqual([true, false, false]);
  expect(turns.next()).toEqual(['a', 'b', 'c']);
  expect(turns.wait('c')).toBe(true);
  expect(turns.next()).toEqual(['c']);
});

it.each([
  [0, 1024],
  [1, 1024],
  [2, 512],
  [3, 256],
  [4, 256],
  [5, 128],
  [16, 64],
  [5000, 64],
])('after a turn in which %d used up theirs, a share is %d KiB', (busy, share) => {
  const turns = new ReadTurns<number>();
  for (let i = 0; i < busy; i++) turns.wait(i);
  turns.next();
  expect(turns.shareBytes).toBe(share * KIB);
});

it('bounds what is read in a turn as long as a share is worth its read', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 1 }), (busyInTurn) => {
      const turns = new ReadTurns<number>();
      for (const busy of busyInTurn) {
        for (let i = 0; i < busy; i++) turns.wait(i);
        expect(turns.next().length).toBe(busy);
        expect(turns.shareBytes * busy).toBeLessThanOrEqual(1024 * KIB);
      }
    }),
  );
});
