import { corrupt } from './failure.ts';

/** Reads bits from the end of a byte range to its start, as zstd's entropy streams are read. */
export class ReverseBitReader {
  /** Bits left; below zero where more were read than there are, which gave zeros. */
  left: number;
  readonly #input: Buffer;
  readonly #start: number;

  /** The highest bit of the last byte marks the end. */
  constructor(input: Buffer, start: number, end: number) {
    const last = end > start ? input[end - 1]! : 0;
    if (last === 0) throw corrupt();
    this.#input = input;
    this.#start = start;
    this.left = (end - start) * 8 - 1 - (Math.clz32(last) - 24);
  }

  /** The next `count` bits, at most 24. */
  read(count: number): number {
    this.left -= count;
    return this.#bits(this.left, count);
  }

  /** The next bits without moving on. */
  peek(count: number): number {
    return this.#bits(this.left - count, count);
  }

  #bits(from: number, count: number): number {
    if (from < 0) {
      return from + count <= 0 ? 0 : this.#bits(0, from + count) << -from;
    }
    const at = this.#start + (from >> 3);
    const input = this.#input;
    const word =
      input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
    return (word >>> (from & 7)) & ((1 << count) - 1);
  }
}
