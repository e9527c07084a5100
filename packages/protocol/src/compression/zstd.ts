/** Zstandard: by node:zlib where it has it (Node 22.15 on), else by an addon, else in JavaScript. */
import * as zlib from 'node:zlib';
import { compressionLevels } from './codec.ts';
import { requireAtMost } from './failure.ts';
import { optionalModule } from './optional-module.ts';
import { decodeZstd } from './zstd-decode.ts';
import { encodeZstd } from './zstd-encode.ts';
import { zstdFrames, zstdSizeBound } from './zstd-frame.ts';

interface ZlibZstd {
  zstdCompressSync(input: Buffer, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync(input: Buffer, options: { maxOutputLength: number }): Buffer;
}

interface ZstdAddon {
  Encoder: new (level: number) => { encodeSync(input: Buffer): Buffer };
  Decoder: new () => { decodeSync(input: Buffer): Buffer };
}

const builtIn = 'zstdCompressSync' in zlib ? (zlib as unknown as ZlibZstd) : undefined;
const addon = optionalModule('@toondepauw/node-zstd') as () => ZstdAddon | undefined;
const ZSTD_C_COMPRESSION_LEVEL = 100;
const BOUND_SLACK = 1024 * 1024;

/** The JavaScript encoder has one level of effort only. */
export function compressZstd(
  input: Buffer,
  level: number = compressionLevels.zstd.default,
  portable = false,
): Buffer {
  if (!portable) {
    if (builtIn !== undefined) {
      return builtIn.zstdCompressSync(input, { params: { [ZSTD_C_COMPRESSION_LEVEL]: level } });
    }
    const native = addon();
    if (native !== undefined) return new native.Encoder(level).encodeSync(input);
  }
  return encodeZstd(input);
}

export function decompressZstd(input: Buffer, maxSizeBytes: number, portable = false): Buffer {
  const bound = zstdSizeBound(zstdFrames(input));
  if (!portable) {
    if (builtIn !== undefined) {
      // The bound may be far above the true size, so only the decoder can hold the limit.
      const maxOutputLength = Math.max(1, Math.min(bound, maxSizeBytes));
      return builtIn.zstdDecompressSync(input, { maxOutputLength });
    }
    const native = addon();
    if (native !== undefined) {
      // The addon knows no limit, so the bound, which the last block of a frame overstates, has to do.
      requireAtMost(bound, maxSizeBytes + BOUND_SLACK);
      const output = new native.Decoder().decodeSync(input);
      requireAtMost(output.length, maxSizeBytes);
      return output;
    }
  }
  return decodeZstd(input, maxSizeBytes);
}
