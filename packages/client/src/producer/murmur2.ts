const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2 as Java's clients compute it, of the first `length` bytes: a signed 32-bit integer. */
export function murmur2(data: Uint8Array, length: number = data.length): number {
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

/** The partition of a key, the same that Java's producer chooses; a string counts as its UTF-8. */
export function partitionForKey(key: Uint8Array | string, partitionCount: number): number {
  const hash = typeof key === 'string' ? murmur2OfText(key) : murmur2(key);
  return (hash & 0x7fffffff) % partitionCount;
}

const scratch = Buffer.allocUnsafeSlow(64);

/** Short keys, which most are, take no memory for their bytes. */
function murmur2OfText(text: string): number {
  if (text.length > scratch.length) return murmur2(Buffer.from(text));
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return murmur2(Buffer.from(text));
    scratch[i] = unit;
  }
  return murmur2(scratch, text.length);
}
