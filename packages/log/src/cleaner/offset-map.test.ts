import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES_PER_KEY, OffsetMap } from './offset-map.ts';

const secret = Buffer.from('0123456789abcdef');

describe('the map of offsets', () => {
  it('answers as a map does, up to its capacity', () => {
    const keys = fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 60 });
    fc.assert(
      fc.property(keys, fc.constantFrom(0, 2 ** 32 - 3, 2 ** 45), (puts, first) => {
        const memoryBytes = 41 * BYTES_PER_KEY;
        const map = new OffsetMap({ memoryBytes, loadFactor: 0.9, mostKeys: 1000, secret });
        const model = new Map<string, number>();
        for (const [i, put] of puts.entries()) {
          if (map.isFull) break;
          map.put(Buffer.from(put), 0, put.length, first + i);
          model.set(put.join(), first + i);
        }
        expect(map.size).toBe(model.size);
        for (const put of puts) {
          expect(map.get(Buffer.from(put), 0, put.length)).toBe(model.get(put.join()) ?? -1);
        }
      }),
    );
  });

  it('takes no more memory than the keys can need, and no more than it may', () => {
    const capacityOf = (memoryBytes: number, mostKeys: number) =>
      new OffsetMap({ memoryBytes, loadFactor: 0.9, mostKeys, secret }).capacity;
    expect(capacityOf(1 << 20, 10)).toBeGreaterThanOrEqual(10);
    expect(capacityOf(1 << 20, 10)).toBeLessThan(20);
    expect(capacityOf(1 << 20, 1e9)).toBeLessThan((1 << 20) / BYTES_PER_KEY);
    expect(capacityOf(0, 1e9)).toBeGreaterThan(0);
  });

  it('says when it is full', () => {
    const map = new OffsetMap({ memoryBytes: 240, loadFactor: 0.5, mostKeys: 100, secret });
    for (let i = 0; i < map.capacity; i++) {
      expect(map.isFull).toBe(false);
      map.put(Buffer.from([i]), 0, 1, i);
    }
    expect(map.isFull).toBe(true);
    expect(map.get(Buffer.from([99]), 0, 1)).toBe(-1);
    expect(map.latestOffset).toBe(map.capacity - 1);
  });
});
