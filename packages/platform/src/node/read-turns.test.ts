import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadTurns, SHARE_BYTES } from './read-turns.ts';

const KIB = 1024;

it('lets those that wait go on one in each turn, in their order', () => {
  const turns = new ReadTurns<string>();
  for (const name of ['a', 'b']) turns.wait(name);
  expect(turns.next()).toBe('a');
  turns.wait('a');
  expect([turns.next(), turns.next(), turns.next()]).toEqual(['b', 'a', undefined]);
});

it('has one place for each, however often it comes to wait', () => {
  const turns = new ReadTurns<string>();
  for (const name of ['a', 'b', 'a']) turns.wait(name);
  expect([turns.next(), turns.next(), turns.next()]).toEqual(['a', 'b', undefined]);
});

it.each([
  [1, true, 1088],
  [127, true, 1088],
  [128, false, 512],
  [1024, false, 512],
])('after a read of %d KiB a turn is open: %s, and %d KiB may be read', (read, isOpen, share) => {
  const turns = new ReadTurns<never>();
  expect(turns.read(read * KIB)).toBe(!isOpen);
  expect([turns.isOpen, turns.shareBytes]).toEqual([isOpen, share * KIB]);
  turns.next();
  expect([turns.isOpen, turns.shareBytes]).toEqual([true, 1088 * KIB]);
});

it('bounds what busy connections read in a turn: one its share, and those that are new half of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(8), (waiting, added) => {
      const turns = new ReadTurns<number>();
      for (let i = 0; i < waiting; i++) turns.wait(i);
      const busy = [turns.next(), ...Array.from({ length: added }, (_, i) => waiting + i)];
      let sum = 0;
      for (const connection of busy) {
        sum += turns.shareBytes;
        turns.read(turns.shareBytes);
        if (!turns.isOpen) turns.wait(connection!);
      }
      expect(sum).toBeLessThanOrEqual(SHARE_BYTES * (1 + added / 2));
      const order = Array.from({ length: waiting + added }, () => turns.next());
      expect(new Set(order).size).toBe(waiting + added);
    }),
  );
});

it('has room for a batch of 1 MiB behind the read that has found its beginning', () => {
  const turns = new ReadTurns<never>();
  turns.read(32 * KIB);
  expect(turns.shareBytes).toBeGreaterThan(1024 * KIB);
});
