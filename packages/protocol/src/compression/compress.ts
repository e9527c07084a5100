import { codecs } from './codec.ts';
import { DecompressError, type DecompressFailure } from './failure.ts';
import { gunzip, gzip } from './gzip.ts';
import { compressLz4, decompressLz4 } from './lz4.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';
import { compressZstd, decompressZstd } from './zstd.ts';

/**
 * Compresses as Kafka's clients do. `level` is that of `compression.<codec>.level` (KIP-390); without
 * it, the codec's default. `none` gives the input back. An unknown codec is a bug of the caller.
 */
export function compress(codec: number, input: Buffer, level?: number): Buffer {
  switch (codec) {
    case codecs.none:
      return input;
    case codecs.gzip:
      return gzip(input, level);
    case codecs.snappy:
      return compressSnappy(input);
    case codecs.lz4:
      return compressLz4(input, level);
    case codecs.zstd:
      return compressZstd(input, level);
    default:
      throw new RangeError(`there is no codec ${codec}`);
  }
}

/** Decompresses untrusted bytes, at most to `maxSizeBytes`; a failure is a value. */
export function decompress(
  codec: number,
  input: Buffer,
  maxSizeBytes: number,
): Buffer | DecompressFailure {
  try {
    switch (codec) {
      case codecs.none:
        return input.length > maxSizeBytes ? 'too large' : input;
      case codecs.gzip:
        return gunzip(input, maxSizeBytes);
      case codecs.snappy:
        return decompressSnappy(input, maxSizeBytes);
      case codecs.lz4:
        return decompressLz4(input, maxSizeBytes);
      case codecs.zstd:
        return decompressZstd(input, maxSizeBytes);
      default:
        return 'unknown codec';
    }
  } catch (error) {
    // Addons throw plain errors of their own; only the size is ever told apart.
    if (error instanceof DecompressError) return error.failure;
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? 'too large'
      : 'corrupt';
  }
}
