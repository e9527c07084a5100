/**
 * LZ4 in its frame format. Written as Kafka's clients do: independent blocks of 64 KiB, no checksums but
 * the header's, no content size. Read in any variant: bigger or linked blocks, checksums, several frames.
 */
import { compressionLevels } from './codec.ts';
import { corrupt, requireAtMost } from './failure.ts';
import { compressLz4Block, decompressLz4Block, lz4BlockSize } from './lz4-block.ts';
import { optionalModule } from './optional-module.ts';
import { xxHash32 } from './xxhash32.ts';

interface NativeLz4 {
  /** One block, preceded by its decompressed size as a little-endian int32. */
  compressSync(input: Buffer): Buffer;
  decompressFrameSync(input: Buffer): Buffer;
}

const native = optionalModule('lz4-napi') as () => NativeLz4 | undefined;

const MAGIC = 0x184d2204;
const VERSION_1 = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED_OR_DICTIONARY = 0x03;
/** Sizes are 4: 64 KiB, 5: 256 KiB, 6: 1 MiB, 7: 4 MiB. */
const BLOCK_SIZE_64K = 4;
const WRITTEN_BLOCK_SIZE = 64 * 1024;
const STORED_BLOCK = 0x80000000;

/** Level 9 is the fast compressor, every other one the thorough one, as `compression.lz4.level` has it. */
export function compressLz4(
  input: Buffer,
  level: number = compressionLevels.lz4.default,
  portable = false,
): Buffer {
  const fast = level === compressionLevels.lz4.default;
  const compressor = portable || !fast ? undefined : native();
  const attempts = fast ? 1 : 1 << (level - 1);
  const parts: Buffer[] = [frameHeader()];
  for (let at = 0; at < input.length; at += WRITTEN_BLOCK_SIZE) {
    const block = input.subarray(at, at + WRITTEN_BLOCK_SIZE);
    const packed = compressor?.compressSync(block).subarray(4) ?? compressLz4Block(block, attempts);
    const stored = packed.length >= block.length;
    const size = Buffer.allocUnsafe(4);
    size.writeUInt32LE(stored ? STORED_BLOCK + block.length : packed.length, 0);
    parts.push(size, stored ? block : packed);
  }
  parts.push(Buffer.alloc(4));
  return Buffer.concat(parts);
}

function frameHeader(): Buffer {
  const header = Buffer.allocUnsafe(7);
  header.writeUInt32LE(MAGIC, 0);
  header[4] = VERSION_1 | INDEPENDENT_BLOCKS;
  header[5] = BLOCK_SIZE_64K << 4;
  header[6] = (xxHash32(header, 4, 6) >>> 8) & 255;
  return header;
}

export function decompressLz4(input: Buffer, maxSizeBytes: number, portable = false): Buffer {
  const frames = parseFrames(input);
  const upperBound = frames.reduce((sum, f) => sum + f.blocks.length * f.maxBlockSize, 0);
  const decompressor = portable ? undefined : native();
  // Frames of many small blocks promise more than they hold: their lengths have to be added up.
  if (decompressor !== undefined && frames.length === 1 && upperBound <= maxSizeBytes) {
    return decompressor.decompressFrameSync(input);
  }
  let sizeBytes = 0;
  for (const frame of frames) {
    for (const block of frame.blocks) {
      const blockSize = block.stored
        ? block.end - block.start
        : lz4BlockSize(input, block.start, block.end);
      if (blockSize > frame.maxBlockSize) throw corrupt();
      sizeBytes += blockSize;
    }
  }
  requireAtMost(sizeBytes, maxSizeBytes);
  return decompressFrames(input, frames, sizeBytes);
}

interface Frame {
  readonly maxBlockSize: number;
  readonly linked: boolean;
  readonly contentChecksum: number | undefined;
  readonly contentSize: bigint | undefined;
  readonly blocks: { start: number; end: number; stored: boolean }[];
}

function decompressFrames(input: Buffer, frames: Frame[], sizeBytes: number): Buffer {
  const out = Buffer.allocUnsafe(sizeBytes);
  let outAt = 0;
  for (const frame of frames) {
    const frameStart = outAt;
    for (const block of frame.blocks) {
      if (block.stored) {
        outAt += input.copy(out, outAt, block.start, block.end);
      } else {
        const windowStart = frame.linked ? frameStart : outAt;
        outAt = decompressLz4Block(input, block, out, { at: outAt, windowStart });
      }
    }
    const checksum = frame.contentChecksum;
    if (checksum !== undefined && xxHash32(out, frameStart, outAt) !== checksum) throw corrupt();
    if (frame.contentSize !== undefined && frame.contentSize !== BigInt(outAt - frameStart)) {
      throw corrupt();
    }
  }
  return out;
}

function parseFrames(input: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  do {
    const { frame, end } = parseFrame(input, at);
    frames.push(frame);
    at = end;
  } while (at < input.length);
  return frames;
}

function parseFrame(input: Buffer, start: number): { frame: Frame; end: number } {
  if (start + 7 > input.length || input.readUInt32LE(start) !== MAGIC) throw corrupt();
  const flags = input[start + 4]!;
  const blockSizeCode = (input[start + 5]! >>> 4) & 7;
  const validFlags = (flags & 0xc0) === VERSION_1 && (flags & RESERVED_OR_DICTIONARY) === 0;
  if (!validFlags || blockSizeCode < BLOCK_SIZE_64K) throw corrupt();
  const hasContentSize = (flags & CONTENT_SIZE) !== 0;
  const headerEnd = start + 6 + (hasContentSize ? 8 : 0);
  if (headerEnd >= input.length) throw corrupt();
  if (input[headerEnd] !== ((xxHash32(input, start + 4, headerEnd) >>> 8) & 255)) throw corrupt();
  const blockChecksums = (flags & BLOCK_CHECKSUMS) !== 0;
  const maxBlockSize = 1 << (2 * blockSizeCode + 8);
  const blocks: Frame['blocks'] = [];
  let at = headerEnd + 1;
  for (;;) {
    if (at + 4 > input.length) throw corrupt();
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    const end = at + size;
    if (size > maxBlockSize || end + (blockChecksums ? 4 : 0) > input.length) throw corrupt();
    if (blockChecksums && xxHash32(input, at, end) !== input.readUInt32LE(end)) throw corrupt();
    blocks.push({ start: at, end, stored: word >= STORED_BLOCK });
    at = blockChecksums ? end + 4 : end;
  }
  const hasContentChecksum = (flags & CONTENT_CHECKSUM) !== 0;
  if (hasContentChecksum && at + 4 > input.length) throw corrupt();
  const frame: Frame = {
    maxBlockSize,
    linked: (flags & INDEPENDENT_BLOCKS) === 0,
    contentChecksum: hasContentChecksum ? input.readUInt32LE(at) : undefined,
    contentSize: hasContentSize ? input.readBigUInt64LE(start + 6) : undefined,
    blocks,
  };
  return { frame, end: hasContentChecksum ? at + 4 : at };
}
