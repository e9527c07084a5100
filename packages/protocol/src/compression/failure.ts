/** Why bytes could not be decompressed. */
export type DecompressFailure = 'corrupt' | 'too large' | 'unknown codec';

/**
 * Thrown within this folder only, where a value would have to pass through every loop: `decompress`
 * turns it into its result.
 */
export class DecompressError extends Error {
  readonly failure: DecompressFailure;

  constructor(failure: DecompressFailure) {
    super(failure);
    this.failure = failure;
  }
}

export function corrupt(): DecompressError {
  return new DecompressError('corrupt');
}

export function requireAtMost(sizeBytes: number, maxSizeBytes: number): void {
  if (sizeBytes > maxSizeBytes) throw new DecompressError('too large');
}
