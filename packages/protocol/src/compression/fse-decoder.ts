import { corrupt } from './failure.ts';
import { spreadSymbols } from './fse-spread.ts';
import type { ReverseBitReader } from './reverse-bit-reader.ts';

/** Finite state entropy, the reading side: each state has a symbol, and the way to the next state. */
export class FseDecoder {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly #bits: Uint8Array;
  readonly #baselines: Uint16Array;

  constructor(distribution: readonly number[], accuracyLog: number) {
    const size = 1 << accuracyLog;
    this.accuracyLog = accuracyLog;
    this.symbols = spreadSymbols(distribution, size);
    this.#bits = new Uint8Array(size);
    this.#baselines = new Uint16Array(size);
    const next = distribution.map(Math.abs);
    for (let state = 0; state < size; state++) {
      const value = next[this.symbols[state]!]!++;
      const bits = accuracyLog - (31 - Math.clz32(value));
      this.#bits[state] = bits;
      this.#baselines[state] = (value << bits) - size;
    }
  }

  next(state: number, input: ReverseBitReader): number {
    return this.#baselines[state]! + input.read(this.#bits[state]!);
  }
}

/** A table of one symbol, which takes no bits. */
export function singleSymbol(symbol: number): FseDecoder {
  const distribution = Array<number>(symbol + 1).fill(0);
  distribution[symbol] = 1;
  return new FseDecoder(distribution, 0);
}

/** Reads the description of a table (RFC 8878, 4.1.1), and returns it with the position after it. */
export function readFseTable(
  input: Buffer,
  start: number,
  end: number,
  limits: { maxLog: number; maxSymbol: number },
): { table: FseDecoder; end: number } {
  let bitAt = start * 8;
  const peek = (count: number) => {
    const at = bitAt >> 3;
    const word = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
    return (word >> (bitAt & 7)) & ((1 << count) - 1);
  };
  const accuracyLog = peek(4) + 5;
  bitAt += 4;
  if (accuracyLog > limits.maxLog) throw corrupt();
  const distribution: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    if (distribution.length > limits.maxSymbol || bitAt > end * 8) throw corrupt();
    // Values from 0 to remaining + 1, of which the small ones take a bit less.
    const bits = 32 - Math.clz32(remaining + 1);
    const lowMask = (1 << (bits - 1)) - 1;
    const shorter = (1 << bits) - 2 - remaining;
    let value = peek(bits);
    if ((value & lowMask) < shorter) {
      value &= lowMask;
      bitAt += bits - 1;
    } else {
      if (value > lowMask) value -= shorter;
      bitAt += bits;
    }
    distribution.push(value - 1);
    remaining -= Math.abs(value - 1);
    if (value !== 1) continue;
    let repeats: number;
    do {
      repeats = peek(2);
      bitAt += 2;
      for (let i = 0; i < repeats; i++) distribution.push(0);
    } while (repeats === 3 && distribution.length <= limits.maxSymbol);
  }
  const tableEnd = (bitAt + 7) >> 3;
  if (remaining < 0 || distribution.length > limits.maxSymbol + 1 || tableEnd > end)
    throw corrupt();
  return { table: new FseDecoder(distribution, accuracyLog), end: tableEnd };
}
