/** Writes bits from the lowest upwards, as zstd's entropy streams have them: they are read backwards. */
export class BitWriter {
  readonly #out: Buffer;
  #at: number;
  #pending = 0;
  #count = 0;

  constructor(out: Buffer, at: number) {
    this.#out = out;
    this.#at = at;
  }

  /** The low `count` bits of `value`, at most 24. */
  write(value: number, count: number): void {
    this.#pending |= (value & ((1 << count) - 1)) << this.#count;
    this.#count += count;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#out[this.#at++] = this.#pending;
      this.#pending >>>= 8;
    }
  }

  /** Ends the stream with the bit that marks its end, and returns the position after it. */
  close(): number {
    this.write(1, 1);
    if (this.#count > 0) this.#out[this.#at++] = this.#pending;
    return this.#at;
  }
}
