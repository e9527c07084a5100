import type { BitWriter } from './bit-writer.ts';
import { spreadSymbols } from './fse-spread.ts';

/**
 * Finite state entropy, the writing side, for a fixed distribution (RFC 8878, 4.1): a symbol moves the
 * state, and the bits that the move loses go out. Symbols are written last to first.
 */
export class FseTable {
  readonly accuracyLog: number;
  readonly #states: Uint16Array;
  readonly #bitsDelta: Int32Array;
  readonly #stateDelta: Int32Array;

  /** `distribution` has each symbol's share of 2^accuracyLog; -1 stands for less than one. */
  constructor(distribution: readonly number[], accuracyLog: number) {
    this.accuracyLog = accuracyLog;
    const size = 1 << accuracyLog;
    const symbols = spreadSymbols(distribution, size);
    const next = cumulate(distribution);
    this.#states = new Uint16Array(size);
    for (let i = 0; i < size; i++) this.#states[next[symbols[i]!]!++] = size + i;
    this.#bitsDelta = new Int32Array(distribution.length);
    this.#stateDelta = new Int32Array(distribution.length);
    let total = 0;
    distribution.forEach((share, symbol) => {
      const count = Math.abs(share);
      const maxBits = count === 1 ? accuracyLog : accuracyLog - (31 - Math.clz32(count - 1));
      this.#bitsDelta[symbol] = (maxBits << 16) - (count << maxBits);
      this.#stateDelta[symbol] = total - count;
      total += count;
    });
  }

  /** The state after the first symbol that is written, which takes no bits. */
  first(symbol: number): number {
    const delta = this.#bitsDelta[symbol]!;
    const bits = (delta + (1 << 15)) >> 16;
    return this.#states[(((bits << 16) - delta) >> bits) + this.#stateDelta[symbol]!]!;
  }

  /** Writes what the state loses by moving to the next symbol, and returns the state after it. */
  move(out: BitWriter, state: number, symbol: number): number {
    const bits = (state + this.#bitsDelta[symbol]!) >> 16;
    out.write(state, bits);
    return this.#states[(state >> bits) + this.#stateDelta[symbol]!]!;
  }

  finish(out: BitWriter, state: number): void {
    out.write(state, this.accuracyLog);
  }
}

function cumulate(distribution: readonly number[]): number[] {
  let sum = 0;
  return distribution.map((share) => {
    const before = sum;
    sum += Math.abs(share);
    return before;
  });
}
