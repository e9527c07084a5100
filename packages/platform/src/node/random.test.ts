import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerivedRandom } from '../ports/derived-random.ts';
import { NodeRandom } from './random.ts';

class Scripted extends DerivedRandom {
  readonly values: number[];
  constructor(values: number[]) {
    super();
    this.values = values;
  }
  override uint32(): number {
    return this.values.shift() ?? 0;
  }
}

describe('NodeRandom', () => {
  const random = new NodeRandom();

  it('stays below the bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (bound) => {
        const value = random.below(bound);
        return Number.isInteger(value) && value >= 0 && value < bound;
      }),
    );
  });

  it('refuses a bound that it cannot serve', () => {
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1]) {
      expect(() => random.below(bound)).toThrow(RangeError);
    }
  });

  it('reaches every value of a small range', () => {
    const seen = new Set(Array.from({ length: 1000 }, () => random.below(5)));
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives as many bytes as asked, short and long, and never the same', () => {
    for (const length of [0, 1, 5, 64, 65, 10_000]) {
      expect(random.bytes(length)).toHaveLength(length);
    }
    expect(random.bytes(16).equals(random.bytes(16))).toBe(false);
  });

  it('prints ids as Kafka does', () => {
    for (let i = 0; i < 1000; i++) {
      const id = random.uuid();
      expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
      const bytes = Buffer.from(id, 'base64url');
      expect((bytes[6] ?? 0) >> 4).toBe(4);
      expect((bytes[8] ?? 0) >> 6).toBe(2);
    }
  });
});

describe('DerivedRandom', () => {
  it('draws again where a value would favour low results', () => {
    expect(new Scripted([2 ** 32 - 1, 7]).below(3)).toBe(1);
  });

  it('draws again for an id that a command line would take for a flag', () => {
    const dash = 0xf8; // its first six bits are the 62nd letter, `-`
    const id = new Scripted([dash, 0, 0, 0, 1, 2, 3, 4]).uuid();
    expect(id).toBe('AQAAAAIAQACDAAAABAAAAA');
  });
});
