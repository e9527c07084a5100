import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecName, codecNamed, codecs, compressionLevels } from './codec.ts';
import { compress, decompress } from './compress.ts';
import { compressLz4, decompressLz4 } from './lz4.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';
import { xxHash32 } from './xxhash32.ts';
import { compressZstd, decompressZstd } from './zstd.ts';

const NO_BOUND = 2 ** 30;

/** Bytes that compress, with repeats near and far. */
function text(sizeBytes: number): Buffer {
  const out = Buffer.alloc(sizeBytes);
  let seed = 12345;
  for (let at = 0; at < sizeBytes; at++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const far = at > 3000 && (seed >>> 8) % 7 !== 0;
    out[at] = far ? out[at - 1 - ((at >> 6) % 2900)]! : 97 + ((seed >>> 16) % 26);
  }
  return out;
}

/** Bytes that don't. */
function noise(sizeBytes: number): Buffer {
  let seed = 99;
  return Buffer.from(
    Uint8Array.from({ length: sizeBytes }, () => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      return (seed ^= seed << 5) & 255;
    }),
  );
}

const samples: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['a few bytes', Buffer.from('hello, hello, hello')],
  ['zeros', Buffer.alloc(300_000)],
  ['text', text(100_000)],
  ['noise', noise(140_000)],
  ['a mix', Buffer.concat([text(50_000), noise(70_000), Buffer.alloc(70_000, 7), text(99_999)])],
];
const realCodecs = [codecs.gzip, codecs.snappy, codecs.lz4, codecs.zstd];

describe('codecs', () => {
  it('have the names and levels of Kafka', () => {
    expect([0, 1, 2, 3, 4, 5].map(codecName)).toEqual([
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
      undefined,
    ]);
    expect(codecNamed('lz4')).toBe(3);
    expect(codecNamed('producer')).toBeUndefined();
    expect(compressionLevels.gzip.default).toBe(-1);
  });

  it.each(samples)('give back %s', (_name, sample) => {
    for (const codec of Object.values(codecs)) {
      const packed = compress(codec, sample);
      expect(sample.equals(decompress(codec, packed, NO_BOUND) as Buffer)).toBe(true);
    }
  });

  it('take every level', () => {
    const sample = text(20_000);
    const levels: [number, number[]][] = [
      [codecs.gzip, [-1, 1, 6, 9]],
      [codecs.lz4, [1, 3, 9, 10, 12, 17]],
      // The highest take a window of 128 MiB, and seconds, whatever the input.
      [codecs.zstd, [-131072, -5, 1, 3, 12]],
    ];
    for (const [codec, list] of levels) {
      for (const level of list) {
        const packed = compress(codec, sample, level);
        expect(sample.equals(decompress(codec, packed, NO_BOUND) as Buffer)).toBe(true);
        expect(portably(codec, packed, NO_BOUND)?.equals(sample) ?? true).toBe(true);
      }
    }
    expect(compress(codecs.lz4, sample, 17).length).toBeLessThan(
      compress(codecs.lz4, sample).length,
    );
  });

  it('that do not exist are told apart', () => {
    expect(decompress(7, Buffer.alloc(5), NO_BOUND)).toBe('unknown codec');
    expect(() => compress(7, Buffer.alloc(5))).toThrow(RangeError);
  });

  it('hold the bound of the decompressed size', () => {
    for (const sample of [Buffer.alloc(300_000), text(200_000)]) {
      for (const codec of [codecs.none, ...realCodecs]) {
        const packed = compress(codec, sample);
        expect(decompress(codec, packed, sample.length - 1)).toBe('too large');
        expect(sample.equals(decompress(codec, packed, sample.length) as Buffer)).toBe(true);
      }
    }
  });

  it('fail cleanly on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        for (const codec of realCodecs) decompress(codec, Buffer.from(bytes), 100_000);
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...realCodecs),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.option(fc.nat()),
        fc.boolean(),
        (codec, changes, cut, portable) => {
          const packed = Buffer.from(compress(codec, text(3000)));
          for (const [where, byte] of changes) packed[where % packed.length] = byte;
          const bytes = cut === null ? packed : packed.subarray(0, cut % packed.length);
          const result = portable
            ? attempt(() => portably(codec, bytes, 100_000))
            : decompress(codec, bytes, 100_000);
          const sizeBytes = Buffer.isBuffer(result) ? result.length : 0;
          expect(sizeBytes).toBeLessThanOrEqual(100_000);
        },
      ),
      { numRuns: 200 },
    );
  });
});

function portably(codec: number, packed: Buffer, maxSizeBytes: number): Buffer | undefined {
  if (codec === codecs.snappy) return decompressSnappy(packed, maxSizeBytes, true);
  if (codec === codecs.lz4) return decompressLz4(packed, maxSizeBytes, true);
  if (codec === codecs.zstd) return decompressZstd(packed, maxSizeBytes, true);
  return undefined;
}

