import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkedBytes } from './chunked-bytes.ts';

const CHUNK = 65_536;
/** Anywhere in the first chunks, and often at their borders. */
const place = fc.oneof(
  fc.nat(3 * CHUNK),
  fc
    .tuple(fc.nat(3), fc.integer({ min: -300, max: 300 }))
    .map(([chunk, by]) => Math.max(0, chunk * CHUNK + by)),
);
const change = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), at: place, size: fc.nat(2 * CHUNK) }),
  fc.record({ kind: fc.constant('resize' as const), at: place, size: fc.constant(0) }),
);

describe('the bytes of a file in chunks', () => {
  it('are what was written, with zeros where nothing was', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        place,
        fc.nat(CHUNK * 2),
        (all, from, length) => {
          const bytes = new ChunkedBytes();
          let model = Buffer.alloc(0);
          for (const [i, { kind, at, size }] of all.entries()) {
            const end = kind === 'resize' || size === 0 ? at : Math.max(model.length, at + size);
            if (kind === 'write' && size === 0) continue;
            const next = Buffer.alloc(end);
            model.copy(next);
            if (kind === 'write') {
              const written = Buffer.alloc(size, i + 1);
              next.set(written, at);
              bytes.write(written, at);
            } else bytes.resize(at);
            model = next;
          }
          expect(bytes.sizeBytes).toBe(model.length);
          const target = Buffer.alloc(length + 3, 0xff);
          const count = bytes.read(target, 3, length, from);
          const expected = model.subarray(from, from + length);
          expect(count).toBe(expected.length);
          expect(target.subarray(3, 3 + count).equals(expected)).toBe(true);
          expect(target.subarray(3 + count).every((byte) => byte === 0xff)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
