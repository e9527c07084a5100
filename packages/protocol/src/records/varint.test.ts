import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchBuilder } from './batch-builder.ts';
import { readRecords } from './record-cursor.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

const scratch = Buffer.alloc(16);

/** The bytes as the format defines them, by arbitrary precision. */
function reference(value: number): number[] {
  const exact = BigInt(value);
  let zigzag = exact >= 0n ? exact * 2n : exact * -2n - 1n;
  const bytes: number[] = [];
  for (; zigzag >= 128n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  return [...bytes, Number(zigzag)];
}

function written(write: typeof writeVarint, value: number): number[] {
  return [...scratch.subarray(0, write(scratch, 0, value))];
}

describe('varints', () => {
  const edges = [6, 7, 13, 14, 20, 21, 27, 28, 31].flatMap((bits) =>
    [-1, 0, 1].flatMap((d) => [2 ** bits + d, -(2 ** bits) + d]),
  );
  const isInt32 = (value: number) => value === (value | 0);

  it.each([0, ...edges].filter(isInt32))('%i takes the bytes that the format says', (value) => {
    expect(written(writeVarint, value)).toEqual(reference(value));
    expect(varintSize(value)).toBe(reference(value).length);
  });

  it('of any number have the size that is told', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written(writeVarlong, value)).toEqual(reference(value));
        expect(varlongSize(value)).toBe(reference(value).length);
        const narrow = value | 0;
        expect(written(writeVarint, narrow)).toEqual(reference(narrow));
        expect(varintSize(narrow)).toBe(reference(narrow).length);
      }),
    );
  });
});

describe('timestamps', () => {
  it('come back that lie as far apart as safe integers can', () => {
    const times = [Number.MAX_SAFE_INTEGER, 0, 1, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER - 1];
    const builder = new BatchBuilder();
    for (const time of times) builder.append(time, null, null);
    expect(readRecords(builder.finish()).map(({ timestamp }) => timestamp)).toEqual(times);
  });
});
