import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Socket } from '@tidelog/platform';
import { World } from '../world/world.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });

interface End {
  readonly socket: Socket;
  readonly text: () => string;
  readonly chunks: Buffer[];
  readonly closes: (Error | undefined)[];
}

function watch(socket: Socket): End {
  const chunks: Buffer[] = [];
  const closes: (Error | undefined)[] = [];
  socket.onData = (chunk) => chunks.push(Buffer.from(chunk));
  socket.onClose = (error) => closes.push(error);
  return { socket, chunks, closes, text: () => Buffer.concat(chunks).toString() };
}

async function connected(seed = 1) {
  const world = new World(seed);
  const a = world.machine('a').boot();
  const b = world.machine('b').boot();
  const accepted: End[] = [];
  const listener = await b.network.listen({ host: '0.0.0.0', port: 9092 }, (socket) => {
    accepted.push(watch(socket));
  });
  const client = watch(await world.settle(a.network.connect({ host: 'b', port: 9092 })));
  await world.runUntil(() => accepted.length === 1);
  return { world, a, b, listener, client, server: accepted[0] as End, accepted };
}

describe('a connection', () => {
  it('carries all bytes in order, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.string(), { maxLength: 20 }), async (seed, texts) => {
        const { world, client, server } = await connected(seed);
        for (const text of texts) client.socket.write([Buffer.from(text), Buffer.from('.')]);
        server.socket.write([Buffer.from('back')]);
        client.socket.end();
        await world.runUntil(() => client.closes.length > 0 && server.closes.length > 0);
        expect(server.text()).toBe(texts.map((text) => `${text}.`).join(''));
        expect(client.text()).toBe('back');
        expect([client.closes, server.closes]).toEqual([[undefined], [undefined]]);
      }),
      { numRuns: 50 },
    );
  });

  it('gives bytes back once they may change, and always', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, breaks) => {
        const { world, client, server } = await connected(seed);
        const wanted: string[] = [];
        const released: number[] = [];
        for (let i = 0; i < 10; i++) {
          const bytes = Buffer.alloc(100, 65 + i);
          wanted.push(bytes.toString());
          server.socket.write([bytes.subarray(0, 30), bytes.subarray(30)], () => {
            released.push(i);
            bytes.fill(0);
          });
        }
        if (breaks) server.socket.destroy();
        else server.socket.end();
        server.socket.write([Buffer.from('too late')], () => released.push(10));
        await world.runUntil(() => client.closes.length > 0 && released.length === 11);
        expect(released.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
        expect(wanted.join('').startsWith(client.text())).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('knows its addresses', async () => {
    const { client, server, listener } = await connected();
    expect(listener.address).toEqual({ host: 'b', port: 9092 });
    expect(client.socket.remote).toEqual(listener.address);
    expect(server.socket.remote).toEqual(client.socket.local);
  });

  it('spoils a chunk after the call that it was handed to', async () => {
    const { world, client, server } = await connected();
    const kept: Buffer[] = [];
    server.socket.onData = (chunk) => kept.push(chunk);
    client.socket.write([Buffer.from('abc')]);
    await world.runUntil(() => Buffer.concat(kept).length === 3);
    expect(Buffer.concat(kept)).toEqual(Buffer.alloc(3, 0xdd));
  });

  it('pushes back while the other end does not read', async () => {
    const { world, client, server } = await connected();
    let drained = 0;
    client.socket.onDrain = () => drained++;
    server.socket.pause();
    expect(client.socket.write([Buffer.alloc(2 ** 20)])).toBe(false);
    await world.runFor(1000);
    expect([drained, server.chunks.length]).toEqual([0, 0]);
    server.socket.resume();
    await world.runUntil(() => drained === 1);
    expect(server.text()).toHaveLength(2 ** 20);
    expect(client.socket.write([Buffer.from('x')])).toBe(true);
  });

  it('breaks for both ends when asked, once', async () => {
    const { world, client, server } = await connected();
    world.network.reset('a', 'b');
    await world.runFor(1000);
    const broken = [failsWith('ECONNRESET')];
    expect([client.closes, server.closes]).toEqual([broken, broken]);
    client.socket.destroy();
    server.socket.write([Buffer.from('x')]);
    await world.runFor(1000);
    expect([client.closes.length, server.closes.length]).toEqual([1, 1]);
  });

  it('breaks now and then when it is told to', async () => {
    const { world, client } = await connected();
    world.network.resetOneIn = 10;
    for (let i = 0; i < 200; i++) client.socket.write([Buffer.from('x')]);
    await world.runFor(1000);
    expect(client.closes).toEqual([failsWith('ECONNRESET')]);
  });

  it('over a cable keeps the order with others, and does not break', async () => {
    const { world, a, client, accepted } = await connected();
    world.network.cable('a', 'b');
    world.network.resetOneIn = 1;
    const other = watch(await world.settle(a.network.connect({ host: 'b', port: 9092 })));
    await world.runUntil(() => accepted.length === 2);
    const arrived: string[] = [];
    for (const { socket } of accepted) socket.onData = (chunk) => arrived.push(chunk.toString());
    const sent = Array.from({ length: 20 }, (_, i) => `${i} `);
    for (const [i, text] of sent.entries()) {
      (i % 2 === 0 ? client : other).socket.write([Buffer.from(text)]);
      await world.runFor(0.01);
    }
    await world.runFor(1000);
    expect(arrived.join('')).toBe(sent.join(''));
    expect(client.closes).toEqual([]);
  });

  it('tells the peer when its machine crashes, and nothing to the dead program', async () => {
    const { world, client, server } = await connected();
    world.machine('b').crash();
    await world.runFor(1000);
    expect(client.closes).toEqual([failsWith('ECONNRESET')]);
    expect(server.closes).toEqual([]);
  });

  it('closes both ends when one is destroyed', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { world, client, server } = await connected(seed);
      server.socket.destroy();
      server.socket.destroy();
      await world.runFor(1000);
      expect(server.closes).toEqual([undefined]);
      expect(client.closes).toHaveLength(1);
    }
  });
});

