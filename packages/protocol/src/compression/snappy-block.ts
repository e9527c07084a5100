/** The raw snappy format in plain JavaScript, for platforms without the native module. */
import { corrupt } from './failure.ts';
import { LOOP_COPY_LIMIT, MatchTable, wordAt } from './match-table.ts';

const MAX_OFFSET = 65535;

/** The decompressed size that a raw block claims. Throws where no snappy block could claim it. */
export function snappyBlockSize(input: Buffer): number {
  let size = 0;
  for (let at = 0, scale = 1; at < 5 && at < input.length; at++, scale *= 128) {
    const byte = input[at]!;
    size += (byte & 127) * scale;
    if (byte < 128) {
      // The densest element gives 64 bytes for 3, so a bigger claim is a lie.
      if (size > input.length * 22) throw corrupt();
      return size;
    }
  }
  throw corrupt();
}

export function decompressSnappyBlock(input: Buffer): Buffer {
  const out = Buffer.allocUnsafe(snappyBlockSize(input));
  const end = input.length;
  let at = 0;
  while (input[at]! >= 128) at++;
  at++;
  let outAt = 0;
  while (at < end) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const sizeBytes = length - 60;
        if (at + sizeBytes > end) throw corrupt();
        length = input.readUIntLE(at, sizeBytes) + 1;
        at += sizeBytes;
      }
      if (at + length > end || outAt + length > out.length) throw corrupt();
      if (length > LOOP_COPY_LIMIT) input.copy(out, outAt, at, at + length);
      else for (let i = 0; i < length; i++) out[outAt + i] = input[at + i]!;
      at += length;
      outAt += length;
      continue;
    }
    const extraBytes = (tag & 3) === 3 ? 4 : tag & 3;
    if (at + extraBytes > end) throw corrupt();
    let offset = input[at]!;
    let length = (tag >>> 2) + 1;
    if (extraBytes === 1) {
      offset += (tag >>> 5) << 8;
      length = ((tag >>> 2) & 7) + 4;
    } else if (extraBytes === 2) offset += input[at + 1]! << 8;
    else offset = input.readUInt32LE(at);
    at += extraBytes;
    if (offset === 0 || offset > outAt || outAt + length > out.length) throw corrupt();
    for (let i = 0; i < length; i++) out[outAt + i] = out[outAt + i - offset]!;
    outAt += length;
  }
  if (outAt !== out.length) throw corrupt();
  return out;
}

/** Greedy matching over a hash of four bytes, as the format's reference does it. */
export function compressSnappyBlock(input: Buffer): Buffer {
  const length = input.length;
  const out = Buffer.allocUnsafe(32 + length + Math.floor(length / 6));
  const table = new MatchTable(length);
  let outAt = 0;
  let rest = length;
  for (; rest >= 128; rest >>>= 7) out[outAt++] = (rest & 127) | 128;
  out[outAt++] = rest;
  let literalsFrom = 0;
  let at = 0;
  while (at + 4 <= length) {
    const word = wordAt(input, at);
    const candidate = table.replace(word, at);
    if (candidate < 0 || at - candidate > MAX_OFFSET || wordAt(input, candidate) !== word) {
      // Incompressible stretches are skipped faster the longer they last.
      at += 1 + ((at - literalsFrom) >>> 5);
      continue;
    }
    outAt = writeLiterals(input, literalsFrom, at, out, outAt);
    let matched = 4;
    while (at + matched < length && input[candidate + matched] === input[at + matched]) matched++;
    outAt = writeCopy(out, outAt, at - candidate, matched);
    at += matched;
    literalsFrom = at;
  }
  outAt = writeLiterals(input, literalsFrom, length, out, outAt);
  return out.subarray(0, outAt);
}

function writeLiterals(input: Buffer, from: number, to: number, out: Buffer, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  if (length <= 60) {
    out[at++] = (length - 1) << 2;
  } else {
    const sizeBytes = length <= 0x100 ? 1 : length <= 0x10000 ? 2 : length <= 0x1000000 ? 3 : 4;
    out[at++] = (59 + sizeBytes) << 2;
    at = out.writeUIntLE(length - 1, at, sizeBytes);
  }
  if (length > LOOP_COPY_LIMIT) input.copy(out, at, from, to);
  else for (let i = 0; i < length; i++) out[at + i] = input[from + i]!;
  return at + length;
}

function writeCopy(out: Buffer, at: number, offset: number, length: number): number {
  while (length > 0) {
    // A rest of one to three bytes could not be written as a short copy, but a long one takes any.
    const part = Math.min(length, 64);
    out[at] = ((part - 1) << 2) | 2;
    at = out.writeUInt16LE(offset, at + 1);
    length -= part;
  }
  return at;
}
