import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Listener, Socket } from '../ports/network.ts';
import { NodeNetwork } from './network.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });

/** A listener, its client's and its server's end of one connection, and what each received. */
async function pair(network: NodeNetwork) {
  let accept: (socket: Socket) => void = () => {};
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
    observe(socket);
    accept(socket);
  });
  open.push(listener);
  const client = await network.connect(listener.address);
  observe(client);
  const server = await accepted;
  return { listener, client, server };
}

const open: Listener[] = [];
const sockets = new Map<Socket, { received: Buffer[]; closed: Promise<Error | undefined> }>();

function observe(socket: Socket): void {
  const received: Buffer[] = [];
  socket.onData = (chunk) => received.push(Buffer.from(chunk));
  const closed = new Promise<Error | undefined>((resolve, reject) => {
    let calls = 0;
    socket.onClose = (error) => (++calls === 1 ? resolve(error) : reject(new Error('twice')));
  });
  sockets.set(socket, { received, closed });
}

const seen = (socket: Socket) => sockets.get(socket) ?? expect.fail('unknown socket');
const bytesOf = (socket: Socket): Buffer => Buffer.concat(seen(socket).received);
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(setImmediate);
};

afterEach(async () => {
  for (const socket of sockets.keys()) socket.destroy();
  for (const listener of open.splice(0)) await listener.close();
  sockets.clear();
});

