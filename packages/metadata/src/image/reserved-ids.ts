const RESERVED_COUNT = 100;

/** The first hundred uuids have meanings of their own, or may get one; no directory has such an id. */
export function isReservedId(id: string): boolean {
  const bytes = Buffer.from(id, 'base64url');
  return bytes.subarray(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) < RESERVED_COUNT;
}
