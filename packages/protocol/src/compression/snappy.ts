/**
 * Snappy as Kafka has it: raw blocks within the "xerial" framing that snappy-java writes. Some clients
 * write one raw block without a frame, so both are read.
 */
import { corrupt, requireAtMost } from './failure.ts';
import { optionalModule } from './optional-module.ts';
import { compressSnappyBlock, decompressSnappyBlock, snappyBlockSize } from './snappy-block.ts';

interface NativeSnappy {
  compressSync(input: Buffer, options: { copyOutputData: boolean }): Buffer;
  uncompressSync(input: Buffer, options: { copyOutputData: boolean }): Buffer;
}

const native = optionalModule('snappy') as () => NativeSnappy | undefined;
/** External memory per result costs more than the copy at these sizes. */
const NATIVE_OPTIONS = { copyOutputData: true };

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const VERSION = 1;
/** Magic, version and the lowest version that can read it. */
const FRAME_HEADER_SIZE = 16;
/** What snappy-java cuts its input into. */
const BLOCK_SIZE = 32 * 1024;

export function compressSnappy(input: Buffer, portable = false): Buffer {
  const compressor = portable ? undefined : native();
  const header = Buffer.alloc(FRAME_HEADER_SIZE);
  MAGIC.copy(header);
  header.writeInt32BE(VERSION, 8);
  header.writeInt32BE(VERSION, 12);
  const parts: Buffer[] = [header];
  for (let at = 0; at < input.length; at += BLOCK_SIZE) {
    const block = input.subarray(at, at + BLOCK_SIZE);
    const packed = compressor?.compressSync(block, NATIVE_OPTIONS) ?? compressSnappyBlock(block);
    const size = Buffer.allocUnsafe(4);
    size.writeInt32BE(packed.length, 0);
    parts.push(size, packed);
  }
  return Buffer.concat(parts);
}

export function decompressSnappy(input: Buffer, maxSizeBytes: number, portable = false): Buffer {
  const framed = input.length >= MAGIC.length && MAGIC.compare(input, 0, MAGIC.length) === 0;
  const blocks = framed ? framedBlocks(input) : [input];
  let sizeBytes = 0;
  for (const block of blocks) sizeBytes += snappyBlockSize(block);
  requireAtMost(sizeBytes, maxSizeBytes);
  const decompressor = portable ? undefined : native();
  const parts = blocks.map(
    (block) => decompressor?.uncompressSync(block, NATIVE_OPTIONS) ?? decompressSnappyBlock(block),
  );
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, sizeBytes);
}

function framedBlocks(input: Buffer): Buffer[] {
  if (input.length < FRAME_HEADER_SIZE || input.readInt32BE(12) > VERSION) throw corrupt();
  const blocks: Buffer[] = [];
  let at = FRAME_HEADER_SIZE;
  while (at < input.length) {
    // Streams that were appended to each other repeat the header.
    if (at + FRAME_HEADER_SIZE <= input.length && MAGIC.compare(input, at, at + 8) === 0) {
      at += FRAME_HEADER_SIZE;
      continue;
    }
    if (at + 4 > input.length) throw corrupt();
    const end = at + 4 + input.readInt32BE(at);
    if (end <= at + 4 || end > input.length) throw corrupt();
    blocks.push(input.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}
