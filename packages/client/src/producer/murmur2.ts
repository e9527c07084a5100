const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2 as Java's clients compute it: a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const wholeWords = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < wholeWords; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length - wholeWords;
  if (rest === 3) h ^= data[wholeWords + 2]! << 16;
  if (rest >= 2) h ^= data[wholeWords + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ data[wholeWords]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** The partition of a key, the same that Java's producer chooses. */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
