import { corrupt } from './failure.ts';
import { readFseTable } from './fse-decoder.ts';
import { ReverseBitReader } from './reverse-bit-reader.ts';

const MAX_BITS = 11;
const MAX_SYMBOLS = 256;

/** The literals' Huffman code: a table over as many bits as the longest code has (RFC 8878, 4.2). */
export class HuffmanDecoder {
  readonly #maxBits: number;
  readonly #symbols: Uint8Array;
  readonly #lengths: Uint8Array;

  constructor(weights: readonly number[]) {
    const sum = weights.reduce(
      (total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)),
      0,
    );
    if (sum === 0 || weights.length >= MAX_SYMBOLS) throw corrupt();
    const maxBits = 32 - Math.clz32(sum);
    // The last weight is not written: it fills the table up.
    const rest = (1 << maxBits) - sum;
    if (maxBits > MAX_BITS || (rest & (rest - 1)) !== 0) throw corrupt();
    const all = [...weights, 32 - Math.clz32(rest)];
    this.#maxBits = maxBits;
    this.#symbols = new Uint8Array(1 << maxBits);
    this.#lengths = new Uint8Array(1 << maxBits);
    let at = 0;
    for (let weight = 1; weight <= maxBits; weight++) {
      all.forEach((own, symbol) => {
        if (own !== weight) return;
        const end = at + (1 << (weight - 1));
        this.#symbols.fill(symbol, at, end);
        this.#lengths.fill(maxBits + 1 - weight, at, end);
        at = end;
      });
    }
  }

  /** Decodes one stream that fills `out[from, to)` exactly. */
  decode(stream: ReverseBitReader, out: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const code = stream.peek(this.#maxBits);
      out[at] = this.#symbols[code]!;
      stream.left -= this.#lengths[code]!;
    }
    if (stream.left !== 0) throw corrupt();
  }
}

/** Reads the description of a code, and returns it with the position after it. */
export function readHuffman(
  input: Buffer,
  start: number,
  end: number,
): { table: HuffmanDecoder; end: number } {
  if (start >= end) throw corrupt();
  const header = input[start]!;
  const at = start + 1;
  if (header < 128) {
    if (at + header > end) throw corrupt();
    return { table: new HuffmanDecoder(readWeights(input, at, at + header)), end: at + header };
  }
  const count = header - 127;
  const weightsEnd = at + ((count + 1) >> 1);
  if (weightsEnd > end) throw corrupt();
  const weights = Array.from({ length: count }, (_, i) => {
    const pair = input[at + (i >> 1)]!;
    return i % 2 === 0 ? pair >> 4 : pair & 15;
  });
  return { table: new HuffmanDecoder(weights), end: weightsEnd };
}

/** Weights in finite state entropy, by two states in turn, until the bits run out. */
function readWeights(input: Buffer, start: number, end: number): number[] {
  const { table, end: tableEnd } = readFseTable(input, start, end, { maxLog: 6, maxSymbol: 12 });
  const stream = new ReverseBitReader(input, tableEnd, end);
  let state = stream.read(table.accuracyLog);
  let other = stream.read(table.accuracyLog);
  const weights: number[] = [];
  while (weights.length < MAX_SYMBOLS) {
    weights.push(table.symbols[state]!);
    state = table.next(state, stream);
    if (stream.left < 0) {
      weights.push(table.symbols[other]!);
      return weights;
    }
    [state, other] = [other, state];
  }
  throw corrupt();
}
