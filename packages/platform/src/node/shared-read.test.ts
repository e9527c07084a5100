import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { acceptWithSharedReads, sharedReader } from './shared-read.ts';
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

describe('sharedReader', () => {
  it('gives other connections a turn after each full buffer', () => {
    const calls: string[] = [];
    const reader = sharedReader();
    reader.deliverTo({
      received: (chunk: Buffer) => calls.push(`${chunk.length} bytes`),
      yieldReading: () => calls.push('yield'),
    } as unknown as NodeSocket);
    const buffer = reader.onread.buffer as Uint8Array;
    reader.onread.callback(10, buffer);
    reader.onread.callback(buffer.length, buffer);
    expect(calls).toEqual(['10 bytes', 'yield', `${buffer.length} bytes`]);
  });

  it('reads all connections into the same memory', () => {
    expect(sharedReader().onread.buffer).toBe(sharedReader().onread.buffer);
  });
});
