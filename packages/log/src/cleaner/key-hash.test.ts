import { describe, expect, it } from 'vitest';
import { KeyHasher } from './key-hash.ts';

/** The reference in its plain form: rounds as a function, 64 bits of output. */
function reference(input: Buffer, k0: number, k1: number): [number, number] {
  const v = new Int32Array([k0, k1 ^ 0xee, 0x6c796765 ^ k0, 0x74656462 ^ k1]);
  const rotate = (i: number, by: number) => (v[i] = (v[i]! << by) | (v[i]! >>> (32 - by)));
  const round = () => {
    v[0]! += v[1]!;
    rotate(1, 5);
    v[1]! ^= v[0]!;
    rotate(0, 16);
    v[2]! += v[3]!;
    rotate(3, 8);
    v[3]! ^= v[2]!;
    v[0]! += v[3]!;
    rotate(3, 7);
    v[3]! ^= v[0]!;
    v[2]! += v[1]!;
    rotate(1, 13);
    v[1]! ^= v[2]!;
    rotate(2, 16);
  };
  const padded = Buffer.alloc((input.length & ~3) + 4);
  input.copy(padded);
  padded[padded.length - 1] = input.length;
  for (let at = 0; at < padded.length; at += 4) {
    v[3]! ^= padded.readInt32LE(at);
    round();
    v[0]! ^= padded.readInt32LE(at);
  }
  v[2]! ^= 0xee;
  for (let i = 0; i < 3; i++) round();
  const first = v[1]! ^ v[3]!;
  v[1]! ^= 0xdd;
  for (let i = 0; i < 3; i++) round();
  return [first, v[1]! ^ v[3]!];
}

describe('the hash of a key', () => {
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

  it.each([0, 1, 3, 4, 5, 8, 16, 17, 255, 300])('is HalfSipHash of %d bytes, twice', (size) => {
    const padded = Buffer.from(Array.from({ length: size + 9 }, (_, i) => (i * 37) & 0xff));
    const hasher = new KeyHasher(secret);
    hasher.hash(padded, 5, size);
    const key = padded.subarray(5, 5 + size);
    expect([...hasher.words]).toEqual([
      ...reference(key, 0x00010203, 0x04050607),
      ...reference(key, 0x08090a0b, 0x0c0d0e0f),
    ]);
  });

  it('depends on the secret', () => {
    const key = Buffer.from('a key');
    const [a, b] = [secret, Buffer.alloc(16, 7)].map((bytes) => {
      const hasher = new KeyHasher(bytes);
      hasher.hash(key, 0, key.length);
      return hasher.words;
    });
    expect(a).not.toEqual(b);
  });
});
