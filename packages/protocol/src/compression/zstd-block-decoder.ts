import { corrupt } from './failure.ts';
import { FseDecoder, readFseTable, singleSymbol } from './fse-decoder.ts';
import { type HuffmanDecoder, readHuffman } from './huffman-decoder.ts';
import { ReverseBitReader } from './reverse-bit-reader.ts';
import {
  type LengthCodes,
  literalCodes,
  literalDistribution,
  matchCodes,
  matchDistribution,
  offsetDistribution,
} from './zstd-codes.ts';

const LITERALS_RAW = 0;
const LITERALS_RLE = 1;
const LITERALS_REPEAT = 3;
const TABLE_PREDEFINED = 0;
const TABLE_SINGLE = 1;
const TABLE_WRITTEN = 2;
/** An offset beyond this reaches before any output that is allowed. */
const MAX_OFFSET_CODE = 30;

interface TableKind {
  readonly predefined: FseDecoder;
  readonly maxLog: number;
  readonly maxSymbol: number;
}

const literalKind: TableKind = {
  predefined: new FseDecoder(literalDistribution, 6),
  maxLog: 9,
  maxSymbol: literalCodes.baselines.length - 1,
};
const offsetKind: TableKind = {
  predefined: new FseDecoder(offsetDistribution, 5),
  maxLog: 8,
  maxSymbol: MAX_OFFSET_CODE,
};
const matchKind: TableKind = {
  predefined: new FseDecoder(matchDistribution, 6),
  maxLog: 9,
  maxSymbol: matchCodes.baselines.length - 1,
};

interface Target {
  readonly out: Buffer;
  readonly at: number;
  /** What the block may give; the output has room for it. */
  readonly maxSize: number;
}

/** Decodes the compressed blocks of one frame, which inherit tables and offsets from each other. */
export class ZstdBlockDecoder {
  readonly #input: Buffer;
  readonly #frameStart: number;
  #huffman: HuffmanDecoder | undefined;
  #literalTable: FseDecoder | undefined;
  #offsetTable: FseDecoder | undefined;
  #matchTable: FseDecoder | undefined;
  readonly #recent = [1, 4, 8];

  constructor(input: Buffer, frameStart: number) {
    this.#input = input;
    this.#frameStart = frameStart;
  }

  /** Decodes `input[start, end)`, and returns where the output ends. */
  decode(start: number, end: number, target: Target): number {
    if (start >= end) throw corrupt();
    const { literals, end: sequencesAt } = this.#readLiterals(start, end, target.maxSize);
    return this.#copySequences(sequencesAt, end, literals, target);
  }

