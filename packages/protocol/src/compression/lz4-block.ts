/** LZ4 blocks in plain JavaScript: reading, and writing with a matcher of any effort. */
import { corrupt } from './failure.ts';
import { LOOP_COPY_LIMIT, MatchTable, wordAt } from './match-table.ts';

const MIN_MATCH = 4;
/** The format wants the last five bytes literal, and no match in the last twelve. */
const LAST_LITERALS = 5;
const MATCH_FREE_TAIL = 12;
const MAX_OFFSET = 65535;

/** The exact size that a block decompresses to, found from its lengths without copying anything. */
export function lz4BlockSize(input: Buffer, start: number, end: number): number {
  let at = start;
  let size = 0;
  for (;;) {
    if (at >= end) throw corrupt();
    const token = input[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      const from = at;
      while (input[at] === 255) at++;
      literals += (at - from) * 255 + (input[at++] ?? 0);
    }
    at += literals;
    size += literals;
    if (at === end) return size;
    if (at + 2 > end) throw corrupt();
    at += 2;
    let match = token & 15;
    if (match === 15) {
      const from = at;
      while (input[at] === 255) at++;
      match += (at - from) * 255 + (input[at++] ?? 0);
    }
    size += match + MIN_MATCH;
  }
}

/**
 * Decompresses `input[start, end)` to `out` at `outAt`, and returns where the output ends. Matches may
 * reach back to `windowStart`. The output must have room for `lz4BlockSize` bytes.
 */
export function decompressLz4Block(
  input: Buffer,
  range: { start: number; end: number },
  out: Buffer,
  target: { at: number; windowStart: number },
): number {
  const end = range.end;
  let at = range.start;
  let outAt = target.at;
  while (at < end) {
    const token = input[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let byte: number;
      do {
        byte = input[at++] ?? 0;
        literals += byte;
      } while (byte === 255);
    }
    if (at + literals > end || outAt + literals > out.length) throw corrupt();
    if (literals > LOOP_COPY_LIMIT) input.copy(out, outAt, at, at + literals);
    else for (let i = 0; i < literals; i++) out[outAt + i] = input[at + i]!;
    at += literals;
    outAt += literals;
    if (at === end) return outAt;
    if (at + 2 > end) throw corrupt();
    const offset = input[at]! | (input[at + 1]! << 8);
    at += 2;
    let match = (token & 15) + MIN_MATCH;
    if (match === 15 + MIN_MATCH) {
      let byte: number;
      do {
        byte = input[at++] ?? 0;
        match += byte;
      } while (byte === 255);
    }
    if (offset === 0 || outAt - offset < target.windowStart || outAt + match > out.length) {
      throw corrupt();
    }
    const from = outAt - offset;
    if (match > LOOP_COPY_LIMIT && offset >= match) out.copy(out, outAt, from, from + match);
    else for (let i = 0; i < match; i++) out[outAt + i] = out[outAt + i - offset]!;
    outAt += match;
  }
  throw corrupt();
}

/**
 * Compresses one block. `attempts` is how many earlier places with the same hash are compared: one is
 * the fast compressor, more is the high-compression one.
 */
export function compressLz4Block(input: Buffer, attempts: number): Buffer {
  const length = input.length;
  const out = Buffer.allocUnsafe(length + Math.floor(length / 255) + 16);
  const table = new MatchTable(length);
  const previous = new Int32Array(attempts > 1 ? length : 0);
  const matchLimit = length - LAST_LITERALS;
  const lastStart = length - MATCH_FREE_TAIL;
  let outAt = 0;
  let literalsFrom = 0;
  let at = 0;
  while (at <= lastStart) {
    let candidate = table.replace(wordAt(input, at), at);
    if (attempts > 1) previous[at] = candidate;
    let best = 0;
    let bestAt = 0;
    for (let left = attempts; candidate >= 0 && at - candidate <= MAX_OFFSET && left > 0; left--) {
      // A longer match has to agree where the best so far ends.
      if (input[candidate + best] === input[at + best]) {
        const matched = matchLength(input, candidate, at, matchLimit);
        if (matched > best) {
          best = matched;
          bestAt = candidate;
          if (at + best === matchLimit) break;
        }
      }
      candidate = attempts > 1 ? previous[candidate]! : -1;
    }
    if (best < MIN_MATCH) {
      at += attempts > 1 ? 1 : 1 + ((at - literalsFrom) >>> 6);
      continue;
    }
    outAt = writeLiterals(out, outAt, input, { from: literalsFrom, to: at, match: best });
    outAt = out.writeUInt16LE(at - bestAt, outAt);
    outAt = writeLengthRest(out, outAt, best - MIN_MATCH);
    const next = at + best;
    if (attempts > 1) {
      for (at++; at < next && at <= lastStart; at++) {
        previous[at] = table.replace(wordAt(input, at), at);
      }
    }
    at = next;
    literalsFrom = at;
  }
  outAt = writeLiterals(out, outAt, input, { from: literalsFrom, to: length, match: MIN_MATCH });
  return out.subarray(0, outAt);
}

function matchLength(input: Buffer, earlier: number, at: number, limit: number): number {
  let length = 0;
  while (at + length < limit && input[earlier + length] === input[at + length]) length++;
  return length;
}

/** The bytes between two matches, with the token that tells their number and the length of the match behind them. */
function writeLiterals(
  out: Buffer,
  at: number,
  input: Buffer,
  { from, to, match }: { from: number; to: number; match: number },
): number {
  const length = to - from;
  out[at++] = (Math.min(length, 15) << 4) | Math.min(match - MIN_MATCH, 15);
  at = writeLengthRest(out, at, length);
  if (length > LOOP_COPY_LIMIT) input.copy(out, at, from, to);
  else for (let i = 0; i < length; i++) out[at + i] = input[from + i]!;
  return at + length;
}

function writeLengthRest(out: Buffer, at: number, length: number): number {
  if (length < 15) return at;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) out[at++] = 255;
  out[at++] = rest;
  return at;
}
