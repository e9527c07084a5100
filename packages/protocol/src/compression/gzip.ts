import { gunzipSync, gzipSync } from 'node:zlib';
import { compressionLevels } from './codec.ts';
import { corrupt } from './failure.ts';

export function gzip(input: Buffer, level: number = compressionLevels.gzip.default): Buffer {
  return gzipSync(input, { level });
}

export function gunzip(input: Buffer, maxSizeBytes: number): Buffer {
  // To zlib nothing is a stream of nothing, and a bound of zero no bound.
  if (input.length === 0) throw corrupt();
  return gunzipSync(input, { maxOutputLength: Math.max(1, maxSizeBytes) });
}
