import type { Random } from '@tidelog/platform';

/** A version 4 UUID in the usual notation, as Kafka ends member ids. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const parts = [0, 8, 12, 16, 20, 32];
  return parts
    .slice(1)
    .map((end, i) => hex.slice(parts[i], end))
    .join('-');
}
