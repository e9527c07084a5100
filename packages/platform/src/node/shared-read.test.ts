import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { acceptWithSharedReads, type SharedReader, sharedReader } from './shared-read.ts';
import type { NodeSocket } from './socket.ts';

describe('acceptWithSharedReads', () => {
  it('works on this version of Node', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(acceptWithSharedReads(server, () => {})).toBe(true);
    server.close();
  });

  it('leaves a server alone whose handle it does not know', () => {
    expect(acceptWithSharedReads(createServer(), () => {})).toBe(false);
  });
});

/** What a read would do: asks for the buffer, and tells how much came. */
function reading(reader: SharedReader) {
  const { onread } = reader;
  const ask = () => (onread.buffer as () => Uint8Array)();
  const read = (byteCount = Number.POSITIVE_INFINITY) => {
    const target = ask();
    return onread.callback(Math.min(byteCount, target.length), target);
  };
  return { ask, read };
}

/** Notes what a socket is told. */
function receiver(name: string, calls: string[], room: Buffer | null = null) {
  return {
    received: (chunk: Buffer) => calls.push(`${name}: ${chunk.length} bytes`),
    readOn: () => calls.push(`${name} reads on`),
    room: () => room,
  } as unknown as NodeSocket;
}

describe('sharedReader', () => {
  it('stops who has more to read when a turn has had its bytes, and lets one go on in each turn', async () => {
    const calls: string[] = [];
    const readers = ['a', 'b', 'c'].map((name) => {
      const reader = sharedReader();
      reader.deliverTo(receiver(name, calls));
      return reading(reader);
    });
    const whole = readers[0]!.ask().length;
    expect(readers.map(({ read }, i) => read(i === 1 ? 10 : undefined))).toEqual([
      false,
      true,
      false,
    ]);
    const lesser = 512 * 1024;
    const turnEnds = () => new Promise((resolve) => setImmediate(resolve));
    expect(calls).toEqual([`a: ${whole} bytes`, 'b: 10 bytes', `c: ${lesser} bytes`]);
    await turnEnds();
    expect(calls.slice(3)).toEqual(['a reads on']);
    await turnEnds();
    expect(calls.slice(4)).toEqual(['c reads on']);
    expect(readers[0]!.ask().length).toBe(whole);
  });

  it('reads all connections into the same memory, but where a socket has room of its own', () => {
    const room = Buffer.alloc(100);
    const calls: string[] = [];
    const [a, b, c] = [sharedReader(), sharedReader(), sharedReader()];
    c.deliverTo(receiver('c', calls, room));
    expect(reading(a).ask()).toBe(reading(b).ask());
    expect(reading(c).ask()).toBe(room);
    expect(reading(c).read()).toBe(true); // the room is full, and that is not much
    expect(calls).toEqual(['c: 100 bytes']);
    a.deliverTo(receiver('a', calls));
    expect(reading(a).read()).toBe(false);
    expect(reading(c).read()).toBe(true); // though the turn has had its bytes
  });
});
