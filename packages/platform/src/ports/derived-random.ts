import type { Random } from './random.ts';

const TWO_POW_32 = 0x1_0000_0000;

/** Everything a Random offers, derived from a source of uniform 32-bit integers. */
export abstract class DerivedRandom implements Random {
  abstract uint32(): number;

  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_POW_32) {
      throw new RangeError(`below(${bound}): the bound must be an integer from 1 to 2^32`);
    }
    // Values above the last whole multiple of the bound are drawn again, or low results would be
    // more likely than high ones.
    const limit = TWO_POW_32 - (TWO_POW_32 % bound);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % bound;
  }

  bytes(length: number): Buffer {
    const target = Buffer.allocUnsafe(length);
    let at = 0;
    for (; at + 4 <= length; at += 4) target.writeUInt32LE(this.uint32(), at);
    let rest = at < length ? this.uint32() : 0;
    for (; at < length; at++, rest >>>= 8) target[at] = rest & 0xff;
    return target;
  }

  uuid(): string {
    for (;;) {
      const id = this.bytes(16);
      id[6] = ((id[6] ?? 0) & 0x0f) | 0x40; // version 4, which none of Kafka's reserved ids has
      id[8] = ((id[8] ?? 0) & 0x3f) | 0x80; // variant of RFC 9562
      const text = id.toString('base64url');
      if (!text.startsWith('-')) return text;
    }
  }
}
