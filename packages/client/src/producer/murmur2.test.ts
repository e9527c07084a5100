import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionForKey } from './murmur2.ts';

/** Printed by org.apache.kafka.common.utils.Utils.murmur2 of Kafka 4.3.1. */
const golden: [string, number][] = [
  ['', 275646681],
  ['a', -1563381124],
  ['ab', 316155434],
  ['abc', 479470107],
  ['abcd', -1323649548],
  ['k', -1567496736],
  ['key-123456', 1803999010],
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['äöü€😀', -1383571052],
];

describe('murmur2', () => {
  it.each(golden)('hashes %j as Java does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('takes bytes above 127 as Java does, and any Uint8Array', () => {
    expect(murmur2(new Uint8Array([0xff, 0xfe, 0x80, 0x81, 0xc3]))).toBe(-2032517518);
  });

  it('takes a string as its UTF-8', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 1 }),
        (key, n) => {
          expect(partitionForKey(key, n)).toBe(partitionForKey(Buffer.from(key), n));
        },
      ),
    );
    for (const [key, hash] of golden) {
      expect(partitionForKey(key, 0x7fffffff)).toBe((hash & 0x7fffffff) % 0x7fffffff);
    }
  });

  it('chooses a partition by the hash without its sign', () => {
    expect(partitionForKey(Buffer.from('a'), 10)).toBe((-1563381124 & 0x7fffffff) % 10);
    expect(partitionForKey(Buffer.from('abc'), 7)).toBe(479470107 % 7);
  });
});
