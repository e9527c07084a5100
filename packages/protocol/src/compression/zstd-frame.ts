/** The frames and blocks of a zstd stream, and what they can expand to at most (RFC 8878). */
import { corrupt } from './failure.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_SIZE = 128 * 1024;
/** The largest window that the reference decoder takes without being told to. */
const MAX_WINDOW_SIZE = 2 ** 27;
const RESERVED_DESCRIPTOR_BIT = 8;
const BLOCK_RAW = 0;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export interface ZstdBlock {
  readonly type: number;
  readonly at: number;
  /** Of the block's content; of what it repeats, where it is one byte repeated. */
  readonly size: number;
}

export interface ZstdFrame {
  readonly contentSize: number | undefined;
  readonly maxBlockSize: number;
  readonly blocks: readonly ZstdBlock[];
}

/** An upper bound of the decompressed size, exact where the frames tell it. */
export function zstdSizeBound(frames: readonly ZstdFrame[]): number {
  let bound = 0;
  for (const { contentSize, maxBlockSize, blocks } of frames) {
    let frameBound = 0;
    for (const { type, size } of blocks) {
      frameBound += type === BLOCK_RAW || type === BLOCK_RLE ? size : maxBlockSize;
    }
    bound += Math.min(contentSize ?? Infinity, frameBound);
  }
  return bound;
}

/** Throws on broken framing; the blocks' contents are not looked at. */
export function zstdFrames(input: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let at = 0;
  if (input.length === 0) throw corrupt();
  while (at < input.length) {
    if (at + 8 > input.length) throw corrupt();
    const magic = input.readUInt32LE(at);
    if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      at += 8 + input.readUInt32LE(at + 4);
      if (at > input.length) throw corrupt();
      continue;
    }
    if (magic !== MAGIC) throw corrupt();
    const { frame, end } = readFrame(input, at + 4);
    frames.push(frame);
    at = end;
  }
  return frames;
}

function readFrame(input: Buffer, descriptorAt: number): { frame: ZstdFrame; end: number } {
  const descriptor = input[descriptorAt]!;
  if ((descriptor & RESERVED_DESCRIPTOR_BIT) !== 0) throw corrupt();
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  let at = descriptorAt + 1;
  const windowAt = at;
  at += (singleSegment ? 0 : 1) + dictionaryIdSize;
  if (at + contentSizeBytes > input.length) throw corrupt();
  const contentSize = readContentSize(input, at, contentSizeBytes);
  at += contentSizeBytes;
  const window = singleSegment ? contentSize! : windowSize(input[windowAt]!);
  if (!singleSegment && window > MAX_WINDOW_SIZE) throw corrupt();
  const maxBlockSize = Math.min(window, MAX_BLOCK_SIZE);
  const { blocks, end: blocksEnd } = readBlocks(input, at, maxBlockSize);
  const end = blocksEnd + ((descriptor & 4) === 0 ? 0 : 4);
  if (end > input.length) throw corrupt();
  return { frame: { contentSize, maxBlockSize, blocks }, end };
}

function readContentSize(input: Buffer, at: number, sizeBytes: number): number | undefined {
  if (sizeBytes === 0) return undefined;
  if (sizeBytes === 8) return input.readUInt32LE(at + 4) * 2 ** 32 + input.readUInt32LE(at);
  // Two bytes count from 256, because one byte serves the smaller sizes.
  return input.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readBlocks(
  input: Buffer,
  start: number,
  maxSize: number,
): { blocks: ZstdBlock[]; end: number } {
  const blocks: ZstdBlock[] = [];
  let at = start;
  for (;;) {
    if (at + 3 > input.length) throw corrupt();
    const header = input.readUIntLE(at, 3);
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type === BLOCK_RESERVED || size > maxSize) throw corrupt();
    blocks.push({ type, at: at + 3, size });
    at += 3 + (type === BLOCK_RLE ? 1 : size);
    if (at > input.length) throw corrupt();
    if ((header & 1) === 1) return { blocks, end: at };
  }
}
