/**
 * A zstd encoder in plain JavaScript (RFC 8878), for platforms that have neither node:zlib's nor the addon:
 * greedy matches, raw literals, and sequences in the predefined entropy codes. It compresses about as
 * well as LZ4, and every decoder reads it.
 */
import { compressZstdBlock } from './zstd-block.ts';

const MAGIC = 0xfd2fb528;
const MAX_BLOCK_SIZE = 128 * 1024;
/** A window of 128 KiB (exponent 7), content size and checksum absent. */
const WINDOW_DESCRIPTOR = 7 << 3;
const RAW = 0;
const COMPRESSED = 2;

export function encodeZstd(input: Buffer): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt32LE(MAGIC, 0);
  header[5] = WINDOW_DESCRIPTOR;
  const parts: Buffer[] = [header];
  let at = 0;
  do {
    const block = input.subarray(at, at + MAX_BLOCK_SIZE);
    at += block.length;
    const packed = compressZstdBlock(block);
    const last = at >= input.length ? 1 : 0;
    const blockHeader = Buffer.allocUnsafe(3);
    const body = packed ?? block;
    const type = packed === undefined ? RAW : COMPRESSED;
    blockHeader.writeUIntLE((body.length << 3) | (type << 1) | last, 0, 3);
    parts.push(blockHeader, body);
  } while (at < input.length);
  return Buffer.concat(parts);
}
