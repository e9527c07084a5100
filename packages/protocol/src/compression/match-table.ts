/** The largest table has 2^15 entries; smaller inputs take smaller ones, which cost less to clear. */
const MAX_BITS = 15;
const MIN_BITS = 6;
/** Up to so many bytes a loop beats the call to copy them. */
export const LOOP_COPY_LIMIT = 32;

/** Where four bytes like these were seen last: what the compressors find their matches by. */
export class MatchTable {
  readonly #heads: Int32Array;
  readonly #shift: number;

  constructor(inputSizeBytes: number) {
    const bits = Math.min(MAX_BITS, Math.max(MIN_BITS, 32 - Math.clz32(inputSizeBytes)));
    this.#heads = new Int32Array(1 << bits).fill(-1);
    this.#shift = 32 - bits;
  }

  /** Remembers that the four bytes `word` are at `at`, and returns where the last with their hash were. */
  replace(word: number, at: number): number {
    const slot = Math.imul(word, 0x9e3779b1) >>> this.#shift;
    const earlier = this.#heads[slot]!;
    this.#heads[slot] = at;
    return earlier;
  }
}

/** The four bytes at `at`, without the checks of `readInt32LE`, which cost more than the reading. */
export function wordAt(buf: Buffer, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
}
