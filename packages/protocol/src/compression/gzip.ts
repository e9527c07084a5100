import { gunzipSync, gzipSync } from 'node:zlib';
import { compressionLevels } from './codec.ts';
import { corrupt } from './failure.ts';

/** At the end of a stream is the size of what was compressed, modulo 2^32 (RFC 1952). */
const TRAILER_SIZE_BYTES = 4;
/** zlib takes no less. */
const LEAST_CHUNK_BYTES = 64;

export function gzip(input: Buffer, level: number = compressionLevels.gzip.default): Buffer {
  return gzipSync(input, { level });
}

export function gunzip(input: Buffer, maxSizeBytes: number): Buffer {
  // To zlib nothing is a stream of nothing, and a bound of zero no bound.
  if (input.length < TRAILER_SIZE_BYTES) throw corrupt();
  const maxOutputLength = Math.max(1, maxSizeBytes);
  // The size that the trailer claims, and a byte in which zlib sees that this was all: one piece of memory then.
  const claimed = input.readUInt32LE(input.length - TRAILER_SIZE_BYTES) + 1;
  const chunkSize = Math.max(LEAST_CHUNK_BYTES, Math.min(claimed, maxOutputLength + 1));
  return gunzipSync(input, { maxOutputLength, chunkSize });
}
