import { describe, expect, it } from 'vitest';
import { Placed } from './placed.ts';
import { ResolvedOffsets } from './resolved-offsets.ts';

const place = { topic: 't', partition: 0 };
const other = { topic: 't', partition: 1 };

describe('what is resolved', () => {
  it('is due in the midst of a batch by time or by number, where that is asked for', () => {
    const offsets = new ResolvedOffsets({ enabled: true, intervalMs: 100, threshold: 3 }, 0);
    expect(offsets.isDue(1000)).toBe(false);
    offsets.resolve(place, 1);
    expect([offsets.isDue(99), offsets.isDue(100)]).toEqual([false, true]);
    offsets.resolve(place, 2);
    offsets.resolve(other, 1);
    expect(offsets.isDue(1)).toBe(true);
    expect(offsets.take(50)).toEqual([
      { ...place, offset: 2 },
      { ...other, offset: 1 },
    ]);
    offsets.resolve(place, 3);
    expect(offsets.isDue(149)).toBe(false);
  });

  it('is never due without automatic commits', () => {
    const offsets = new ResolvedOffsets({ enabled: false, intervalMs: 1, threshold: 1 }, 0);
    offsets.resolve(place, 1);
    expect(offsets.isDue(1000)).toBe(false);
    expect(offsets.uncommitted()).toEqual({
      topics: [{ topic: 't', partitions: [{ partition: 0, offset: '1' }] }],
    });
  });

  it('comes back when a commit has failed, but not over what was resolved meanwhile', () => {
    const offsets = new ResolvedOffsets({ enabled: true, intervalMs: null, threshold: null }, 0);
    offsets.resolve(place, 1);
    offsets.resolve(other, 1);
    const taken = offsets.take(0);
    offsets.resolve(place, 2);
    offsets.putBack(taken);
    expect(offsets.take(0)).toEqual([
      { ...place, offset: 2 },
      { ...other, offset: 1 },
    ]);
    offsets.resolve(place, 3);
    offsets.forget([place]);
    expect(offsets.take(0)).toEqual([]);
  });
});

describe('what a program has placed', () => {
  it('pauses topics and partitions, also those that come later', () => {
    const placed = new Placed();
    placed.pause({ topic: 't', partitions: [1] });
    placed.pause({ topic: 'u' });
    const owned = [place, other, { topic: 'u', partition: 5 }];
    expect(placed.paused(owned)).toEqual([
      { topic: 't', partitions: [1] },
      { topic: 'u', partitions: [5] },
    ]);
    placed.resume({ topic: 't' });
    placed.resume({ topic: 'u' });
    expect(placed.paused(owned)).toEqual([]);
  });

  it('keeps a seek until it is carried out, once', () => {
    const placed = new Placed();
    placed.seek(place, 7);
    expect([placed.hasSeek(place), placed.takeSeek(place), placed.takeSeek(place)]).toEqual([
      true,
      7,
      undefined,
    ]);
  });
});
