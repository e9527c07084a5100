/**
 * The partition of an internal topic that holds what belongs to a key: Java's String.hashCode over the
 * UTF-16 units, without its sign, modulo the partitions. The one hash whose absolute value does not fit
 * (-2^31) counts as 0.
 */
export function partitionFor(key: string, numPartitions: number): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return hash === -0x80000000 ? 0 : Math.abs(hash) % numPartitions;
}
