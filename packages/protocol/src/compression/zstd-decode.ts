/**
 * A zstd decoder in plain JavaScript (RFC 8878), for platforms that have neither node:zlib's nor the
 * addon. It does not compute a frame's checksum: batches have their own.
 */
import { corrupt, requireAtMost } from './failure.ts';
import { ZstdBlockDecoder } from './zstd-block-decoder.ts';
import { zstdFrames } from './zstd-frame.ts';

const INITIAL_SIZE = 64 * 1024;
const BLOCK_RAW = 0;
const BLOCK_RLE = 1;

export function decodeZstd(input: Buffer, maxSizeBytes: number): Buffer {
  let out = Buffer.allocUnsafe(Math.min(INITIAL_SIZE, maxSizeBytes));
  let outAt = 0;
  const makeRoom = (sizeBytes: number) => {
    if (outAt + sizeBytes <= out.length) return;
    const grown = Buffer.allocUnsafe(Math.max(out.length * 2, outAt + sizeBytes));
    out.copy(grown, 0, 0, outAt);
    out = grown;
  };
  for (const frame of zstdFrames(input)) {
    const decoder = new ZstdBlockDecoder(input, outAt);
    const frameStart = outAt;
    for (const block of frame.blocks) {
      if (block.type === BLOCK_RAW || block.type === BLOCK_RLE) {
        requireAtMost(outAt + block.size, maxSizeBytes);
        makeRoom(block.size);
        if (block.type === BLOCK_RAW) input.copy(out, outAt, block.at, block.at + block.size);
        else out.fill(input[block.at]!, outAt, outAt + block.size);
        outAt += block.size;
      } else {
        makeRoom(frame.maxBlockSize);
        const end = block.at + block.size;
        outAt = decoder.decode(block.at, end, { out, at: outAt, maxSize: frame.maxBlockSize });
        requireAtMost(outAt, maxSizeBytes);
      }
    }
    if (frame.contentSize !== undefined && frame.contentSize !== outAt - frameStart)
      throw corrupt();
  }
  return out.subarray(0, outAt);
}
