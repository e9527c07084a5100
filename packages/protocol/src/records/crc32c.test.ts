import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cPortable } from './crc32c.ts';

crc32c(Buffer.alloc(64 * 1024)); // from so many bytes on, the native module is used

describe('crc32c', () => {
  it('gives the check value of the polynomial, and those of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32cPortable(Buffer.from('123456789'), 0, 9, 0)).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32cPortable(Buffer.alloc(32, 255), 0, 32, 0)).toBe(0x62a8ab43);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });

  it('is the same natively, portably, in slices and piece by piece', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
        const buf = Buffer.from(bytes);
        const start = Math.min(a, b, buf.length);
        const end = Math.min(Math.max(a, b), buf.length);
        const whole = crc32c(Buffer.from(buf.subarray(start, end)));
        expect(crc32c(buf, start, end)).toBe(whole);
        expect(crc32cPortable(buf, start, end, 0)).toBe(whole);
        const middle = (start + end) >> 1;
        expect(crc32c(buf, middle, end, crc32c(buf, start, middle))).toBe(whole);
        expect(crc32cPortable(buf, middle, end, crc32cPortable(buf, start, middle, 0))).toBe(whole);
      }),
    );
  });
});
