import { KeyHasher } from './key-hash.ts';

/** Four words of hash, then the offset plus one as two words; both 0 where the slot is free. */
const WORDS = 6;
export const BYTES_PER_KEY = WORDS * 4;
const TWO_TO_32 = 2 ** 32;

export interface OffsetMapOptions {
  /** Its share of `log.cleaner.dedupe.buffer.size`. */
  readonly memoryBytes: number;
  /** How full it may become: `log.cleaner.io.buffer.load.factor`. */
  readonly loadFactor: number;
  /** No more keys than this will come, so no memory is taken for more. */
  readonly mostKeys: number;
  /** For the hash. */
  readonly secret: Uint8Array;
}

/**
 * The greatest offset of each key, in memory that does not grow: of a key only its hash is kept, and two
 * keys with the same 128 bits would be one. Double hashing; nothing is ever removed.
 */
export class OffsetMap {
  /** All records up to this offset have been put in, or need not be. */
  latestOffset = -1;
  size = 0;
  readonly capacity: number;
  readonly #slots: number;
  readonly #words: Int32Array;
  readonly #hasher: KeyHasher;

  constructor({ memoryBytes, loadFactor, mostKeys, secret }: OffsetMapOptions) {
    const wanted = Math.ceil((mostKeys + 1) / loadFactor);
    this.#slots = primeUpTo(Math.max(3, Math.min(Math.floor(memoryBytes / BYTES_PER_KEY), wanted)));
    // One slot stays free, so that a search ends.
    this.capacity = Math.min(this.#slots - 1, Math.max(1, Math.floor(this.#slots * loadFactor)));
    this.#words = new Int32Array(this.#slots * WORDS);
    this.#hasher = new KeyHasher(secret);
  }

  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /** The share of the memory that is in use. */
  get utilization(): number {
    return this.size / this.#slots;
  }

  /** Notes that a record with this key is at `offset`, which is above all that were noted. */
  put(buf: Buffer, keyAt: number, keySize: number, offset: number): void {
    const words = this.#words;
    const at = this.#find(buf, keyAt, keySize);
    if (words[at + 5] === 0 && words[at + 4] === 0) {
      words.set(this.#hasher.words, at);
      this.size++;
    }
    words[at + 4] = Math.floor((offset + 1) / TWO_TO_32);
    words[at + 5] = offset + 1;
    this.latestOffset = offset;
  }

  /** The greatest offset of the key, or -1 where none was noted. */
  get(buf: Buffer, keyAt: number, keySize: number): number {
    const at = this.#find(buf, keyAt, keySize);
    return this.#words[at + 4]! * TWO_TO_32 + (this.#words[at + 5]! >>> 0) - 1;
  }

  /** Where the key is, or the free slot where it belongs. */
  #find(buf: Buffer, keyAt: number, keySize: number): number {
    const words = this.#words;
    const slots = this.#slots;
    this.#hasher.hash(buf, keyAt, keySize);
    const hash = this.#hasher.words;
    const h0 = hash[0]!;
    const h1 = hash[1]!;
    const h2 = hash[2]!;
    const h3 = hash[3]!;
    // The number of slots is prime, so that every step visits all of them.
    const step = 1 + ((h1 >>> 0) % (slots - 1));
    for (let slot = (h0 >>> 0) % slots; ; slot = (slot + step) % slots) {
      const at = slot * WORDS;
      if (words[at + 5] === 0 && words[at + 4] === 0) return at;
      if (words[at] !== h0 || words[at + 1] !== h1) continue;
      if (words[at + 2] === h2 && words[at + 3] === h3) return at;
    }
  }
}

function primeUpTo(limit: number): number {
  for (let candidate = limit; ; candidate--) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor > candidate) return candidate;
  }
}
