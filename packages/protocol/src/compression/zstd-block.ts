import { BitWriter } from './bit-writer.ts';
import { FseTable } from './fse-encoder.ts';
import { MatchTable } from './match-table.ts';
import {
  type LengthCodes,
  literalCodes,
  literalDistribution,
  matchCodes,
  matchDistribution,
  offsetDistribution,
} from './zstd-codes.ts';

const MIN_MATCH = 4;
/** Offset values up to this one stand for offsets used before. */
const REPEATED_OFFSETS = 3;
const LONG_COUNT = 0x7f00;

const literalTable = new FseTable(literalDistribution, 6);
const offsetTable = new FseTable(offsetDistribution, 5);
const matchTable = new FseTable(matchDistribution, 6);

/** Literals, then a copy of earlier bytes: three numbers each, one after the other. */
interface Sequences {
  readonly literals: Buffer;
  readonly literalLengths: number[];
  readonly matchLengths: number[];
  readonly offsets: number[];
}

/** Compresses one block of at most 128 KiB; undefined where that would not make it smaller. */
export function compressZstdBlock(block: Buffer): Buffer | undefined {
  const sequences = findSequences(block);
  const { literals, offsets } = sequences;
  if (offsets.length === 0) return undefined;
  // A sequence takes 15 bytes at most.
  const out = Buffer.allocUnsafe(16 + literals.length + offsets.length * 15);
  let at = writeLiteralsHeader(out, literals.length);
  at += literals.copy(out, at);
  at = writeCount(out, at, offsets.length);
  out[at++] = 0; // all three tables are the predefined ones
  at = writeSequences(out, at, sequences);
  return at < block.length ? out.subarray(0, at) : undefined;
}

function findSequences(block: Buffer): Sequences {
  const literals = Buffer.allocUnsafe(block.length);
  const table = new MatchTable(block.length);
  const found = {
    literalLengths: [] as number[],
    matchLengths: [] as number[],
    offsets: [] as number[],
  };
  let literalsAt = 0;
  let from = 0;
  let at = 0;
  while (at + MIN_MATCH <= block.length) {
    const word = block.readInt32LE(at);
    const candidate = table.replace(word, at);
    if (candidate < 0 || block.readInt32LE(candidate) !== word) {
      at += 1 + ((at - from) >>> 6);
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < block.length && block[candidate + length] === block[at + length]) length++;
    literalsAt += block.copy(literals, literalsAt, from, at);
    found.literalLengths.push(at - from);
    found.matchLengths.push(length);
    found.offsets.push(at - candidate);
    at += length;
    from = at;
  }
  literalsAt += block.copy(literals, literalsAt, from);
  return { literals: literals.subarray(0, literalsAt), ...found };
}

function writeLiteralsHeader(out: Buffer, size: number): number {
  if (size < 32) return out.writeUInt8(size << 3, 0);
  if (size < 4096) return out.writeUInt16LE((size << 4) | 4, 0);
  return out.writeUIntLE((size << 4) | 12, 0, 3);
}

function writeCount(out: Buffer, at: number, count: number): number {
  if (count < 128) return out.writeUInt8(count, at);
  if (count < LONG_COUNT) return out.writeUInt16BE(0x8000 + count, at);
  return out.writeUInt16LE(count - LONG_COUNT, out.writeUInt8(255, at));
}

function writeSequences(out: Buffer, at: number, sequences: Sequences): number {
  const { literalLengths, matchLengths, offsets } = sequences;
  const bits = new BitWriter(out, at);
  let literalState = 0;
  let matchState = 0;
  let offsetState = 0;
  for (let i = offsets.length - 1; i >= 0; i--) {
    const offset = offsets[i]! + REPEATED_OFFSETS;
    const offsetCode = 31 - Math.clz32(offset);
    const literalCode = codeOf(literalCodes, literalLengths[i]!);
    const matchCode = codeOf(matchCodes, matchLengths[i]!);
    if (i === offsets.length - 1) {
      matchState = matchTable.first(matchCode);
      offsetState = offsetTable.first(offsetCode);
      literalState = literalTable.first(literalCode);
    } else {
      offsetState = offsetTable.move(bits, offsetState, offsetCode);
      matchState = matchTable.move(bits, matchState, matchCode);
      literalState = literalTable.move(bits, literalState, literalCode);
    }
    writeExtra(bits, literalCodes, literalCode, literalLengths[i]!);
    writeExtra(bits, matchCodes, matchCode, matchLengths[i]!);
    bits.write(offset, offsetCode);
  }
  matchTable.finish(bits, matchState);
  offsetTable.finish(bits, offsetState);
  literalTable.finish(bits, literalState);
  return bits.close();
}

function writeExtra(bits: BitWriter, codes: LengthCodes, code: number, length: number): void {
  bits.write(length - codes.baselines[code]!, codes.extraBits[code]!);
}

/** The last code whose baseline is not above the length. */
function codeOf(codes: LengthCodes, length: number): number {
  let low = 0;
  let high = codes.baselines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (codes.baselines[middle]! <= length) low = middle;
    else high = middle - 1;
  }
  return low;
}