function attempt(work: () => Buffer | undefined): Buffer | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

describe('without native modules', () => {
  it.each(samples)('the same comes of %s', (_name, sample) => {
    const packed: [number, Buffer, Buffer][] = [
      [codecs.snappy, compressSnappy(sample), compressSnappy(sample, true)],
      [codecs.lz4, compressLz4(sample), compressLz4(sample, undefined, true)],
      [codecs.zstd, compressZstd(sample), compressZstd(sample, undefined, true)],
    ];
    for (const [codec, natively, portable] of packed) {
      expect(sample.equals(portably(codec, natively, NO_BOUND)!)).toBe(true);
      expect(sample.equals(portably(codec, portable, NO_BOUND)!)).toBe(true);
      expect(sample.equals(decompress(codec, portable, NO_BOUND) as Buffer)).toBe(true);
    }
  });

  it('bytes that can be compressed are', () => {
    const sample = text(200_000);
    expect(compressSnappy(sample, true).length).toBeLessThan(sample.length * 0.8);
    expect(compressLz4(sample, undefined, true).length).toBeLessThan(sample.length * 0.7);
    expect(compressZstd(sample, undefined, true).length).toBeLessThan(sample.length * 0.7);
  });

  it('the same comes of blocks of lz4 that are damaged', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (where, byte) => {
        const packed = compressLz4(text(3000));
        packed[7 + (where % (packed.length - 7))] = byte;
        const natively = attempt(() => decompressLz4(packed, 100_000));
        const portable = attempt(() => decompressLz4(packed, 100_000, true));
        expect(natively?.toString('latin1')).toBe(portable?.toString('latin1'));
      }),
      { numRuns: 300 },
    );
  });

  it('the same comes of random bytes with repeats', () => {
    const repeats = fc.array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(repeats, (parts) => {
        const sample = Buffer.concat(parts.flatMap(([b, n]) => Array<Uint8Array>(n).fill(b)));
        for (const codec of [codecs.snappy, codecs.lz4, codecs.zstd]) {
          const portable =
            codec === codecs.snappy
              ? compressSnappy(sample, true)
              : codec === codecs.lz4
                ? compressLz4(sample, undefined, true)
                : compressZstd(sample, undefined, true);
          expect(sample.equals(decompress(codec, portable, NO_BOUND) as Buffer)).toBe(true);
          expect(sample.equals(portably(codec, portable, NO_BOUND)!)).toBe(true);
        }
      }),
    );
  });
});

describe('the formats', () => {
  it('of snappy are both read, framed and raw', () => {
    const sample = text(5000);
    const framed = compressSnappy(sample);
    expect(framed.subarray(0, 8).toString('latin1')).toBe('\x82SNAPPY\0');
    const raw = framed.subarray(20);
    expect(sample.equals(decompress(codecs.snappy, raw, NO_BOUND) as Buffer)).toBe(true);
    const twice = Buffer.concat([framed, framed]);
    expect((decompress(codecs.snappy, twice, NO_BOUND) as Buffer).length).toBe(10_000);
  });

  it('of lz4 are frames with independent blocks of 64 KiB', () => {
    const frame = compressLz4(text(100_000));
    expect(frame.subarray(0, 7).toString('hex')).toBe('04224d18604082');
    expect(frame.subarray(-4).toString('hex')).toBe('00000000');
    const twice = Buffer.concat([frame, frame]);
    expect((decompress(codecs.lz4, twice, NO_BOUND) as Buffer).length).toBe(200_000);
  });

  it('of gzip may have several members', () => {
    const twice = Buffer.concat([gzipSync('one'), gzipSync('two')]);
    expect(String(decompress(codecs.gzip, twice, NO_BOUND))).toBe('onetwo');
    // Of which the last alone tells its size at the end.
    const uneven = Buffer.concat([gzipSync(text(100_000)), gzipSync('two')]);
    expect(String(decompress(codecs.gzip, uneven, NO_BOUND))).toBe(`${String(text(100_000))}two`);
  });

  it('of gzip lie about their size in vain', () => {
    for (const claimed of [0, 1, 999, 1001, 0xffffffff]) {
      const packed = gzipSync(text(1000));
      packed.writeUInt32LE(claimed, packed.length - 4);
      expect(decompress(codecs.gzip, packed, 10_000)).toBe('corrupt');
    }
    expect(decompress(codecs.gzip, gzipSync(text(1000)), 999)).toBe('too large');
  });

  it('are hashed as the reference does', () => {
    expect(xxHash32(Buffer.alloc(0))).toBe(0x02cc5d05);
    expect(xxHash32(Buffer.from('abc'))).toBe(0x32d153ff);
    expect(xxHash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  });
});
