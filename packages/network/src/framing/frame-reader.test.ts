import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, FrameSizeError } from './frame-reader.ts';

function frame(body: Uint8Array): Buffer {
  const out = Buffer.alloc(4 + body.length);
  out.writeInt32BE(body.length, 0);
  out.set(body, 4);
  return out;
}

describe('FrameReader', () => {
  it('finds the frames however the stream is cut, from chunks whose memory is reused', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 4 }),
        (bodies, cuts, takeAtOnce) => {
          const stream = Buffer.concat(bodies.map(frame));
          const reader = new FrameReader(1000);
          const found: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const shared = Buffer.from(stream.subarray(at, at + cuts[i % cuts.length]!));
            at += shared.length;
            reader.push(shared);
            for (let n = 0; n < takeAtOnce; n++) {
              const body = reader.next();
              if (body === null) break;
              found.push(Buffer.from(body));
            }
            reader.keep();
            shared.fill(0xee);
          }
          for (let body = reader.next(); body !== null; body = reader.next()) {
            found.push(Buffer.from(body));
          }
          expect(found).toEqual(bodies.map((b) => Buffer.from(b)));
        },
      ),
    );
  });

  it.each([0, -1, -2147483648, 1001, 2147483647])('refuses a size of %d', (size) => {
    const reader = new FrameReader(1000);
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(size, 0);
    reader.push(prefix);
    expect(() => reader.next()).toThrow(FrameSizeError);
  });

  it('collects a frame larger than what it allocates eagerly', () => {
    const body = Buffer.alloc(5_000_000, 3);
    const stream = frame(body);
    const reader = new FrameReader(10_000_000);
    let found: Buffer | null = null;
    for (let at = 0; at < stream.length; at += 65536) {
      reader.push(stream.subarray(at, at + 65536));
      found = reader.next();
      reader.keep();
    }
    expect(found?.equals(body)).toBe(true);
  });
});
