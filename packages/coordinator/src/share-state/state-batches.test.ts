import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineStateBatches, type StateBatch } from './state-batches.ts';

/** `first-last state/count`, as in `0-9 2/1`. */
function batches(...texts: string[]): StateBatch[] {
  return texts.map((text) => {
    const [firstOffset, lastOffset, deliveryState, deliveryCount] = text
      .split(/[-/ ]/)
      .map(Number) as [number, number, number, number];
    return { firstOffset, lastOffset, deliveryState, deliveryCount };
  });
}

describe('state batches', () => {
  it.each([
    ['are put in order', ['10-19 0/1', '0-4 2/1'], -1, ['0-4 2/1', '10-19 0/1']],
    ['of one state grow together', ['0-4 2/1', '5-9 2/1', '3-7 2/1'], -1, ['0-9 2/1']],
    ['of other states stay apart', ['0-4 2/1', '5-9 0/1'], -1, ['0-4 2/1', '5-9 0/1']],
    ['give way to a later delivery', ['0-9 0/1', '3-5 0/2'], -1, ['0-2 0/1', '3-5 0/2', '6-9 0/1']],
    ['do not give way to an earlier one', ['0-9 0/2', '3-12 2/1'], -1, ['0-9 0/2', '10-12 2/1']],
    ['of one delivery end in its outcome', ['0-9 0/1', '0-9 2/1'], -1, ['0-9 2/1']],
    ['end at the start offset', ['0-4 2/1', '3-9 0/1', '0-7 4/5'], 5, ['5-7 4/5', '8-9 0/1']],
    ['that end before they begin say nothing', ['5-4 2/1', '0-1 0/1'], -1, ['0-1 0/1']],
    ['may all be over', ['0-4 2/1'], 5, []],
  ])('%s', (_name, given, startOffset, combined) => {
    expect(combineStateBatches(batches(...given), startOffset)).toEqual(batches(...combined));
  });

  const offset = fc.integer({ min: 0, max: 30 });
  const batch = fc
    .record({
      firstOffset: offset,
      length: fc.integer({ min: 0, max: 12 }),
      deliveryState: fc.constantFrom(0, 2, 4),
      deliveryCount: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ length, ...rest }) => ({ ...rest, lastOffset: rest.firstOffset + length }));

  it('say of each offset the highest that was said', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), fc.option(offset), (given, start) => {
        const startOffset = start ?? -1;
        const combined = combineStateBatches(given, startOffset);
        expect(byOffset(combined)).toEqual(byOffset(given, startOffset));
        expect(combined.every((one, at) => isApart(one, combined[at + 1]))).toBe(true);
      }),
    );
  });

  it('of many that lie over each other do not take the square of their number', () => {
    const size = 30_000;
    const given = Array.from({ length: size }, (_, at) => ({
      firstOffset: at,
      lastOffset: 2 * size - at,
      deliveryState: 0,
      deliveryCount: (at * 7919) % 30_000,
    }));
    // The square of it would outlast the time that a test may take.
    expect(combineStateBatches(given, -1).length).toBeGreaterThan(10);
  });

  it('come to an end where offsets are too large to be counted', () => {
    const huge = { firstOffset: 2 ** 62, lastOffset: 2 ** 63, deliveryState: 0, deliveryCount: 1 };
    expect(combineStateBatches([huge, huge], -1).at(-1)?.lastOffset).toBe(2 ** 63);
  });
});

/** Sound in itself, before the next one, and no part of it. */
function isApart(one: StateBatch, next: StateBatch | undefined): boolean {
  if (one.lastOffset < one.firstOffset) return false;
  if (next === undefined || next.firstOffset > one.lastOffset + 1) return true;
  const same = next.deliveryState === one.deliveryState && next.deliveryCount === one.deliveryCount;
  return next.firstOffset === one.lastOffset + 1 && !same;
}

/** The naive model: one offset after the other, the highest of all that is said of it. */
function byOffset(given: readonly StateBatch[], startOffset = 0): Map<number, string> {
  const rank = ({ deliveryCount, deliveryState }: StateBatch) => 10 * deliveryCount + deliveryState;
  const found = new Map<number, StateBatch>();
  for (const batch of given) {
    for (let offset = batch.firstOffset; offset <= batch.lastOffset; offset++) {
      const before = found.get(offset);
      if (offset < startOffset || (before !== undefined && rank(before) > rank(batch))) continue;
      found.set(offset, batch);
    }
  }
  return new Map(
    [...found]
      .map(([offset, batch]) => [offset, `${batch.deliveryState}/${batch.deliveryCount}`] as const)
      .toSorted(([a], [b]) => a - b),
  );
}
