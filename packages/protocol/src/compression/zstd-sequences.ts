export function compressibleBlock(_block: Buffer): Buffer | undefined {
  return undefined;
}