describe('a partition', () => {
  it('holds bytes back one way until it is healed', async () => {
    const { world, client, server } = await connected();
    world.network.cut('a', 'b');
    client.socket.write([Buffer.from('one')]);
    server.socket.write([Buffer.from('back')]);
    await world.runFor(10_000);
    expect([server.text(), client.text()]).toEqual(['', 'back']);
    client.socket.write([Buffer.from('two')]);
    world.network.heal();
    await world.runFor(1000);
    expect(server.text()).toBe('onetwo');
  });

  it('lets connecting time out', async () => {
    const { world, a, accepted } = await connected();
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      world.network.cut(from, to);
      const attempt = a.network.connect({ host: 'b', port: 9092 }, { timeoutMs: 500 });
      await expect(world.settle(attempt)).rejects.toEqual(failsWith('ETIMEDOUT'));
      world.network.heal();
      await world.runFor(1000);
    }
    // The second attempt reached the listener; its end is closed when the answer finds nobody.
    expect(accepted.slice(1).map(({ closes }) => closes.length)).toEqual([1]);
  });
});

describe('connecting', () => {
  it('fails as it does on a real network', async () => {
    const { world, a, b, listener } = await connected();
    const attempt = (host: string, port: number): Promise<Socket> =>
      world.settle(a.network.connect({ host, port }));
    await expect(attempt('nowhere', 1)).rejects.toEqual(failsWith('ENOTFOUND'));
    await expect(attempt('b', 1)).rejects.toEqual(failsWith('ECONNREFUSED'));
    await expect(attempt('localhost', 9092)).rejects.toEqual(failsWith('ECONNREFUSED'));
    const busy = b.network.listen({ host: 'b', port: 9092 }, () => {});
    await expect(busy).rejects.toEqual(failsWith('EADDRINUSE'));
    const foreign = b.network.listen({ host: 'a', port: 1 }, () => {});
    await expect(foreign).rejects.toEqual(failsWith('EADDRNOTAVAIL'));
    await listener.close();
    await expect(attempt('b', 9092)).rejects.toEqual(failsWith('ECONNREFUSED'));
    world.machine('b').crash();
    await expect(attempt('b', 9092)).rejects.toEqual(failsWith('ECONNREFUSED'));
  });

  it('picks a port when none is named', async () => {
    const { b } = await connected();
    const first = await b.network.listen({ host: '', port: 0 }, () => {});
    const second = await b.network.listen({ host: '', port: 0 }, () => {});
    expect(first.address.port).not.toBe(second.address.port);
  });
});
