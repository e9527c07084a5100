import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { frameMemory } from './frame-memory.ts';
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

  it.each([
    [200_000, 1],
    [400_000, 20_000],
  ])(
    'finds the same frames of up to %d bytes where they are read into the room that it offers',
    (most, leastCut) => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 5 }),
          fc.array(fc.integer({ min: leastCut, max: 150_000 }), { minLength: 1, maxLength: 6 }),
          (sizes, cuts) => {
            const bodies = sizes.map((size, i) => Buffer.alloc(size, `frame ${i} `));
            const stream = Buffer.concat(bodies.map(frame));
            const reader = new FrameReader(1_000_000);
            const found: Buffer[] = [];
            let isRoomUsed = false;
            for (let at = 0, i = 0; at < stream.length; i++) {
              const cut = cuts[i % cuts.length]!;
              const room = reader.room(cut);
              isRoomUsed ||= room !== null;
              const chunk = room ?? Buffer.alloc(Math.min(cut, stream.length - at));
              // A read may give less than there is room for.
              const got = stream.copy(chunk, 0, at, at + Math.ceil(cut / (1 + (i % 2))));
              at += got;
              reader.push(chunk.subarray(0, got));
              for (let body = reader.next(); body !== null; body = reader.next()) {
                found.push(Buffer.from(body));
              }
              reader.keep();
              if (room === null) chunk.fill(0xee);
            }
            expect(found.map((body) => body.toString('latin1'))).toEqual(
              bodies.map((body) => body.toString('latin1')),
            );
            const rest = Math.max(...sizes) - Math.max(...cuts);
            expect(isRoomUsed || rest <= 40_000).toBe(true);
          },
        ),
      );
    },
  );

  it('offers no room while what has arrived is not looked at, nor for little', () => {
    const reader = new FrameReader(1_000_000);
    const stream = frame(Buffer.alloc(40_000, 1));
    reader.push(stream.subarray(0, 100));
    expect(reader.room(1 << 20)).toBeNull();
    expect(reader.next()).toBeNull();
    expect(reader.room(1 << 20)?.length).toBeGreaterThan(0);
    reader.push(stream.subarray(100, 39_000));
    expect(reader.next()).toBeNull();
    expect(reader.room(1 << 20)).toBeNull();
  });

  it('has little read of what begins behind a large frame, to read the rest where it belongs', () => {
    const reader = new FrameReader(1_000_000);
    const send = (sizeBytes: number) => {
      reader.push(frame(Buffer.alloc(sizeBytes, 1)));
      expect(reader.next()).toHaveLength(sizeBytes);
      expect(reader.next()).toBeNull();
      reader.keep();
    };
    send(300_000);
    expect([reader.room(1 << 20)?.length, reader.room(100)?.length]).toEqual([32_768, 100]);
    reader.push(frame(Buffer.alloc(300_000, 1)).subarray(0, 299_994));
    expect(reader.next()).toBeNull();
    expect(reader.room(1 << 20)).toHaveLength(10);
    reader.push(reader.room(1 << 20)!.fill(1));
    expect(reader.next()).toHaveLength(300_000);
    send(10);
    expect(reader.room(1 << 20)).toBeNull();
  });

  it('lends memory that is used again, but for the frames that are taken', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            reader: fc.nat(2),
            sizeBytes: fc.integer({ min: 1, max: 3000 }),
            cut: fc.integer({ min: 300, max: 3000 }),
            isTaken: fc.boolean(),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        (frames) => {
          const readers = [0, 1, 2].map(() => new FrameReader(10_000));
          const taken: { frame: Buffer; wanted: Buffer }[] = [];
          for (const [i, { reader: which, sizeBytes, cut, isTaken }] of frames.entries()) {
            const reader = readers[which]!;
            const body = Buffer.alloc(sizeBytes, i + 1);
            const stream = frame(body);
            let asLent: Buffer | null = null;
            for (let at = 0; at < stream.length; at += cut) {
              reader.push(Buffer.from(stream.subarray(at, at + cut)));
              const whole = reader.next();
              if (whole !== null && isTaken) taken.push({ frame: reader.take(), wanted: body });
              asLent = whole === null ? null : Buffer.from(whole);
              reader.keep();
            }
            expect(asLent?.equals(body)).toBe(true);
          }
          for (const { frame: kept, wanted } of taken) expect(kept.equals(wanted)).toBe(true);
        },
      ),
    );
  });

  it('collects in the same memory again', () => {
    const reader = new FrameReader(10_000);
    const collected = (body: Buffer) => {
      const stream = frame(body);
      reader.push(stream.subarray(0, 10));
      expect(reader.next()).toBeNull();
      reader.push(stream.subarray(10));
      return reader.next()!;
    };
    const first = collected(Buffer.alloc(1500, 1)).buffer;
    expect(collected(Buffer.alloc(1530, 2)).buffer).toBe(first);
    expect(reader.take().buffer).toBe(first);
    expect(collected(Buffer.alloc(1530, 3)).buffer).not.toBe(first);
  });

  it.each([0, -1, -2147483648, 1001, 2147483647])('refuses a size of %d', (size) => {
    const reader = new FrameReader(1000);
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(size, 0);
    reader.push(prefix);
    expect(() => reader.next()).toThrow(FrameSizeError);
  });

  it('takes memory for what has arrived, not for what is promised', () => {
    const taken = vi.spyOn(frameMemory, 'take');
    const reader = new FrameReader(100_000_000);
    const stream = frame(Buffer.alloc(3_000_000, 5));
    for (let at = 0, step = 10; at < stream.length; at += step, step = 30_000) {
      reader.push(stream.subarray(at, at + step));
      reader.next();
      for (const [sizeBytes] of taken.mock.calls) {
        expect(sizeBytes).toBeLessThanOrEqual(Math.max(4096, 8 * (at + step)));
      }
      reader.keep();
    }
    expect(taken.mock.calls.length).toBeLessThan(8);
    taken.mockRestore();
  });

  it('takes so much for a promise alone as it was told to', () => {
    const waiting = vi.spyOn(frameMemory, 'takeWaiting').mockReturnValue(null);
    const room = (...trusted: number[]) => {
      const reader = new FrameReader(100_000_000, ...trusted);
      reader.push(frame(Buffer.alloc(1_900_000)).subarray(0, 10));
      reader.next();
      return reader.room(2_000_000)?.length;
    };
    expect(room(2_000_000)).toBe(1_900_000 - 6);
    expect(room()).toBe(4096 - 6);
    waiting.mockRestore();
  });

  it('collects a frame larger than what it takes at first', () => {
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