describe.each([
  { name: 'with one shared read buffer', network: new NodeNetwork() },
  { name: "with Node's data events", network: new NodeNetwork({ sharedReads: false }) },
])('NodeNetwork $name', ({ network }) => {
  it('carries bytes both ways, in order', async () => {
    const { client, server } = await pair(network);
    client.write([Buffer.from('one '), Buffer.from('two '), new Uint8Array([51])]);
    server.write([Buffer.from('answer')]);
    await until(() => bytesOf(server).length === 9 && bytesOf(client).length === 6);
    expect(bytesOf(server).toString()).toBe('one two 3');
    expect(bytesOf(client).toString()).toBe('answer');
  });

  it('gives bytes back when they have left', async () => {
    const { client, server } = await pair(network);
    const bytes = Buffer.alloc(8 << 20, 'x');
    const sent = new Promise<void>((resolve) => {
      server.write([Buffer.from('head'), bytes], () => {
        bytes.fill('y');
        resolve();
      });
    });
    await sent;
    await until(() => bytesOf(client).length === 4 + bytes.length);
    expect(bytesOf(client).includes('y')).toBe(false);
  });

  it('gives small pieces back at once, and sends them as they were', async () => {
    const { client, server } = await pair(network);
    const pieces = [Buffer.from('one '), Buffer.from('two')];
    const released: string[] = [];
    server.write(pieces, () => {
      released.push('all');
      for (const piece of pieces) piece.fill('y');
    });
    expect(released).toEqual(['all']);
    await until(() => bytesOf(client).toString() === 'one two');
  });

  it('gives bytes back when the connection ends without them', async () => {
    const { client, server } = await pair(network);
    client.pause();
    const released: number[] = [];
    for (let i = 0; i < 3; i++) server.write([Buffer.alloc(8 << 20)], () => released.push(i));
    server.destroy();
    await seen(server).closed;
    await until(() => released.length === 3);
    server.write([Buffer.alloc(1)], () => released.push(3));
    expect(released).toEqual([0, 1, 2, 3]);
  });

  it('knows both addresses', async () => {
    const { listener, client, server } = await pair(network);
    expect(client.remote).toEqual(listener.address);
    expect(server.local).toEqual(listener.address);
    expect(server.remote).toEqual(client.local);
  });

  it('carries more than the buffers hold, with back-pressure on both ends', async () => {
    const { client, server } = await pair(network);
    const block = Buffer.alloc(4 * 1024 * 1024, 'tide');
    const received: Buffer[] = [];
    let receivedBytes = 0;
    server.onData = (chunk) => {
      received.push(Buffer.from(chunk));
      receivedBytes += chunk.length;
    };
    let drains = 0;
    client.onDrain = () => void drains++;
    server.pause();
    let blocks = 1;
    while (client.write([block])) blocks++;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(receivedBytes).toBe(0);
    server.resume();
    await until(() => drains === 1 && receivedBytes === blocks * block.length);
    expect(Buffer.concat(received).equals(Buffer.concat(Array(blocks).fill(block)))).toBe(true);
  });

  it('pauses inside onData and goes on later', async () => {
    const { client, server } = await pair(network);
    const chunks: string[] = [];
    server.onData = (chunk) => {
      chunks.push(chunk.toString());
      server.pause();
    };
    client.write([Buffer.from('a')]);
    await until(() => chunks.length === 1);
    client.write([Buffer.from('b')]);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(chunks).toEqual(['a']);
    server.resume();
    await until(() => chunks.length === 2);
    expect(chunks).toEqual(['a', 'b']);
  });

  it('sends what is queued before it ends, and both ends close without an error', async () => {
    const { client, server } = await pair(network);
    const last = Buffer.alloc(8 * 1024 * 1024, 'z');
    server.write([last]);
    server.end();
    expect(await seen(client).closed).toBeUndefined();
    expect(await seen(server).closed).toBeUndefined();
    expect(bytesOf(client).equals(last)).toBe(true);
    expect(client.write([Buffer.from('too late')])).toBe(true);
  });

  it('tells of a reset and goes on', async () => {
    const { listener, server } = await pair(network);
    const rude = tcpConnect(listener.address.port, '127.0.0.1');
    await once(rude, 'connect');
    await until(() => sockets.size === 3);
    const victim = [...sockets.keys()].at(-1) as Socket;
    expect(victim.remote.port).toBe(rude.localPort);
    rude.resetAndDestroy();
    expect(await seen(victim).closed).toMatchObject({ code: 'ECONNRESET' });
    server.destroy();
    expect(await seen(server).closed).toBeUndefined();
  });

  it('refuses a busy port, and an address where nobody listens', async () => {
    const { listener } = await pair(network);
    await expect(network.listen(listener.address, () => {})).rejects.toEqual(
      failsWith('EADDRINUSE'),
    );
    await listener.close();
    await expect(network.connect(listener.address)).rejects.toEqual(failsWith('ECONNREFUSED'));
  });

  it('stops listening at once, while accepted connections go on', async () => {
    const { listener, client, server } = await pair(network);
    await listener.close();
    const next = await network.listen(listener.address, () => {});
    open.push(next);
    client.write([Buffer.from('still here')]);
    await until(() => bytesOf(server).length === 10);
  });

  it('gives up connecting in time', async () => {
    const { listener } = await pair(network);
    const attempt = network.connect(listener.address, { timeoutMs: 1 });
    // The event loop looks at timers before it looks at sockets.
    for (const start = performance.now(); performance.now() - start < 3; );
    await expect(attempt).rejects.toEqual(failsWith('ETIMEDOUT'));
  });
});

describe('a host with several addresses', () => {
  const byName = (...found: string[]) =>
    new NodeNetwork({ lookup: (host) => Promise.resolve(host === 'many.test' ? found : [host]) });

  it('is reached by the first that answers', async () => {
    const network = byName('127.0.0.2', '127.0.0.1');
    const { listener } = await pair(network);
    const { port } = listener.address;
    const socket = await network.connect({ host: 'many.test', port });
    observe(socket);
    expect(socket.remote).toEqual({ host: '127.0.0.1', port });
  });

  it('is not there when none of them answers', async () => {
    const network = byName('127.0.0.2', '127.0.0.3');
    const { listener } = await pair(network);
    const { port } = listener.address;
    await expect(network.connect({ host: 'many.test', port })).rejects.toEqual(
      failsWith('ECONNREFUSED'),
    );
  });

  it('does not take longer than one to give up, where the resolver is silent', async () => {
    const network = new NodeNetwork({ lookup: () => new Promise(() => {}) });
    await expect(network.connect({ host: 'many.test', port: 1 }, { timeoutMs: 5 })).rejects.toEqual(
      failsWith('ETIMEDOUT'),
    );
  });

  it('is not known', async () => {
    const address = { host: 'no-such-host.invalid', port: 1 };
    await expect(new NodeNetwork().connect(address)).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });
});