  #readLiterals(start: number, end: number, maxSize: number): { literals: Buffer; end: number } {
    const input = this.#input;
    const type = input[start]! & 3;
    const format = (input[start]! >> 2) & 3;
    if (type === LITERALS_RAW || type === LITERALS_RLE) {
      const headerSize = format === 1 ? 2 : format === 3 ? 3 : 1;
      const at = start + headerSize;
      const literalsEnd = at + (type === LITERALS_RAW ? 0 : 1);
      if (literalsEnd > end) throw corrupt();
      const size = input.readUIntLE(start, headerSize) >> (headerSize === 1 ? 3 : 4);
      if (size > maxSize || (type === LITERALS_RAW && at + size > end)) throw corrupt();
      return type === LITERALS_RAW
        ? { literals: input.subarray(at, at + size), end: at + size }
        : { literals: Buffer.alloc(size, input[at]), end: literalsEnd };
    }
    const headerSize = format < 2 ? 3 : format + 2;
    const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18;
    if (start + headerSize > end) throw corrupt();
    // Up to 40 bits, so no bit operations.
    const header = Math.floor(input.readUIntLE(start, headerSize) / 16);
    const size = header % 2 ** sizeBits;
    const streamsEnd = start + headerSize + Math.floor(header / 2 ** sizeBits);
    if (size > maxSize || streamsEnd > end) throw corrupt();
    const literals = Buffer.allocUnsafe(size);
    this.#decodeLiterals(literals, {
      at: start + headerSize,
      end: streamsEnd,
      repeated: type === LITERALS_REPEAT,
      single: format === 0,
    });
    return { literals, end: streamsEnd };
  }

  #decodeLiterals(
    literals: Buffer,
    streams: { at: number; end: number; repeated: boolean; single: boolean },
  ): void {
    const input = this.#input;
    let { at } = streams;
    if (!streams.repeated) {
      const huffman = readHuffman(input, at, streams.end);
      this.#huffman = huffman.table;
      at = huffman.end;
    }
    const table = this.#huffman;
    if (table === undefined) throw corrupt();
    if (streams.single) {
      table.decode(new ReverseBitReader(input, at, streams.end), literals, 0, literals.length);
      return;
    }
    if (at + 6 > streams.end) throw corrupt();
    const part = (literals.length + 3) >> 2;
    let streamAt = at + 6;
    for (let i = 0; i < 4; i++) {
      const streamEnd = i === 3 ? streams.end : streamAt + input.readUInt16LE(at + 2 * i);
      const from = i * part;
      const to = i === 3 ? literals.length : from + part;
      if (streamEnd > streams.end || from > to || to > literals.length) throw corrupt();
      table.decode(new ReverseBitReader(input, streamAt, streamEnd), literals, from, to);
      streamAt = streamEnd;
    }
  }

  #copySequences(start: number, end: number, literals: Buffer, target: Target): number {
    const { out } = target;
    const limit = target.at + target.maxSize;
    let outAt = target.at;
    let literalsAt = 0;
    const { count, at } = this.#readCount(start, end);
    if (count > 0) {
      const streamAt = this.#readTables(at, end);
      const stream = new ReverseBitReader(this.#input, streamAt, end);
      const literalTable = this.#literalTable!;
      const offsetTable = this.#offsetTable!;
      const matchTable = this.#matchTable!;
      let literalState = stream.read(literalTable.accuracyLog);
      let offsetState = stream.read(offsetTable.accuracyLog);
      let matchState = stream.read(matchTable.accuracyLog);
      for (let left = count; left > 0; left--) {
        const offsetValue = readOffset(stream, offsetTable.symbols[offsetState]!);
        const match = readLength(stream, matchCodes, matchTable.symbols[matchState]!);
        const run = readLength(stream, literalCodes, literalTable.symbols[literalState]!);
        const offset = this.#resolveOffset(offsetValue, run === 0);
        if (stream.left < 0 || literalsAt + run > literals.length) throw corrupt();
        if (outAt + run + match > limit) throw corrupt();
        literals.copy(out, outAt, literalsAt, literalsAt + run);
        literalsAt += run;
        outAt += run;
        if (offset > outAt - this.#frameStart) throw corrupt();
        for (let i = 0; i < match; i++) out[outAt + i] = out[outAt + i - offset]!;
        outAt += match;
        if (left === 1) break;
        literalState = literalTable.next(literalState, stream);
        matchState = matchTable.next(matchState, stream);
        offsetState = offsetTable.next(offsetState, stream);
      }
      if (stream.left !== 0) throw corrupt();
    }
    if (outAt + literals.length - literalsAt > limit) throw corrupt();
    return outAt + literals.copy(out, outAt, literalsAt);
  }

  #readCount(start: number, end: number): { count: number; at: number } {
    const input = this.#input;
    const first = input[start]!;
    const sizeBytes = first < 128 ? 1 : first < 255 ? 2 : 3;
    const at = start + sizeBytes;
    if (at > end) throw corrupt();
    if (first < 128) {
      if (first === 0 && at !== end) throw corrupt();
      return { count: first, at };
    }
    if (first < 255) return { count: ((first - 128) << 8) + input[start + 1]!, at };
    return { count: input.readUInt16LE(start + 1) + 0x7f00, at };
  }

  #readTables(start: number, end: number): number {
    if (start >= end) throw corrupt();
    const modes = this.#input[start]!;
    if ((modes & 3) !== 0) throw corrupt();
    let at = start + 1;
    const next = (mode: number, kind: TableKind, previous: FseDecoder | undefined): FseDecoder => {
      if (mode === TABLE_PREDEFINED) return kind.predefined;
      if (mode === TABLE_SINGLE) {
        const symbol = at < end ? this.#input[at++]! : Infinity;
        if (symbol > kind.maxSymbol) throw corrupt();
        return singleSymbol(symbol);
      }
      if (mode === TABLE_WRITTEN) {
        const { table, end: tableEnd } = readFseTable(this.#input, at, end, kind);
        at = tableEnd;
        return table;
      }
      if (previous === undefined) throw corrupt();
      return previous;
    };
    this.#literalTable = next(modes >> 6, literalKind, this.#literalTable);
    this.#offsetTable = next((modes >> 4) & 3, offsetKind, this.#offsetTable);
    this.#matchTable = next((modes >> 2) & 3, matchKind, this.#matchTable);
    return at;
  }

  /** Values up to 3 stand for recent offsets, one further on after no literals. */
  #resolveOffset(value: number, afterMatch: boolean): number {
    const recent = this.#recent;
    const which = value > 3 ? 3 : value - 1 + (afterMatch ? 1 : 0);
    if (which === 0) return recent[0]!;
    const offset = value > 3 ? value - 3 : which === 3 ? recent[0]! - 1 : recent[which]!;
    if (offset <= 0) throw corrupt();
    if (which > 1) recent[2] = recent[1]!;
    recent[1] = recent[0]!;
    recent[0] = offset;
    return offset;
  }
}

function readLength(stream: ReverseBitReader, codes: LengthCodes, code: number): number {
  return codes.baselines[code]! + stream.read(codes.extraBits[code]!);
}

function readOffset(stream: ReverseBitReader, code: number): number {
  if (code <= 24) return (1 << code) + stream.read(code);
  const high = stream.read(code - 8);
  return 2 ** code + high * 256 + stream.read(8);
}
